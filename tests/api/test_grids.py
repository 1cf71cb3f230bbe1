"""Grids over HTTP: codes of places and areas, and layers counted by cell."""

import pytest
from city import City

from api.client import Client

TOWER = {"lon": 121.5010, "lat": 31.2335}
AROUND = "121.495,31.230,121.510,31.240"


def test_a_place_has_a_code_and_a_code_its_place(city: City) -> None:
    here = city.client.get("/grids/beidou/cell", params=TOWER | {"level": 10}).json()
    assert here["id"] == "N51H3620400162331144"
    cell = city.client.get("/grids/beidou/cells/N51H3620400").json()
    assert cell["properties"]["level"] == 5
    assert cell["properties"]["parent"] == "N51H36204"
    assert len(cell["properties"]["neighbours"]) == 8
    west, south = cell["geometry"]["coordinates"][0][0][0], cell["geometry"]["coordinates"][0][0][1]
    assert (west, south) == pytest.approx((121.5010, 31.2335), abs=0.002)
    assert {grid["name"] for grid in city.client.get("/grids").json()["grids"]} == {"beidou", "geosot", "h3"}


def test_an_area_is_covered_and_a_huge_one_refused(city: City) -> None:
    cells = city.client.get("/grids/beidou/cells", params={"bbox": AROUND, "level": 5}).json()["features"]
    assert len(cells) == len({cell["id"] for cell in cells}) > 50
    answer = city.client.get("/grids/beidou/cells", params={"bbox": "121,31,122,32", "level": 7})
    assert answer.status_code == 400
    assert answer.json()["parameter"] == "level"
    assert "20000" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "status", "parameter"),
    [
        ("/grids/beidou/cells/N51H36Z", 400, "code"),
        ("/grids/utm/cells/1", 404, None),
        ("/grids/beidou/cell?lon=121&lat=31&level=11", 400, "level"),
        ("/grids/beidou/cell?lon=121&lat=89&level=5", 400, "lat"),
        ("/collections/buildings/grid?grid=utm", 400, "grid"),
        ("/collections/buildings/grid?level=5&sum=name", 400, "sum"),
        ("/collections/buildings/grid?level=5&colour=red", 400, "colour"),
    ],
)
def test_what_cannot_be_is_told_by_name(city: City, path: str, status: int, parameter: str | None) -> None:
    answer = city.client.get(path)
    assert answer.status_code == status
    assert answer.json().get("parameter") == parameter


def test_buildings_are_counted_by_cell(city: City) -> None:
    asked = {"grid": "beidou", "level": 5, "sum": "height_m"}
    cells = city.client.get("/collections/buildings/grid", params=asked).json()["features"]
    items = city.client.get("/collections/buildings/items", params={"limit": 1000}).json()["features"]
    assert sum(cell["properties"]["count"] for cell in cells) == len(items) == 3
    heights = sum(item["properties"]["height_m"] for item in items)
    assert sum(cell["properties"]["sum_height_m"] for cell in cells) == pytest.approx(heights, rel=1e-4)
    assert all(0 < cell["properties"]["area_share"] <= 1 for cell in cells)


def test_a_grade_is_counted_for_those_alone_who_see_it(city: City) -> None:
    mine = city.client.get("/collections/buildings/grid", headers=city.signed_in).json()["features"]
    assert sum(cell["properties"]["count"] for cell in mine) == 4


def test_filters_and_time_hold_on_the_grid(own_city: City) -> None:
    offices = own_city.client.get("/collections/buildings/grid", params={"use": "office"}).json()["features"]
    assert sum(cell["properties"]["count"] for cell in offices) == 2
    past = own_city.client.get("/collections/buildings/grid", params={"datetime": "1990-01-01T00:00:00Z"}).json()
    assert past["features"] == []


def test_the_client_has_cells_and_changes_as_tables(city: City) -> None:
    with Client(str(city.client.base_url)) as client:
        cells = client.on_grid("buildings", 5, total="height_m")
        assert cells["count"].sum() == 3
        assert cells.sum_height_m.sum() == pytest.approx(632 + 492 + 420.5, rel=1e-4)
        assert client.on_grid("buildings", 5, bbox=(100, 20, 101, 21)).empty
        changes = client.changes("buildings", "2000-01-01T00:00:00Z")
        assert list(changes.kind) == ["added"] * 3
        assert client.changes("buildings", "2000-01-01T00:00:00Z", "2000-01-02T00:00:00Z").empty
