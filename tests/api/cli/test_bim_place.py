"""``twin bim place``: moved, told, taken back; and loads that do not keep it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from bundled import SAMPLE
from sqlalchemy import text

from layers.store.engine import Database

Twin = Callable[..., tuple[int, str, str]]
BLOCK = str(SAMPLE / "bim" / "office_block.ifc")


@pytest.fixture
def twin(db: Database, at_database: Callable[[Database], Twin]) -> Twin:
    """Return a way to run verbs on a database with the office block."""
    run = at_database(db)
    assert run("bim", "load", BLOCK, "--model", "block")[0] == 0
    return run


def told(twin: Twin) -> dict[str, object]:
    status, printed, complaint = twin("bim", "place", "block", "--json")
    assert status == 0, complaint
    document: dict[str, object] = json.loads(printed)
    return document


def test_a_model_is_moved_told_and_put_back(twin: Twin, db: Database, tmp_path: Path) -> None:
    assert told(twin)["by_hand"] is False
    status, printed, _ = twin("bim", "place", "block", "--by", "2,-1.5,0.25", "--heading", "10", "--why", "复测")
    assert status == 0
    assert "moved +2.000 m east, -1.500 m north, +0.250 m up" in printed
    there = told(twin)
    assert there["by_hand"] is True
    assert "复测" in twin("bim", "place", "block")[1]
    status, printed, notes = twin("bim", "load", BLOCK, "--model", "block")
    assert (status, "put by hand" in " ".join(notes.split())) == (0, True)
    assert told(twin)["placement"] == there["placement"]
    assert "0 new, 0 changed" in " ".join(printed.split())
    assert twin("bim", "place", "block", "--take-back", "--why", "误")[0] == 0
    assert told(twin)["by_hand"] is False
    with db.owner.connect() as connection:
        acts = connection.execute(text("SELECT detail ->> 'why' FROM onemap.audit WHERE resource = 'placements'"))
        assert acts.scalars().all() == ["复测", "误"]


def test_a_load_takes_the_place_of_the_file_where_it_is_told_to(twin: Twin) -> None:
    twin("bim", "place", "block", "--by", "2,0", "--why", "so")
    status, _, notes = twin("bim", "load", BLOCK, "--model", "block", "--file-place")
    assert (status, "is not kept" in " ".join(notes.split())) == (0, True)
    assert told(twin)["by_hand"] is False


@pytest.mark.parametrize(
    "words",
    [
        ("--by", "2", "--why", "x"), ("--by", "2,0"), ("--at", "here", "--why", "x"),
        ("--heading", "400", "--why", "x"),
        ("--take-back", "--by", "1,1", "--why", "x"), ("--at", "10,10", "--why", "x"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_moves(twin: Twin, words: tuple[str, ...]) -> None:
    assert twin("bim", "place", "block", *words)[0] != 0
    assert told(twin)["by_hand"] is False
