"""The bundled sample: true where it says so, sound, and the same bytes every time."""

import hashlib
import importlib
import json
import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from bundled import DATA, DATASET, SAMPLE, building, geometries, rows
from pyproj import Geod, Transformer
from shapely import STRtree, transform
from shapely.geometry import Point, Polygon, shape
from shapely.geometry.base import BaseGeometry

LAYERS: list[str] = DATASET["layers"]
QUALITY = {"landmark": 1.0, "fact": 1.0, "drawn": 0.6, "synthetic": 0.3}
MADE_UP = {
    "landuse", "farmland", "city_parts", "boundaries", "risk_sources", "schools", "hospitals", "enterprises",
    "drainage_nodes", "drainage_pipes",
}  # fmt: skip


@pytest.fixture(scope="module")
def made_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    subprocess.run([sys.executable, "-W", "error", str(DATA / "make_sample.py"), str(folder)], check=True)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_making_the_sample_again_gives_the_same_bytes(made_again: Path) -> None:
    again, bundled = files(made_again), files(SAMPLE)
    assert again.keys() == bundled.keys()
    assert [path for path in again if again[path] != bundled[path]] == []


def test_the_checksums_in_the_readme_are_those_of_the_files() -> None:
    table = re.findall(r"^\| (\S+) \| (\d+) \| `([0-9a-f]{64})` \|$", (DATA / "README.md").read_text("utf-8"), re.M)
    stated = {path: (int(size), digest) for path, size, digest in table}
    assert stated == {path: (len(raw), hashlib.sha256(raw).hexdigest()) for path, raw in files(SAMPLE).items()}


def test_the_sample_is_small() -> None:
    assert sum(map(len, files(SAMPLE).values())) < 6_000_000


def test_the_description_names_every_layer_file_and_its_count() -> None:
    assert {f"{layer}.geojson" for layer in LAYERS} == {path.name for path in SAMPLE.glob("*.geojson")}
    assert DATASET["counts"] == {layer: len(rows(layer)) for layer in LAYERS}
    assert all((SAMPLE / extra["path"]).is_file() for extra in DATASET["extras"])
    assert (DATASET["id"], DATASET["precedence"], DATASET["crs"]) == ("sample", 0, "EPSG:4490")


@pytest.mark.parametrize(
    ("name", "name_en", "height_m", "floors", "year"),
    [
        ("上海中心大厦", "Shanghai Tower", 632, 128, 2015),
        ("上海环球金融中心", "Shanghai World Financial Center", 492, 101, 2008),
        ("金茂大厦", "Jin Mao Tower", 420.5, 88, 1999),
        ("东方明珠广播电视塔", "Oriental Pearl Tower", 468, None, 1994),
        ("白玉兰广场", "Sinar Mas - White Magnolia Plaza", 319.5, 66, 2017),
    ],
)
def test_a_landmark_has_its_public_figures(
    name: str, name_en: str, height_m: float, floors: int | None, year: int
) -> None:
    facts = building(name)["properties"]
    assert (facts["name_en"], facts["height_m"], facts.get("floors")) == (name_en, height_m, floors)
    assert (facts["height_source"], facts["start_year"], facts["quality"]) == ("tagged", year, 1.0)


def test_shanghai_tower_stands_where_it_stands() -> None:
    assert shape(building("上海中心大厦")["geometry"]).contains(Point(121.5013, 31.2356))


def test_there_are_some_forty_landmarks_with_both_names() -> None:
    landmarks = [row["properties"] for row in rows("buildings") if row["properties"]["quality"] == 1.0]
    assert len(landmarks) >= 40
    assert all(row["name"] and row["name_en"] and row["address"] for row in landmarks)


def test_the_parts_of_a_tower_reach_its_top_and_stay_on_its_ground() -> None:
    towers = {
        row["properties"]["source_key"]: row for row in rows("buildings") if row["properties"].get("has_parts") is True
    }
    tops = dict.fromkeys(towers, 0.0)
    for row in rows("building_parts"):
        part, key = row["properties"], row["properties"]["source_key"].rpartition("/")[0]
        assert 0 <= part["min_height_m"] < part["height_m"]
        assert shape(towers[key]["geometry"]).buffer(1e-6).contains(shape(row["geometry"])), part["name"]
        tops[key] = max(tops[key], part["height_m"])
    assert tops == {key: row["properties"]["height_m"] for key, row in towers.items()}


@pytest.mark.parametrize("layer", LAYERS)
def test_geometries_are_valid_and_inside_the_extent(layer: str) -> None:
    west, south, east, north = DATASET["extent"]
    for row, geometry in zip(rows(layer), geometries(layer), strict=True):
        assert geometry.is_valid, row["properties"]["source_key"]
        bounds = geometry.bounds
        assert west <= bounds[0] <= bounds[2] <= east, row["properties"]["source_key"]
        assert south <= bounds[1] <= bounds[3] <= north, row["properties"]["source_key"]


