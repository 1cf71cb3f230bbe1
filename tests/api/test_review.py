"""Review of schemes over HTTP: shadows, rules, and the sunlight of buildings and of the ground."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from city import City
from shapely.geometry import shape

from api.layers import all_layers
from api.review import sources_of
from bim.review import Design, Limits, Placing, Prisms, SunlightQuestion, assess, prepare, read_rules, sun_at, to_plane
from bim.review.rule import SHELF
from bim.review.scene import Frame
from layers.access import LOCAL_OPERATOR
from layers.temporal import now

AROUND = "121.4950,31.2300,121.5070,31.2440"
NOON = "2027-01-20T12:05:00+08:00"
JIN_MAO = shapely.Point(121.5012, 31.2372)
INNER = shapely.Point(121.4990, 31.2340)
CLUSTER = "121.4985,31.2335,121.4995,31.2345"
# Buildings that stand in nobody's shadow, and a plot to the north of one of them.
PLOT = """
INSERT INTO onemap.buildings (name, height_m, has_parts, source_key, dataset, geom)
SELECT name, height_m, has_parts, name, 'test', ST_Multi(ST_MakeEnvelope(west, south, east, north, 4490))
FROM (VALUES ('front', 30.0, NULL, 121.6000, 31.2000, 121.6004, 31.2002),
             ('back', 30.0, NULL, 121.6000, 31.2004, 121.6004, 31.2006),
             ('parted', 60.0, true, 121.6010, 31.2000, 121.6014, 31.2004)
     ) AS plot(name, height_m, has_parts, west, south, east, north);
INSERT INTO onemap.building_parts (name, height_m, min_height_m, dataset, geom)
VALUES ('podium', 10, 0, 'test', ST_Multi(ST_MakeEnvelope(121.6010, 31.2000, 121.6014, 31.2004, 4490))),
       ('slab', 60, 10, 'test', ST_Multi(ST_MakeEnvelope(121.6011, 31.2001, 121.6013, 31.2003, 4490)))
