"""Rooms with their ways out, and ways between rooms, over HTTP, of the bundled office block."""

from typing import Any

import pytest
from city import City
from pyproj import Geod

BLOCK = "/bim/models/office-block"


def told(city: City, path: str, **asked: Any) -> Any:
    answer = city.client.get(f"{BLOCK}/{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_rooms_high_up_with_one_way_out_are_found(sample_city: City) -> None:
    found = told(sample_city, "rooms", above=15.0, exits=1, limit=1000)
    assert found["count"] == len(found["rooms"]) > 10
    assert all(room["exits"] == 1 and room["min_height_m"] >= 15.0 for room in found["rooms"])
    assert {room["neighbours"][0]["long_name"] for room in found["rooms"]} == {"走廊"}
    whole = told(sample_city, "rooms", limit=1)
    assert whole["count"] == 102
    assert len(whole["rooms"]) == 1


def test_a_way_leads_through_the_corridor_and_is_drawn_on_the_map(sample_city: City) -> None:
    offices = told(sample_city, "rooms", storey="3层", exits=1)["rooms"]
    way = told(sample_city, "path", start=offices[0]["id"], end=offices[-1]["id"])
    told_of = way["properties"]
    assert [room["long_name"] for room in told_of["rooms"]][1] == "走廊"
    assert len(told_of["passages"]) == 2
    line = way["geometry"]["coordinates"]
    lons, lats, _ = zip(*line, strict=True)
    assert Geod(ellps="GRS80").line_length(lons, lats) == pytest.approx(told_of["length_m"], abs=0.1)


def test_a_way_down_and_out_takes_the_stairs_and_the_entrance(sample_city: City) -> None:
    office = told(sample_city, "rooms", storey="4层", exits=1)["rooms"][0]["id"]
    out = told(sample_city, "path", start=office)["properties"]
    assert [part["class"] for part in out["passages"]].count("IfcStair") == 3
    assert out["passages"][-1]["name"] == "入口大门"
    assert out["rooms"][-1]["long_name"] == "走廊"
    back = told(sample_city, "path", start="outside", end=office)
    assert back["properties"]["length_m"] == out["length_m"]
    heights = [height for _, _, height in back["geometry"]["coordinates"]]
    assert heights[0] == pytest.approx(0.3, abs=0.01)
    assert heights[-1] == pytest.approx(3 * 3.9 + 0.3, abs=0.01)


def test_a_room_that_is_not_there_has_no_way(sample_city: City) -> None:
    answer = sample_city.client.get(f"{BLOCK}/path", params={"start": "attic"})
    assert answer.status_code == 404
    assert "there is no room 'attic'" in answer.json()["detail"]