@pytest.mark.parametrize("layer", LAYERS)
def test_polygons_follow_the_right_hand_rule(layer: str) -> None:
    polygons = [
        part
        for geometry in geometries(layer)
        for part in getattr(geometry, "geoms", [geometry])
        if isinstance(part, Polygon)
    ]
    assert all(part.exterior.is_ccw and not any(ring.is_ccw for ring in part.interiors) for part in polygons)


@pytest.mark.parametrize("layer", LAYERS)
def test_coordinates_have_seven_decimals_at_most(layer: str) -> None:
    assert not re.search(r"\d\.\d{8,}", (SAMPLE / f"{layer}.geojson").read_text("utf-8"))


@pytest.mark.parametrize("layer", LAYERS)
def test_source_keys_are_unique_and_in_order(layer: str) -> None:
    keys = [row["properties"]["source_key"] for row in rows(layer)]
    assert len(set(keys)) == len(keys)
    assert keys == sorted(keys)


@pytest.mark.parametrize("layer", LAYERS)
def test_properties_are_columns_of_the_layer(layer: str) -> None:
    columns = {column.name for column in importlib.import_module(f"layers.catalog.{layer}").LAYER.columns}
    used = {name for row in rows(layer) for name in row["properties"]}
    assert used - {"source_key", "quality"} <= columns


@pytest.mark.parametrize("layer", LAYERS)
def test_quality_says_what_is_true_and_what_is_made_up(layer: str) -> None:
    for row in rows(layer):
        key, quality = row["properties"]["source_key"], row["properties"]["quality"]
        assert quality == QUALITY[key.partition("/")[0]], key
        assert layer not in MADE_UP or quality == 0.3, key


def test_there_are_several_thousand_buildings_with_addresses() -> None:
    houses = [row["properties"] for row in rows("buildings")]
    assert 4000 <= len(houses) <= 5000
    assert all(re.match(r"(浦东新区|黄浦区|虹口区)\S+\d+(号|弄|幢)", house["address"]) for house in houses)


def test_heights_follow_from_floors_where_they_say_so() -> None:
    for row in rows("buildings"):
        house = row["properties"]
        if house["height_source"] == "floors":
            assert 2.8 <= house["height_m"] / house["floors"] <= 4.6, house["source_key"]
        assert house["height_m"] > 0


def overlaps(one: list[BaseGeometry], other: list[BaseGeometry]) -> list[tuple[int, int]]:
    """Pairs that share ground, not just an edge."""
    first, second = STRtree(other).query(one, predicate="intersects")
    pairs = zip(first.tolist(), second.tolist(), strict=True)
    return [(i, j) for i, j in pairs if one[i] is not other[j] and one[i].intersection(other[j]).area > 1e-12]


def test_no_building_stands_in_water_or_on_a_field() -> None:
    assert overlaps(geometries("buildings"), geometries("water")) == []
    assert overlaps(geometries("buildings"), geometries("farmland")) == []


def test_no_building_stands_on_another() -> None:
    assert overlaps(geometries("buildings"), geometries("buildings")) == []


def test_no_building_stands_on_a_street() -> None:
    streets = [
        geometry
        for row, geometry in zip(rows("roads"), geometries("roads"), strict=True)
        if not row["properties"]["tunnel"]
    ]
    assert len(STRtree(geometries("buildings")).query(streets, predicate="intersects")[0]) == 0


def test_the_huangpu_lies_between_the_bund_and_lujiazui() -> None:
    [river] = [shape(row["geometry"]) for row in rows("water") if row["properties"]["name"] == "黄浦江"]
    assert 40 <= len(river.exterior.coords) - 1 <= 60
    assert river.contains(Point(121.489, 31.240))
    bund, pearl = Point(121.4853, 31.2389), Point(121.495, 31.2419)
    assert river.distance(bund) > 0
    assert river.distance(pearl) > 0


def test_a_field_has_its_area_on_the_ellipsoid() -> None:
    geod = Geod(ellps="GRS80")
    assert 100 <= len(rows("farmland")) <= 150
    for row, geometry in zip(rows("farmland"), geometries("farmland"), strict=True):
        area, _ = geod.geometry_area_perimeter(geometry)
        assert row["properties"]["area_m2"] == pytest.approx(area, abs=0.2)


def test_part_codes_have_sixteen_digits_by_the_national_scheme() -> None:
    codes = [row["properties"]["part_code"] for row in rows("city_parts")]
    assert len(codes) >= 800
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"310115(0[1-5])(\d{2})\d{6}", code) for code in codes)
    classes = {(row["properties"]["part_code"][6:8], row["properties"]["class"]) for row in rows("city_parts")}
    assert classes == {("01", "公用设施"), ("02", "道路交通"), ("03", "市容环境"), ("04", "园林绿化")}


