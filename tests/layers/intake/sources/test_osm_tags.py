"""Tags of OpenStreetMap as values of our columns."""

import pytest

from layers.catalog import built_in
from layers.intake.sources.osm.features import AREAS, KEYS, LAYERS, LINES, POINTS
from layers.intake.sources.osm.heights import heights
from layers.intake.sources.osm.numbers import count, integer, kmh, metres, year
from layers.intake.sources.osm.uses import use_of
from layers.intake.sources.osm.words import address, name, name_en


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("632", 632.0),
        ("632 m", 632.0),
        ("632米", 632.0),
        ("12,5", 12.5),
        ("2072'", 631.55),
        ("100 ft", 30.48),
        ("6'7\"", 2.01),
        ("<196", None),
        ("about 30", None),
        ("99999", None),
        ("-3", None),
        ("", None),
        (None, None),
    ],
)
def test_lengths_are_read_in_metres(text, expected):
    assert metres(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("6", 6), ("2.5", 2.5), ("3;5", 5), ("many", None), (None, None)])
def test_counts_are_read(text, expected):
    assert count(text) == expected


def test_other_numbers_are_read():
    assert [integer("2;3"), integer("-1"), integer("x")] == [2, -1, None]
    assert [kmh("60"), kmh("30 mph"), kmh("CN:urban")] == [60, 48, None]
    assert [year("1994"), year("2016-05-20"), year("1920s"), year("C19")] == [1994, 2016, 1920, None]


def test_a_tagged_height_wins_over_floors():
    told = heights({"height": "632", "building:levels": "128"}, "yes", "office")
    assert told == {"height_m": 632.0, "min_height_m": None, "floors": 128, "height_source": "tagged"}


def test_floors_give_a_height_by_use():
    by_use = {
        use: heights({"building:levels": "10"}, "yes", use)["height_m"] for use in ("residential", "office", None)
    }
    assert by_use == {"residential": 30.0, "office": 42.0, None: 35.0}


def test_without_either_the_height_is_an_estimate_by_kind():
    told = heights({}, "apartments", "residential")
    assert (told["height_m"], told["floors"], told["height_source"]) == (18.0, None, "estimated")


@pytest.mark.parametrize(
    "tags", [{"height": "<196"}, {"height": "0"}, {"building:levels": "-1"}, {"building:levels": "0"}]
)
def test_numbers_that_cannot_be_do_not_count(tags):
    assert heights(tags, "yes", None)["height_source"] == "estimated"


def test_a_part_begins_above_ground_by_height_or_level():
    assert heights({"height": "90", "min_height": "70.5"}, "yes", None)["min_height_m"] == 70.5
    assert heights({"building:levels": "9", "building:min_level": "3"}, "yes", "residential")["min_height_m"] == 9.0


def test_a_part_never_ends_below_where_it_begins():
    told = heights({"min_height": "100"}, "yes", None)
    assert told["height_m"] > told["min_height_m"]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"building": "apartments"}, "residential"),
        ({"building": "commercial", "tourism": "attraction"}, "office"),
        ({"building": "yes", "tourism": "hotel"}, "hotel"),
        ({"building": "yes", "amenity": "hospital"}, "medical"),
        ({"building": "yes", "shop": "mall"}, "retail"),
        ({"building": "yes", "shop": "no"}, None),
        ({"building": "yes"}, None),
    ],
)
def test_the_use_comes_from_the_kind_and_from_what_is_inside(tags, expected):
    assert use_of({"building": "yes"} | tags) == expected


def test_every_use_has_an_entry_in_the_legend_or_is_other():
    from layers.intake.sources.osm import uses

    column = built_in().get("buildings").column("use")
    assert column is not None
    known = {value for value, _ in column.codes} | {"other"}
    assert {*uses._BUILDING.values(), *uses._AMENITY.values(), *uses._TOURISM.values()} <= known


def test_the_chinese_name_stands_where_the_name_is_in_another_script():
    assert name({"name": "Shanghai Tower", "name:zh": "上海中心大厦"}) == "上海中心大厦"
    assert name({"name": "上海中心大厦", "name:zh": "上海中心"}) == "上海中心大厦"
    assert name({"name": "IFC"}) == "IFC"
    assert name_en({"name": "IFC"}) == "IFC"
    assert name_en({"name": "上海中心大厦", "name:en": "Shanghai Tower"}) == "Shanghai Tower"
    assert name_en({"name": "上海中心大厦"}) is None


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (
            {
                "addr:province": "上海市",
                "addr:city": "上海",
                "addr:district": "浦东新区",
                "addr:street": "银城中路",
                "addr:housenumber": "501",
            },
            "上海市浦东新区银城中路501号",
        ),
        ({"addr:street": "Century Avenue", "addr:housenumber": "8"}, "Century Avenue 8"),
        ({"addr:street": "世纪大道", "addr:housenumber": "8号甲"}, "世纪大道8号甲"),
        ({"addr:full": "上海市浦东新区世纪大道1号", "addr:street": "x"}, "上海市浦东新区世纪大道1号"),
        ({"addr:city": "上海"}, None),
        ({}, None),
    ],
)
def test_an_address_goes_from_the_largest_part_to_the_smallest(tags, expected):
    assert address(tags) == expected


