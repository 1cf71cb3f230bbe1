"""``twin bim export``: tilesets as files."""

import functools
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from box_model import load_house
from city import TOWERS
from district import write_district
from gltf import Glb, loaded
from sqlalchemy import text

from api.layers import all_layers
from bim.ingest import ModelOptions, load_model
from layers.ops.jobs import Silent
from layers.store.engine import Database

Twin = Callable[..., tuple[int, str, str]]


@pytest.fixture
def twin(at_database: Callable[[Database], Twin], db: Database) -> Twin:
    """Return a way to run the verbs on a database with four towers, one of them internal."""
    with db.owner.begin() as connection:
        connection.execute(text(TOWERS))
    return functools.partial(at_database(db), "bim", "export")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve files as any web server does."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_layer_is_written_for_any_web_server_as_strangers_see_it(twin: Twin, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    status, said, _ = twin("buildings", str(folder))
    assert (status, "3 things" in said) == (0, True)
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {"tileset.json", "subtrees/0/0/0.subtree", "content/0/0/0.glb"}
    assert "内部楼" not in Glb((folder / "content/0/0/0.glb").read_bytes()).texts("name")
    with served(folder) as url:
        read = loaded(f"{url}/tileset.json")
    assert (len(read.contents), read.failed) == (1, [])


def test_with_a_clearance_more_is_written(twin: Twin, tmp_path: Path) -> None:
    assert twin("buildings", str(tmp_path / "out"), "--clearance", "internal", "--color", "#ff0000")[0] == 0
    assert "内部楼" in Glb((tmp_path / "out/content/0/0/0.glb").read_bytes()).texts("name")
    assert "clearance" in twin("buildings", str(tmp_path / "other"), "--clearance", "x")[2]


def test_a_model_is_written_with_its_storeys(twin: Twin, db: Database, tmp_path: Path) -> None:
    load_house(db, all_layers(), tmp_path)
    folder = tmp_path / "house"
    assert twin("house", str(folder), "--ground")[0] == 0
    children = json.loads((folder / "tileset.json").read_text(encoding="utf-8"))["root"]["children"]
    assert all((folder / child["content"]["uri"]).is_file() for child in children)
    with served(folder) as url:
        read = loaded(f"{url}/tileset.json")
    assert (len(read.contents), read.failed) == (len(children), [])


@pytest.mark.parametrize("packed", [(), ("--meshopt",)])
def test_a_district_is_written_cell_by_cell(twin: Twin, db: Database, tmp_path: Path, packed: tuple[str, ...]) -> None:
    path = write_district(tmp_path / "district.city.json", 1_800)
    load_model(db, all_layers(), path, ModelOptions(), Silent())
    folder = tmp_path / "out"
    status, _, error = twin("district", str(folder), *packed)
    assert status == 0, error
    with served(folder) as url:
        read = loaded(f"{url}/tileset.json")
    assert read.failed == []
    assert len(read.contents) == len(list((folder / "content").iterdir())) > 3
    told = [name for content in read.contents for name in content["features"]["id"]]
    assert sorted(told) == sorted(f"b{number}" for number in range(1_800))


@pytest.mark.parametrize("packed", [(), ("--meshopt",)])
def test_footprints_are_read_the_same_packed_or_not(twin: Twin, tmp_path: Path, packed: tuple[str, ...]) -> None:
    assert twin("buildings", str(tmp_path / "out"), *packed)[0] == 0
    with served(tmp_path / "out") as url:
        (content,) = loaded(f"{url}/tileset.json").contents
    assert len(content["features"]["fid"]) == 3
    extensions = Glb((tmp_path / "out/content/0/0/0.glb").read_bytes()).document["extensionsUsed"]
    assert ("EXT_meshopt_compression" in extensions) is bool(packed)


def test_a_folder_with_something_in_it_is_refused_and_left_as_it_was(twin: Twin, tmp_path: Path) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine", encoding="utf-8")
    for name in ("buildings", "none"):
        status, _, complaint = twin(name, str(folder))
        assert status != 0
        assert "not empty" in complaint
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


def test_what_is_neither_a_layer_with_heights_nor_a_model_is_a_sentence(twin: Twin, tmp_path: Path) -> None:
    for name in ("roads", "none"):
        status, _, complaint = twin(name, str(tmp_path / "out"))
        assert (status != 0, name in complaint) == (True, True)
    assert not (tmp_path / "out").exists()
