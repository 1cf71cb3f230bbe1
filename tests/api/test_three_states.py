"""One building whose state was surveyed three times, asked for at each instant and as it was known at each."""

import json
from datetime import UTC, datetime
from pathlib import Path

import mapbox_vector_tile
import pytest
from city import City
from shapely.geometry import Polygon
from sqlalchemy import text

from layers import catalog
from layers.intake.ingest import LoadOptions, Silent, load_path
from layers.space.grids.beidou import BEIDOU

TILE = "/tiles/buildings/14/13721/6694.mvt"
RING = [[121.5040, 31.2370], [121.5044, 31.2370], [121.5044, 31.2374], [121.5040, 31.2374], [121.5040, 31.2370]]
# When each state began, and how many metres of it stood then.
STATES = (("2021-05-01T00:00:00Z", 30.0), ("2023-05-01T00:00:00Z", 90.0), ("2025-05-01T00:00:00Z", 150.0))
BETWEEN = ("2022-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z")


def load(city: City, folder: Path, date: str, height_m: float) -> str:
    """Load a survey of ``date``, and return the instant at which it was known."""
    feature = {
        "type": "Feature",
        "id": "1",
        "geometry": {"type": "Polygon", "coordinates": [RING]},
        "properties": {"name": "在建塔楼", "height_m": height_m},
    }
    path = folder / "survey.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    options = LoadOptions(dataset="survey", layer="buildings", date=datetime.fromisoformat(date))
    load_path(city.database, catalog.built_in(), path, options, Silent())
    with city.database.reader.connect() as connection:
        known: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return known.astimezone(UTC).isoformat().replace("+00:00", "Z")


@pytest.fixture
def known(own_city: City, tmp_path: Path) -> list[str]:
    """Return the instants at which each of the three states had just been loaded."""
    return [load(own_city, tmp_path, date, height_m) for date, height_m in STATES]


def in_items(city: City, **when: str) -> list[float]:
    found = city.client.get("/collections/buildings/items", params={"name": "在建塔楼", **when}).json()["features"]
    return [one["properties"]["height_m"] for one in found]


def in_tile(city: City, **when: str) -> list[float]:
    body = city.client.get(TILE, params=when).content
    features = mapbox_vector_tile.decode(body)["buildings"]["features"] if body else []
    return [one["properties"]["height_m"] for one in features if one["properties"].get("name") == "在建塔楼"]


def on_grid(city: City, **when: str) -> list[float]:
    asked = {"grid": "beidou", "level": "4", "sum": "height_m", "name": "在建塔楼", **when}
    cells = city.client.get("/collections/buildings/grid", params=asked).json()["features"]
    total = sum(cell["properties"]["sum_height_m"] for cell in cells)
    return [round(total, 3)] if cells else []


def in_cells(city: City, **when: str) -> list[float]:
    path = TILE.replace("/tiles/buildings/", "/collections/buildings/grid/tiles/")
    asked = {"level": "6", "sum": "height_m", **when}
    features = mapbox_vector_tile.decode(city.client.get(path, params=asked).content or b"").get("cells", {})
    # The towers of the fixture have been there since it began, and lie in other cells.
    cells = {one["properties"]["code"]: one["properties"]["value"] for one in features.get("features", [])}
    own = [code for code in BEIDOU.cover(Polygon(RING), 6).tolist() if code in cells]
    return [round(sum(cells[code] for code in own), 3)] if own else []


@pytest.mark.parametrize("read_heights", [in_items, in_tile, on_grid, in_cells])
def test_each_instant_has_its_state(own_city: City, known: list[str], read_heights) -> None:
    assert [read_heights(own_city, datetime=instant) for instant in BETWEEN] == [[30.0], [90.0], [150.0]]
    assert read_heights(own_city) == [150.0]
    assert read_heights(own_city, datetime="2020-01-01T00:00:00Z") == []


@pytest.mark.parametrize("read_heights", [in_items, in_tile, on_grid, in_cells])
def test_each_instant_is_told_as_it_was_known_then(own_city: City, known: list[str], read_heights) -> None:
    late = BETWEEN[2]
    assert [read_heights(own_city, datetime=late, as_of=instant) for instant in known] == [[30.0], [90.0], [150.0]]
    # What was known after the second survey about the time of the first is what it had been.
    assert read_heights(own_city, datetime=BETWEEN[0], as_of=known[1]) == [30.0]


def test_the_difference_of_two_instants_names_what_grew(own_city: City, known: list[str]) -> None:
    asked = {"since": BETWEEN[0], "until": BETWEEN[2]}
    found = own_city.client.get("/collections/buildings/changes", params=asked).json()
    assert (found["added"], found["removed"], found["changed"]) == (0, 0, 1)
    assert found["changed_by_column"] == {"height_m": 1}
    assert found["features"][0]["properties"]["columns"] == {"height_m": {"old": 30.0, "new": 150.0}}
