"""Views over HTTP: what stands in the way, how much of a landmark is seen, the ground that is, and the skyline."""

from typing import Any

import numpy as np
import pytest
import shapely
from city import City
from shapely.geometry import shape

from bim.review.scene import Frame, to_plane

# The eye is south of the Shanghai Tower, which hides Jin Mao from it.
EYE = "121.50125,31.2340,1.6"
TOWER_LAT, TOWER_TOP = 31.2356, 632.0
INNER = "121.4990,31.2340,5"


def get(city: City, path: str, signed: bool = False, **asked: Any) -> Any:
    answer = city.client.get(f"/bim/review/{path}", params=asked, headers=city.signed_in if signed else {})
    assert answer.status_code == 200, answer.text
    return answer.json()


def named(city: City, name: str) -> str:
    items = city.client.get("/collections/buildings/items?limit=100").json()["features"]
    (fid,) = [one["id"] for one in items if one["properties"]["name"] == name]
    return f"buildings/{fid}"


def line(city: City, signed: bool = False, **asked: Any) -> Any:
    (one,) = get(city, "sight", signed, **asked)["features"]
    return one["properties"]


def test_a_line_of_sight_says_what_is_in_the_way_and_where(city: City) -> None:
    found = line(city, **{"from": EYE, "to": "121.5012,31.2390,100"})
    assert found["visible"] is False
    assert found["blocked_by"] == named(city, "上海中心大厦")
    lon, lat, height = found["at"]
    assert (lon, lat) == pytest.approx((121.50124, TOWER_LAT - 0.0004), abs=1e-5)
    assert 1.6 < height < 100
    assert line(city, **{"from": EYE, "to": "121.5030,31.2340,1.6"}) == {"visible": True, "blocked_by": None}


def test_what_is_thought_away_is_in_nobodys_way(city: City) -> None:
    asked = {"from": EYE, "to": "121.5012,31.2390,600"}
    towers = [named(city, "上海中心大厦"), named(city, "金茂大厦")]
    assert line(city, **asked, without=towers)["visible"] is True
    assert line(city, **asked)["visible"] is False


def test_what_a_reader_may_not_see_is_in_nobodys_way(city: City) -> None:
    asked = {"from": "121.4980,31.2340,5", "to": "121.4999,31.2340,5"}
    assert line(city, **asked)["visible"] is True
    assert line(city, signed=True, **asked)["visible"] is False
    far = {"from": "121.4980,31.2340,5"}
    assert get(city, "skyline", **far)["properties"]["skyline"][90]["building"] is None
    assert get(city, "skyline", True, **far)["properties"]["skyline"][90]["building"].startswith("buildings/")


def test_a_landmark_that_may_not_be_seen_is_one_that_does_not_exist(city: City) -> None:
    (owner,) = {
        one["building"]
        for one in get(city, "skyline", True, **{"from": "121.4980,31.2340,5"}, radius=100)["properties"]["skyline"]
    } - {None}
    assert get(city, "sight", True, **{"from": EYE}, building=owner)["features"]
    answer = city.client.get("/bim/review/sight", params={"from": EYE, "building": owner})
    assert (answer.status_code, answer.json()["detail"]) == (404, f"there is no building '{owner}'")


def test_of_a_landmark_the_share_that_is_seen_is_told_for_each_eye(city: City) -> None:
    jin_mao = named(city, "金茂大厦")
    found = get(city, "sight", **{"from": [EYE, "121.4980,31.2372,1.6"]}, building=jin_mao)["features"]
    south, west = (one["properties"] for one in found)
    assert west == {"building": jin_mao, "share": 1.0, "visible": True}
    assert south["share"] < 0.5
    alone = get(city, "sight", **{"from": EYE}, building=jin_mao, without=named(city, "上海中心大厦"))
    assert alone["features"][0]["properties"]["share"] == 1.0