"""


def ask(city: City, path: str, signed: bool = False, **asked: Any) -> Any:
    answer = city.client.get(f"/bim/review/{path}", params=asked, headers=city.signed_in if signed else {})
    assert answer.status_code == 200, answer.text
    return answer.json()


def refusal(city: City, path: str, **asked: Any) -> tuple[int, str]:
    answer = city.client.get(f"/bim/review/{path}", params=asked)
    return answer.status_code, answer.json()["detail"]


def fid_of(city: City, name: str, signed: bool = False) -> int:
    headers = city.signed_in if signed else {}
    items = city.client.get("/collections/buildings/items", params={"limit": 100}, headers=headers).json()
    (fid,) = [one["id"] for one in items["features"] if one["properties"]["name"] == name]
    return int(fid)


def shadow(city: City, signed: bool = False, bbox: str = AROUND, time: str = NOON) -> tuple[Any, Any]:
    found = ask(city, "shadows", signed, bbox=bbox, time=time)
    assert found["geometry"]["type"] == "MultiPolygon"
    return shape(found["geometry"]), found["properties"]


def test_the_shadow_of_a_tower_reaches_as_far_north_as_the_closed_form(city: City) -> None:
    found, told = shadow(city, bbox="121.4990,31.2366,121.5030,31.2480")
    frame = Frame.at(121.5012, 31.2372)
    sun = sun_at(np.array([np.datetime64("2027-01-20T04:05:00").astype("datetime64[s]").astype(float)]), 121.5, 31.24)
    assert told["azimuth_deg"] == pytest.approx(sun.azimuth_deg[0], abs=0.02)
    assert told["elevation_deg"] == pytest.approx(sun.elevation_deg[0], abs=0.02)
    assert (told["night"], told["without_height"]) == (False, 0)
    plane = to_plane(found, frame)
    jin_mao = to_plane(JIN_MAO.buffer(0.0004, 1).envelope, frame).bounds
    e, a = np.radians([told["elevation_deg"], told["azimuth_deg"]])
    # The Shanghai Tower to the south throws its shadow farther: of both the farthest edge is seen.
    shanghai = to_plane(shapely.Point(121.5013, 31.2356), frame).y + (jin_mao[3] - jin_mao[1]) / 2
    north = max(jin_mao[3] + 420.5 / np.tan(e) * -np.cos(a), shanghai + 632 / np.tan(e) * -np.cos(a))
    assert plane.bounds[3] == pytest.approx(north, abs=0.3)


def test_only_what_a_reader_may_see_throws_a_shadow(city: City) -> None:
    (public, told), (signed, more) = shadow(city), shadow(city, signed=True)
    assert not public.covers(INNER)
    assert signed.covers(INNER)
    assert more["buildings"] == told["buildings"] + 1
    assert shapely.difference(public, signed).area < 1e-12


def test_what_is_high_throws_its_shadow_into_a_box_that_it_does_not_stand_in(city: City) -> None:
    beyond, told = shadow(city, bbox="121.5000,31.2400,121.5030,31.2420")
    assert told["buildings"] > 0
    assert beyond.area > 0
    assert shapely.box(121.5, 31.24, 121.503, 31.242).covers(beyond.buffer(-1e-9))


def test_at_night_there_are_no_shadows_and_it_is_said(city: City) -> None:
    found, told = shadow(city, time="2027-01-20T00:00:00+08:00")
    assert found.is_empty
    assert told["night"] is True
    assert told["elevation_deg"] < 0


def test_a_client_that_has_the_shadows_is_not_sent_them_again(city: City) -> None:
    asked = {"bbox": AROUND, "time": NOON}
    first = city.client.get("/bim/review/shadows", params=asked)
    again = city.client.get("/bim/review/shadows", params=asked, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["content-type"] == "application/geo+json"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"bbox": "121,31,122,32"}, "km²"),
        ({"bbox": "121.5,31.2,121.4,31.3"}, "its west lies east of its east"),
        ({"time": "noon"}, "time"),
    ],
)
def test_shadows_that_cannot_be_asked_for_are_refused_with_the_reason(
    city: City, asked: dict[str, str], words: str
) -> None:
    status, said = refusal(city, "shadows", **{"bbox": AROUND, "time": NOON} | asked)
    assert status == 400
    assert words in said


def test_rules_are_told_as_their_files_have_them(city: City) -> None:
    rules = {one["id"]: one for one in ask(city, "rules")["rules"]}
    assert rules["cn-great-cold-2h"]["required_h"] == 2.0
    assert rules["shanghai-winter-solstice-1h"]["count"] == "longest"
    assert {one["status"] for one in rules.values()} == {"secondary"}


def test_a_rule_that_an_operator_edits_changes_the_verdict(
    city_with: Callable[..., AbstractContextManager[City]], tmp_path: Path
) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    text = (SHELF / "cn-great-cold-2h.toml").read_text(encoding="utf-8")
    with city_with(review_rules=folder) as city:
        asked = {"rule": "cn-great-cold-2h", "building": f"buildings/{fid_of(city, '金茂大厦')}", "year": 2027}
        before = ask(city, "sunlight", **asked)["summary"]
        (folder / "ours.toml").write_text(text.replace("required_h = 2.0", "required_h = 0.0"), encoding="utf-8")
        after = ask(city, "sunlight", **asked)["summary"]
        assert before["meets"] < before["points"] == after["meets"]
        (folder / "ours.toml").write_text(text.replace("sill_m = 0.9", 'sill_m = "high"'), encoding="utf-8")
        status, said = refusal(city, "sunlight", **asked)
        assert (status, "ours.toml, sill_m: 'high' is no number" in said) == (503, True)
        assert str(tmp_path) not in said


def test_the_north_of_a_tower_has_no_sun_in_winter_and_what_stands_before_it_takes_more(city: City) -> None:
    building = f"buildings/{fid_of(city, '金茂大厦')}"
    found = ask(city, "sunlight", rule="cn-great-cold-2h", building=building, year=2027, spacing=5, storeys="all")
    assert found["day"] == "2027-01-20"
    by_side: dict[float, list[float]] = {}
    for one in found["features"]:
        assert one["properties"]["building"] == building
        by_side.setdefault(round(one["properties"]["faces_deg"] / 90) % 4, []).append(one["properties"]["minutes"])
    assert set(by_side[0]) == {0.0}
    assert max(by_side[2]) > 200
    sides = {one["faces"]["en"]: (one["meets"], one["points"]) for one in found["summary"]["sides"]}
    assert set(sides) == {"north", "east", "south", "west"}
    assert sides["north"][0] == 0 < sides["south"][0]
    assert sum(points for _, points in sides.values()) == len(found["features"])
    summary, uncertain = found["summary"], found["summary"]["uncertainty"]
    assert summary["points"] == len(found["features"])
    assert summary["meets"] == sum(one["properties"]["meets"] for one in found["features"])
    assert summary["least_min"] == 0.0
    assert uncertain["heights_plus_10_percent"]["meets"] <= summary["meets"]
    assert summary["meets"] <= uncertain["heights_minus_10_percent"]["meets"]
    assert [one["storey"] for one in summary["storeys"]] == list(range(1, len(summary["storeys"]) + 1))
    assert found["rests_on"]["buildings"] == 3
    assert found["rests_on"]["data"]["oldest"] <= found["rests_on"]["data"]["newest"]


def test_a_rule_of_the_full_window_looks_at_both_ends_of_a_sill(city: City) -> None:
    building = f"buildings/{fid_of(city, '金茂大厦')}"
    found = ask(city, "sunlight", rule="shanghai-winter-solstice-1h", building=building, year=2026, spacing=5)
    assert (found["day"], found["rests_on"]["window_m"]) == ("2026-12-22", 1.8)
    for one in found["features"]:
        (longest, *_) = sorted(
            (
                np.datetime64(part["to"][:-1]) - np.datetime64(part["from"][:-1])
                for part in one["properties"]["segments"]
            ),
            reverse=True,
        ) or [np.timedelta64(0)]
        assert one["properties"]["minutes"] == pytest.approx(longest.astype(int) / 60, abs=0.1)


def test_segments_are_told_as_instants_and_by_the_clock_of_the_rule(city: City) -> None:
    building = f"buildings/{fid_of(city, '金茂大厦')}"
    found = ask(city, "sunlight", rule="cn-great-cold-2h", building=building, year=2027, spacing=20)
    lit = [one["properties"] for one in found["features"] if one["properties"]["segments"]]
    assert lit
    for one in lit:
        lengths = [np.datetime64(part["to"][:-1]) - np.datetime64(part["from"][:-1]) for part in one["segments"]]
        assert sum(length.astype(int) for length in lengths) / 60 == pytest.approx(one["minutes"], abs=0.1)
        assert all("08:00" <= part["true_solar"][:5] <= part["true_solar"][6:] <= "16:00" for part in one["segments"])


def test_a_building_that_may_not_be_seen_is_one_that_does_not_exist(city: City) -> None:
    building = f"buildings/{fid_of(city, '内部楼', signed=True)}"
    nowhere = refusal(city, "sunlight", rule="cn-great-cold-2h", building=building)
    assert nowhere == (404, f"there is no building '{building}'")
    assert refusal(city, "sunlight", rule="cn-great-cold-2h", building="buildings/999999")[0] == 404
    assert ask(city, "sunlight", True, rule="cn-great-cold-2h", building=building, spacing=10)["features"]


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ({"rule": "none", "bbox": CLUSTER}, 404, "there is no rule of sunlight 'none'; there are"),
        ({"rule": "cn-great-cold-2h"}, 400, "name either a building"),
        ({"rule": "cn-great-cold-2h", "bbox": CLUSTER, "building": "buildings/1"}, 400, "and not both"),
        ({"rule": "cn-great-cold-2h", "building": "12"}, 400, "such as buildings/12"),
        ({"rule": "cn-great-cold-2h", "building": "roads/12"}, 404, "they are in buildings, building_parts"),
        ({"rule": "cn-great-cold-2h", "bbox": CLUSTER, "year": 1900}, 400, "year: 1900"),
        ({"rule": "cn-great-cold-2h", "bbox": AROUND}, 400, "1 km² is the most"),
        (
            {"rule": "cn-great-cold-2h", "bbox": "121.5,31.235,121.508,31.242", "target": "ground", "spacing": 0.5},
            400,
            "12,474 is the most: ask for a smaller place, a larger spacing",
        ),
        ({"rule": "cn-great-cold-2h", "bbox": "121.0,31.0,121.001,31.001"}, 404, "nothing here can have sun"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_with_the_way_out(
    city: City, asked: dict[str, Any], status: int, words: str
) -> None:
    found, said = refusal(city, "sunlight", **asked)
    assert (found, words in said) == (status, True), said


@pytest.fixture
def plot(own_city: City) -> City:
    own_city.sql(PLOT)
    return own_city


def test_the_ground_behind_a_block_has_less_sun_than_that_before_it(plot: City) -> None:
    asked = {"rule": "cn-great-cold-2h", "target": "ground", "year": 2027, "spacing": 4}
    behind = ask(plot, "sunlight", bbox="121.6000,31.2002,121.6004,31.2004", **asked)
    before = ask(plot, "sunlight", bbox="121.6000,31.1997,121.6004,31.1999", **asked)
    assert before["summary"]["share"] == 1.0
    assert behind["summary"]["share"] < 0.5
    assert all("storey" not in one["properties"] for one in behind["features"])
    assert all(abs(one["geometry"]["coordinates"][2]) < 1e-3 for one in behind["features"])


def test_a_building_that_is_drawn_by_its_parts_has_their_facades(plot: City) -> None:
    building = f"buildings/{fid_of(plot, 'parted')}"
    found = ask(plot, "sunlight", rule="cn-great-cold-2h", building=building, year=2027, spacing=4)
    heights = sorted({round(one["geometry"]["coordinates"][2], 1) for one in found["features"]})
    assert heights == [0.9, 10.9]
    assert {one["properties"]["building"].split("/")[0] for one in found["features"]} == {"building_parts"}


def test_a_scheme_is_asked_about_as_if_it_were_built(plot: City) -> None:
    registry, rule = all_layers(), read_rules()["cn-great-cold-2h"]
    sources = sources_of(registry, LOCAL_OPERATOR, now())
    front, back = (f"buildings/{fid_of(plot, name)}" for name in ("front", "back"))
    tower = Prisms.of([shapely.box(121.6000, 31.2000, 121.6004, 31.2002)], [0.0], [120.0], ["schemes/a"])

    def share(building: str, design: Design | None) -> float:
        question = SunlightQuestion(rule, 2027, "facade", Placing(spacing_m=4.0, all_storeys=True), building)
        with plot.database.reader.connect() as connection:
            prepared = prepare(connection, replace(sources, design=design), question, Limits(10**7, 10**6))
        return float(assess(prepared).stated.minutes.mean())

    replaced = Design("a", frozenset({front}), sources.models, (), tower, {})
    cleared = replace(replaced, blocks=tower.without(["schemes/a"]))
    assert share(back, replaced) < share(back, None) < share(back, cleared)
    assert share("schemes/a", replaced) > 0


def test_a_building_model_stands_in_the_place_of_its_block(sample_city: City) -> None:
    (model,) = sample_city.client.get("/bim/models").json()["models"]
    (block,) = model["stands_for"]["buildings"]
    lon, lat = model["position"]
    beside = f"{lon + 0.0005},{lat},{lon + 0.0008},{lat + 0.0003}"
    found = ask(sample_city, "sunlight", rule="cn-great-cold-2h", bbox=beside, target="ground", spacing=4)
    assert found["rests_on"]["models"] == [model["id"]]
    itself = ask(sample_city, "sunlight", rule="cn-great-cold-2h", building=f"buildings/{block}", spacing=10)
    assert itself["rests_on"]["models"] == [], "the façades that are asked about are those of the block"
    assert {one["properties"]["building"] for one in itself["features"]} == {f"buildings/{block}"}


def test_shadows_of_the_sample_are_those_of_hundreds_of_buildings(sample_city: City) -> None:
    found, told = shadow(sample_city, bbox="121.495,31.230,121.515,31.245", time="2026-12-22T10:00:00+08:00")
    assert told["buildings"] > 300
    assert found.is_valid
    assert 0.1 < found.area / shapely.box(121.495, 31.230, 121.515, 31.245).area < 0.9