def test_interchanges_name_all_their_lines() -> None:
    lines = {row["properties"]["name"]: row["properties"]["lines"] for row in rows("stations")}
    assert lines["陆家嘴"] == "2号线;14号线"
    assert lines["世纪大道"] == "2号线;4号线;6号线;9号线"


def test_subdistricts_have_their_division_codes_and_share_no_ground() -> None:
    codes = {row["properties"]["name"]: row["properties"]["division_code"] for row in rows("boundaries")}
    assert codes == {"陆家嘴街道": "310115005", "潍坊新村街道": "310115004"}
    assert overlaps(geometries("boundaries"), geometries("boundaries")) == []


def test_points_of_interest_are_several_hundred_and_made_up_shops_say_so() -> None:
    shops = [row["properties"] for row in rows("poi")]
    assert 400 <= len(shops) <= 700
    assert all(shop["name"].endswith("（样例）") for shop in shops if shop["class"] in ("restaurant", "convenience"))


def test_sensors_are_of_ten_categories_and_made_up() -> None:
    stations = json.loads((SAMPLE / "sensors.json").read_text("utf-8"))["stations"]
    assert len({station["id"] for station in stations}) == len(stations) == 101
    assert set(Counter(station["category"] for station in stations)) == {
        "wind_mast", "visibility", "rain_gauge", "water_level", "air_quality", "soil", "crop_station", "traffic",
        "parking", "manhole",
    }  # fmt: skip
    codes = {row["properties"]["part_code"] for row in rows("city_parts")}
    assert {station["part_code"] for station in stations if "part_code" in station} <= codes
    assert all(station["name"].endswith("（样例）") for station in stations)
    masts = [station for station in stations if station["category"] == "wind_mast"]
    assert Counter(mast["mount"] for mast in masts) == {"roof": 8, "street": 4}


def test_cases_lie_in_january_in_the_order_of_their_reports() -> None:
    cases = json.loads((SAMPLE / "incidents.json").read_text("utf-8"))["incidents"]
    reported = [case["reported_at"] for case in cases]
    assert len({case["id"] for case in cases}) == len(cases) == 300
    assert reported == sorted(reported)
    assert all(re.match(r"2026-01-\d\dT.*\+08:00$", moment) for moment in reported)
    for case in cases:
        times = [case["reported_at"], case["accepted_at"], case["closed_at"]]
        assert all(a <= b for a, b in pairwise([moment for moment in times if moment]))
        assert (case["closed_at"] is not None) == (case["status"] == "已结案")


def signed_volume(faces: list[list[int]], corners: list[list[int]]) -> float:
    """Volume of a closed shell; positive where its faces look outwards."""
    total = 0.0
    for first, *rest in faces:
        for second, third in pairwise(rest):
            (ax, ay, az), (bx, by, bz), (cx, cy, cz) = corners[first], corners[second], corners[third]
            total += ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
    return total / 6e9


def test_every_room_of_the_office_block_is_a_closed_solid_that_looks_outwards() -> None:
    model = json.loads((SAMPLE / "bim/office_block.json").read_text("utf-8"))
    rooms = {key: item for key, item in model["CityObjects"].items() if item["type"] == "BuildingRoom"}
    assert len(rooms) == 6 * 17
    for key, room in rooms.items():
        faces = [face[0] for face in room["geometry"][0]["boundaries"][0]]
        edges = Counter(edge for face in faces for edge in pairwise([*face, face[0]]))
        assert all(count == 1 and edges[b, a] == 1 for (a, b), count in edges.items()), key
        assert signed_volume(faces, model["vertices"]) == pytest.approx(room["attributes"]["area_m2"] * 3.6, rel=0.01)


def test_the_office_block_stands_on_its_building() -> None:
    model = json.loads((SAMPLE / "bim/office_block.json").read_text("utf-8"))
    origin = model["transform"]["translate"]
    corners = [(origin[0] + x / 1000, origin[1] + y / 1000) for x, y, z in model["vertices"] if z == 0]
    project = Transformer.from_crs("EPSG:4490", "EPSG:4550", always_xy=True)
    ground = transform(shape(building("样例办公楼")["geometry"]), project.transform, interleaved=False)
    assert Polygon(corners).hausdorff_distance(ground) < 0.05


def test_the_office_block_is_a_tree_of_storeys_and_rooms() -> None:
    objects = json.loads((SAMPLE / "bim/office_block.json").read_text("utf-8"))["CityObjects"]
    assert Counter(item["type"] for item in objects.values())["BuildingStorey"] == 6
    for key, item in objects.items():
        assert all(key in objects[child]["parents"] for child in item.get("children", []))
    source_key = objects["office-block"]["attributes"]["source_key"]
    assert source_key in {row["properties"]["source_key"] for row in rows("buildings")}
