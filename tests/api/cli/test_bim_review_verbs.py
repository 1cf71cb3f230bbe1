"""``twin bim sunlight``: the verdict in the terminal, and points as a file."""

import functools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from city import TOWERS
from sqlalchemy import text

from layers.store.engine import Database

Twin = Callable[..., tuple[int, str, str]]
BOX = "121.5008,31.2368,121.5016,31.2376"


@pytest.fixture
def twin(at_database: Callable[[Database], Twin], db: Database) -> Twin:
    """Return a way to run the verb on a database with four towers."""
    with db.owner.begin() as connection:
        connection.execute(text(TOWERS))
    return functools.partial(at_database(db), "bim", "sunlight")


def test_without_a_rule_the_rules_are_listed(twin: Twin) -> None:
    status, said, _ = twin()
    assert status == 0
    assert "cn-great-cold-2h" in said
    assert "secondary" in said


def test_a_verdict_is_printed_and_the_points_are_written(twin: Twin, tmp_path: Path) -> None:
    path = tmp_path / "points.geojson"
    status, said, more = twin(
        "--rule", "cn-great-cold-2h", "--bbox", BOX, "--spacing", "10", "--year", "2027", "--out", str(path)
    )
    assert status == 0, more
    assert "as stated" in said
    assert "2027-01-20" in said
    assert "secondary sources" in more
    written = json.loads(path.read_text(encoding="utf-8"))
    assert len(written["features"]) == written["summary"]["points"] > 20


def test_the_summary_is_told_as_json_and_errors_as_sentences(twin: Twin) -> None:
    status, said, _ = twin("--rule", "cn-great-cold-2h", "--bbox", BOX, "--spacing", "20", "--json")
    assert status == 0
    assert json.loads(said)["points"] > 4
    assert "buildings/12" in twin("--rule", "cn-great-cold-2h", "--building", "twelve")[2]
    assert "neither facade nor ground" in twin("--rule", "cn-great-cold-2h", "--bbox", BOX, "--target", "roof")[2]