def test_the_viewshed_is_the_ground_that_is_not_behind_a_tower(city: City) -> None:
    found = get(city, "viewshed", **{"from": EYE}, radius=250, spacing=5)
    told, seen = found["properties"], shape(found["geometry"])
    assert seen.is_valid
    assert seen.covers(shapely.Point(121.5012, 31.2345))
    assert not seen.covers(shapely.Point(121.50125, 31.2361))
    plane = to_plane(seen, Frame.at(121.50125, 31.2340))
    assert plane.area == pytest.approx(told["area_m2"], rel=1e-3)
    assert told["share"] == pytest.approx(told["seen"] / told["points"], abs=1e-4)
    assert 0.5 < told["share"] < 0.99


def test_the_skyline_has_the_tower_as_high_as_the_closed_form(city: City) -> None:
    found = get(city, "skyline", **{"from": EYE}, radius=1000, step=1)["properties"]["skyline"]
    assert len(found) == 360
    north = found[0]
    distance = to_plane(shapely.Point(121.50125, TOWER_LAT - 0.0004), Frame.at(121.50125, 31.2340)).y
    assert north["building"] == named(city, "上海中心大厦")
    assert north["distance_m"] == pytest.approx(distance, abs=0.05)
    assert north["elevation_deg"] == pytest.approx(np.degrees(np.arctan2(TOWER_TOP - 1.6, distance)), abs=0.01)
    south = found[180]
    assert (south["elevation_deg"], south["building"], south["distance_m"]) == (0.0, None, None)


@pytest.mark.parametrize(
    ("path", "asked", "status", "words"),
    [
        ("sight", {"from": EYE}, 400, "name either a place"),
        ("sight", {"from": EYE, "to": "121.5,31.2"}, 400, "longitude,latitude,height"),
        ("skyline", {"from": "121.50125,31.2340,-2"}, 400, "-2 m is no height over the ground"),
        ("sight", {"from": EYE, "to": "122.5,31.2,1"}, 400, "10 km is the most"),
        ("sight", {"from": EYE, "building": "buildings/999999"}, 404, "there is no building"),
        ("viewshed", {"from": EYE, "radius": 1000, "spacing": 1}, 400, "take a larger spacing"),
        ("skyline", {"from": "121.5013,31.2356,1.6"}, 400, "in or under buildings/"),
        ("skyline", {"from": EYE, "step": 0}, 400, "step"),
    ],
)
def test_what_cannot_be_looked_at_is_refused_with_the_reason(
    city: City, path: str, asked: dict[str, Any], status: int, words: str
) -> None:
    answer = city.client.get(f"/bim/review/{path}", params=asked)
    assert (answer.status_code, words in answer.text) == (status, True), answer.text


def test_the_skyline_of_the_sample_has_its_landmarks(sample_city: City) -> None:
    found = get(sample_city, "skyline", **{"from": "121.4990,31.2380,1.6"}, radius=1000)["properties"]
    assert found["rests_on"]["buildings"] > 100
    heights = [one["elevation_deg"] for one in found["skyline"]]
    assert max(heights) > 20
    assert min(heights) >= 0


def test_with_a_building_that_is_thought_away_goes_the_model_that_stands_for_it(sample_city: City) -> None:
    (model,) = sample_city.client.get("/bim/models").json()["models"]
    (block,) = model["stands_for"]["buildings"]
    lon, lat = model["position"]
    asked = {"from": f"{lon + 0.0008},{lat},1.6", "radius": 200, "step": 1}
    there = get(sample_city, "skyline", **asked)["properties"]
    gone = get(sample_city, "skyline", **asked, without=f"buildings/{block}")["properties"]
    made_by = [{one["building"] for one in found["skyline"]} for found in (there, gone)]
    assert f"models/{model['id']}" in made_by[0] - made_by[1]
    assert there["rests_on"]["models"] == [model["id"]]
    assert gone["rests_on"]["models"] == []
