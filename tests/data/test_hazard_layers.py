"""Objects at risk and places with people in the bundled sample: plausible, dry, and nobody's."""

import importlib
import re
from collections import Counter

import pytest
from bundled import Row, building, geometries, rows
from shapely import STRtree
from shapely.geometry import Point, shape

from layers.grades import Grade

METRE = 1e-5  # degrees: 0.95 m of longitude, 1.11 m of latitude


def coded(layer: str, column: str) -> set[str]:
    """The codes that a column of a layer may have."""
    found = importlib.import_module(f"layers.catalog.{layer}").LAYER.column(column)
    return {value for value, _ in found.codes}


def risks(*kinds: str) -> list[tuple[Row, Point]]:
    """Objects at risk of some kinds with their places."""
    pairs = zip(rows("risk_sources"), geometries("risk_sources"), strict=True)
    return [(row["properties"], place) for row, place in pairs if row["properties"]["kind"] in kinds]


def nearest_building(place: Point) -> tuple[Row, float]:
    """The building nearest to a place, and how far it is in degrees."""
    rank = int(STRtree(geometries("buildings")).nearest(place))
    return rows("buildings")[rank]["properties"], geometries("buildings")[rank].distance(place)


def test_objects_at_risk_are_of_seven_kinds_in_the_wanted_numbers() -> None:
    assert Counter(row["properties"]["kind"] for row in rows("risk_sources")) == {
        "sign": 60, "scaffold": 12, "tower_crane": 6, "tree": 250, "temporary": 15, "rooftop_plant": 20, "canopy": 15,
    }  # fmt: skip
    assert {row["properties"]["kind"] for row in rows("risk_sources")} == coded("risk_sources", "kind")
    assert {row["properties"]["state"] for row in rows("risk_sources")} == coded("risk_sources", "state")


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("sign", 6, 120),
        ("scaffold", 40, 220),
        ("tower_crane", 40, 220),
        ("tree", 6, 14),
        ("temporary", 2.5, 8),
        ("rooftop_plant", 5, 170),
        ("canopy", 3.5, 7),
    ],
)
def test_objects_at_risk_have_heights_widths_and_years_of_their_kind(kind: str, low: float, high: float) -> None:
    for thing, _ in risks(kind):
        assert low <= thing["height_m"] <= high, thing["source_key"]
        assert 1 <= thing["width_m"] <= 120, thing["source_key"]
        assert 1990 <= thing["built_year"] <= 2025, thing["source_key"]


def test_signs_scaffolds_and_canopies_hang_on_a_house_that_is_high_enough() -> None:
    for thing, place in risks("sign", "scaffold", "canopy"):
        house, far = nearest_building(place)
        assert far < 2 * METRE, thing["source_key"]
        assert house["quality"] == 0.3, "nothing made up hangs on a true building"
        assert thing["height_m"] <= house["height_m"] + 4.1, thing["source_key"]
        assert thing["built_year"] >= house["start_year"], thing["source_key"]


def test_plant_stands_on_its_roof_and_nothing_else_stands_in_a_house() -> None:
    for thing, place in risks("rooftop_plant"):
        house, far = nearest_building(place)
        assert far == 0, thing["source_key"]
        assert 1 <= thing["height_m"] - house["height_m"] <= 6, thing["source_key"]
    for thing, place in risks("scaffold", "tower_crane", "tree", "temporary", "canopy"):
        assert nearest_building(place)[1] > 0, thing["source_key"]


def test_street_trees_stand_beside_a_street_and_many_in_century_avenue() -> None:
    streets = {row["properties"]["name"]: shape(row["geometry"]) for row in rows("roads")}
    names = Counter(thing["name"].partition("行道树")[0] for thing, _ in risks("tree"))
    assert names["世纪大道"] == 100
    assert len(names) >= 15
    for thing, place in risks("tree"):
        assert 7 * METRE < streets[thing["name"].partition("行道树")[0]].distance(place) < 26 * METRE


@pytest.mark.parametrize("layer", ["risk_sources", "gathering_places"])
def test_no_object_at_risk_and_no_place_with_people_lies_in_water(layer: str) -> None:
    places, waters = STRtree(geometries("water")).query(geometries(layer), predicate="intersects")
    assert [rows(layer)[place]["properties"]["source_key"] for place in places] == []
    assert len(waters) == 0


@pytest.mark.parametrize("layer", ["risk_sources", "gathering_places"])
def test_owners_are_made_up_and_their_telephones_are_nobodys(layer: str) -> None:
    numbers: dict[str, set[str]] = {}
    for row in rows(layer):
        contact = row["properties"]
        assert re.fullmatch(r"样例\S+\d+", contact["owner"]), contact["source_key"]
        assert re.fullmatch(r"021-0555-\d{4}", contact["phone"]), contact["source_key"]
        assert (contact["quality"] == 0.3) == contact["name"].endswith("（样例）"), contact["source_key"]
        numbers.setdefault(contact["owner"], set()).add(contact["phone"])
    assert all(len(phones) == 1 for phones in numbers.values())


@pytest.mark.parametrize("layer", ["risk_sources", "gathering_places"])
def test_a_telephone_is_internal_and_its_owner_is_open(layer: str) -> None:
    declared = importlib.import_module(f"layers.catalog.{layer}").LAYER
    grades = {column.name: column.grade for column in declared.columns}
    assert grades.pop("phone") is Grade.INTERNAL
    assert set(grades.values()) == {Grade.OPEN}
    assert (declared.theme, declared.visible) == ("hazards", False)


@pytest.mark.parametrize(
    ("name", "height_m", "tower"),
    [
        ("上海中心大厦118层观光厅", 546, "上海中心大厦"),
        ("上海环球金融中心100层观光厅", 474, "上海环球金融中心"),
        ("金茂大厦88层观光厅", 340, "金茂大厦"),
        ("东方明珠263米主观光层", 263, "东方明珠广播电视塔"),
    ],
)
def test_a_sky_deck_has_its_public_height_inside_its_tower(name: str, height_m: float, tower: str) -> None:
    [deck] = [row for row in rows("gathering_places") if row["properties"]["name"] == name]
    assert (deck["properties"]["height_m"], deck["properties"]["quality"]) == (height_m, 1.0)
    assert shape(building(tower)["geometry"]).contains(shape(deck["geometry"]))
    assert height_m < building(tower)["properties"]["height_m"]


def test_places_with_people_are_of_five_kinds_with_a_capacity() -> None:
    kinds = Counter(row["properties"]["kind"] for row in rows("gathering_places"))
    assert set(kinds) == coded("gathering_places", "kind")
    assert kinds["metro_exit"] >= 6
    assert all(100 <= row["properties"]["capacity"] <= 10_000 for row in rows("gathering_places"))
    assert "陆家嘴环形天桥" in {row["properties"]["name"] for row in rows("gathering_places")}


def test_metro_exits_are_near_their_station_and_outside_of_houses() -> None:
    stations = {row["properties"]["name"]: shape(row["geometry"]) for row in rows("stations")}
    for row, place in zip(rows("gathering_places"), geometries("gathering_places"), strict=True):
        if row["properties"]["kind"] == "metro_exit":
            station = stations[row["properties"]["name"].partition("站")[0]]
            assert 30 * METRE < station.distance(place) < 150 * METRE
            assert nearest_building(place)[1] > 2 * METRE