@pytest.mark.parametrize(
    ("layer", "tags", "kind"),
    [
        ("water", {"natural": "water", "water": "river"}, "river"),
        ("water", {"landuse": "reservoir"}, "reservoir"),
        ("landuse", {"landuse": "residential"}, "residential"),
        ("landuse", {"amenity": "school"}, "education"),
        ("green", {"leisure": "park"}, "park"),
        ("green", {"landuse": "grass"}, "grass"),
        ("farmland", {"landuse": "orchard", "trees": "peach_trees"}, "orchard"),
        ("farmland", {"landuse": "farmland", "crop": "rice"}, "paddy"),
        ("boundaries", {"boundary": "administrative", "admin_level": "6", "name": "浦东新区"}, "district"),
        ("building_parts", {"building:part": "yes"}, "yes"),
        ("waterways", {"waterway": "canal"}, "canal"),
        ("railways", {"railway": "subway", "name": "地铁2号线"}, "subway"),
        ("roads", {"highway": "footway"}, "footway"),
        ("stations", {"railway": "station", "station": "subway"}, "subway"),
        ("stations", {"amenity": "ferry_terminal"}, "ferry"),
        ("poi", {"shop": "convenience"}, "convenience"),
    ],
)
def test_objects_belong_to_their_layers(layer, tags, kind):
    values = (AREAS | LINES | POINTS)[layer](tags)
    assert values is not None
    assert values["class"] == kind


@pytest.mark.parametrize(
    ("layer", "tags"),
    [
        ("buildings", {"building": "no"}),
        ("landuse", {"landuse": "grass"}),
        ("landuse", {"building": "school", "amenity": "school"}),
        ("railways", {"railway": "construction"}),
        ("stations", {"railway": "planned", "station": "subway"}),
        ("poi", {"amenity": "bench"}),
        ("boundaries", {"boundary": "maritime"}),
    ],
)
def test_objects_that_are_none_of_a_kind_are_left(layer, tags):
    assert (AREAS | LINES | POINTS)[layer](tags) is None


def test_values_have_the_names_of_the_columns():
    full = dict.fromkeys(KEYS, "yes") | {
        "natural": "water", "landuse": "residential", "leisure": "park", "boundary": "administrative",
        "waterway": "river", "railway": "subway", "name": "名",
    }  # fmt: skip
    special = {
        "farmland": {"landuse": "farmland"}, "stations": {"railway": "station"}, "schools": {"amenity": "school"},
        "hospitals": {"amenity": "hospital"},
    }  # fmt: skip
    for layer_id, rule in (AREAS | LINES | POINTS).items():
        values = rule(special.get(layer_id, full))
        assert values is not None, layer_id
        unknown = set(values) - {column.name for column in built_in().get(layer_id).columns}
        assert not unknown, layer_id


def test_a_road_says_whether_it_is_one_way_a_bridge_or_a_tunnel():
    road = LINES["roads"]({"highway": "motorway", "bridge": "viaduct", "layer": "2", "maxspeed": "80", "lanes": "3"})
    assert road is not None
    assert (road["oneway"], road["bridge"], road["tunnel"], road["level"]) == (True, True, False, 2)
    assert LINES["roads"]({"highway": "residential", "oneway": "no"})["oneway"] is False


def test_all_layers_of_openstreetmap_are_built_in():
    assert set(LAYERS) <= {layer.id for layer in built_in()}


@pytest.mark.parametrize(
    ("layer", "tags", "expected"),
    [
        ("schools", {"amenity": "school", "name": "明珠小学"}, {"class": "primary"}),
        (
            "schools",
            {"amenity": "school", "name": "建平中学", "capacity": "900"},
            {"class": "secondary", "students": 900},
        ),
        ("schools", {"amenity": "school", "isced:level": "1;2"}, {"class": "school"}),
        ("schools", {"amenity": "university"}, {"class": "college"}),
        ("hospitals", {"amenity": "hospital", "emergency": "yes", "beds": "500"}, {"emergency": True, "beds": 500}),
        ("hospitals", {"amenity": "clinic", "emergency": "no"}, {"class": "clinic", "emergency": False}),
        ("enterprises", {"office": "insurance", "name": "某保险"}, {"class": "finance"}),
        ("enterprises", {"office": "company", "name": "某公司"}, {"class": "company"}),
    ],
)
def test_who_serves_and_works_in_the_city_is_known_by_its_tags(layer: str, tags: dict, expected: dict) -> None:
    values = POINTS[layer](tags)
    assert values is not None
    assert {name: values[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("layer", "tags"),
    [
        ("schools", {"amenity": "driving_school"}),
        ("hospitals", {"amenity": "pharmacy"}),
        ("enterprises", {"office": "government", "name": "某局"}),
        ("enterprises", {"office": "company"}),
        ("enterprises", {"name": "无"}),
    ],
)
def test_others_are_none_of_these(layer: str, tags: dict) -> None:
    assert POINTS[layer](tags) is None
