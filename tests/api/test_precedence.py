"""A dataset hides others from where it begins: every route that takes a time says the same."""

from collections.abc import Iterator
from pathlib import Path

import mapbox_vector_tile
import pytest
from city import City, open_server
from two_surveys import NEW, OLD, load_survey

from layers.store.engine import Database

BEFORE, BEGINS, AFTER = "2026-01-15T00:00:00Z", "2026-01-31T16:00:00Z", "2026-06-01T00:00:00Z"
BUILDINGS = "/collections/buildings"
POOR, GOOD = ({str(one["properties"]["source_key"]) for one in survey} for survey in (OLD, NEW))
TILE, CELLS = "/tiles/buildings/14/13721/6694.mvt", f"{BUILDINGS}/grid/tiles/14/13721/6694.mvt"


@pytest.fixture
def surveyed(db: Database, tmp_path: Path) -> Iterator[City]:
    """Yield a served quarter of which a poor survey tells from January on and a better one from February on."""
    load_survey(db, tmp_path, "old", OLD, 10, "2026-01-01")
    load_survey(db, tmp_path, "new", NEW, 50, "2026-02-01")
    with open_server(db, tmp_path) as city:
        yield city


def asked(city: City, path: str, **given: str) -> dict:
    answer = city.client.get(BUILDINGS + path, params=given)
    assert answer.status_code == 200, answer.text
    found: dict = answer.json()
    return found


def features(city: City, path: str, layer: str, at: str) -> list[dict]:
    body = city.client.get(path, params={"datetime": at}).content
    return mapbox_vector_tile.decode(body)[layer]["features"]


def test_items_tiles_and_cells_agree_at_every_instant(surveyed: City) -> None:
    for at, keys in ((BEFORE, POOR), (BEGINS, GOOD), (AFTER, GOOD)):
        items = asked(surveyed, "/items", datetime=at, limit="100")["features"]
        assert {item["properties"]["source_key"] for item in items} == keys, at
        assert {one["id"] for one in features(surveyed, TILE, "buildings", at)} == {item["id"] for item in items}
        counted = asked(surveyed, "/grid", grid="beidou", level="5", datetime=at)["features"]
        assert sum(cell["properties"]["count"] for cell in counted) == len(keys)
        in_tile = features(surveyed, f"{CELLS}?grid=beidou&level=5", "cells", at)
        assert sum(cell["properties"]["value"] for cell in in_tile) == len(keys)
        found = surveyed.client.get("/search", params={"q": "独立楼", "datetime": at}).json()["results"]
        assert len(found) == (at == BEFORE)


def test_an_item_ends_where_it_begins_to_be_hidden(surveyed: City) -> None:
    whole = asked(surveyed, "/items", datetime="../2026-06-01T00:00:00Z", limit="100")["features"]
    ends = {item["properties"]["source_key"]: item["properties"]["valid_to"] for item in whole}
    assert ends == dict.fromkeys(POOR, BEGINS) | dict.fromkeys(GOOD)


def test_the_time_line_shows_when_hiding_begins(surveyed: City) -> None:
    told = asked(surveyed, "/instants")["instants"]
    assert told == [
        {"at": "2025-12-31T16:00:00Z", "added": len(POOR), "removed": 0, "changed": 0},
        {"at": BEGINS, "added": len(GOOD), "removed": len(POOR), "changed": 0},
    ]
    changes = asked(surveyed, "/changes", since=BEFORE, until=AFTER)
    assert (changes["added"], changes["removed"]) == (len(GOOD), len(POOR))
    known = asked(surveyed, "/instants", axis="known")["instants"]
    assert sum(one["removed"] for one in known) == 0, "that they were there is still believed"


def test_an_object_tells_by_what_and_from_when_on_it_is_hidden(surveyed: City) -> None:
    [told] = surveyed.client.get("/objects", params={"key": "old/jin"}).json()["objects"]
    assert (told["hidden_by"], told["hidden_from"]) == ("new", "2026-01-31T16:00:00Z")
    [told] = surveyed.client.get("/objects", params={"key": "new/jin"}).json()["objects"]
    assert (told["hidden_by"], told["hidden_from"]) == (None, None)
