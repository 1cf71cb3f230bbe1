"""What a load would do, told without doing it."""

from pathlib import Path

import pytest

from layers.catalog import built_in
from layers.errors import SourceError
from layers.intake.ingest import LoadOptions, Preview, Silent, preview_path

TABLE = "编号,mc,floors,stars,lon,lat\nA1,东方明珠,3,5,121.5,31.2\nA2,,4,,121.6,31.3\n"


@pytest.fixture
def preview(loader):
    def look(path: Path, **options: object) -> Preview:
        return preview_path(loader.database, built_in(), path, LoadOptions(**options), Silent())

    return look


def write(path: Path, content: str = TABLE) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.usefixtures("untouched")
def test_a_new_layer_is_shown_with_all_that_it_would_have(preview, tmp_path):
    found = preview(write(tmp_path / "halls.csv"), names=(("mc", "name"),), dataset="halls-2026")
    (layer,) = found.layers
    assert (found.dataset, found.source_crs) == ("halls-2026", "OGC:CRS84")
    assert (layer.layer, layer.is_new, layer.geometry, layer.rows) == ("halls", True, "Point", 2)
    assert layer.extent == (121.5, 31.2, 121.6, 31.3)
    assert [(c.name, c.column, c.type, c.fate, c.examples, c.filled) for c in layer.columns] == [
        ("编号", "编号", "text", "new", ("A1", "A2"), 2),
        ("mc", "name", "text", "new", ("东方明珠",), 1),
        ("floors", "floors", "integer", "new", ("3", "4"), 2),
        ("stars", "stars", "integer", "new", ("5",), 1),
    ]
    assert any("features have no id" in note for note in found.notes)


@pytest.mark.usefixtures("untouched")
def test_columns_of_a_known_layer_are_filled_or_ignored(preview, tmp_path):
    (layer,) = preview(write(tmp_path / "halls.csv"), layer="poi", names=(("mc", "name"),)).layers
    fates = {column.name: column.fate for column in layer.columns}
    assert (layer.is_new, fates) == (
        False,
        {"mc": "filled", "编号": "ignored", "floors": "ignored", "stars": "ignored"},
    )


def test_a_founded_layer_shows_the_columns_that_it_would_get(preview, loader, tmp_path):
    loader(write(tmp_path / "halls.csv"), key="编号")
    before = loader.state()
    (layer,) = preview(write(tmp_path / "more.csv", "编号,watt,lon,lat\nB,7,121,31\n"), layer="halls").layers
    assert {column.name: column.fate for column in layer.columns} == {"编号": "filled", "watt": "new"}
    assert loader.state() == before


@pytest.mark.usefixtures("untouched")
def test_the_mistakes_of_a_load_are_found(preview, tmp_path):
    with pytest.raises(SourceError, match="line 2: lon is not a number: 'x'"):
        preview(write(tmp_path / "halls.csv", "lon,lat\nx,31\n"))


@pytest.mark.usefixtures("untouched")
def test_an_openstreetmap_file_shows_its_layers(preview, osm, tmp_path):
    path = osm().square(1, 0, 0, {"building": "yes", "name": "上海中心大厦"}).write(tmp_path / "a.osm")
    layers = {layer.layer: layer for layer in preview(path).layers}
    assert layers["buildings"].rows == 1
    name = next(column for column in layers["buildings"].columns if column.name == "name")
    assert (name.fate, name.examples) == ("filled", ("上海中心大厦",))
