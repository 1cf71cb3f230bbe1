"""Geocoding over the bundled sample in a real database."""

from itertools import pairwise

import pytest
from bundled import SAMPLE, building
from city import City
from shapely.geometry import Point, shape
from spellings import every_house, misspelt, spellings
from sqlalchemy import text as sql

from layers import catalog
from layers.access.principals import ANONYMOUS, LOCAL_OPERATOR
from layers.errors import InputError, ParameterError
from layers.intake.ingest import LoadOptions, Silent, load_path
from layers.query.geocode import (
    CONFIDENT,
    Gazetteer,
    How,
    address_column,
    gazetteer_for,
    geocode,
    geocode_table,
    read_table,
    readable,
    reverse,
    suggest,
)
from layers.query.geocode.similar import one_apart
from layers.store.engine import Database

# Houses are small, and a point on them is within a street's width.
NEAR_DEG = 0.0003
REGISTRY = catalog.built_in()


@pytest.fixture(scope="session")
def gazetteer(sample_city: City) -> Gazetteer:
    return gazetteer_for(sample_city.database, REGISTRY, ANONYMOUS)


def test_three_hundred_spellings(gazetteer: Gazetteer, capsys: pytest.CaptureFixture[str]) -> None:
    right, wrong, confidently_wrong = 0, [], []
    for spelling in spellings():
        best = next(iter(geocode(gazetteer, spelling.text)), None)
        sure = best is not None and best.confidence >= CONFIDENT
        if spelling.truth is None:
            fits = not sure
        else:
            fits = best is not None and spelling.truth.distance(Point(best.lon, best.lat)) < NEAR_DEG
        right += fits
        if not fits:
            (confidently_wrong if sure else wrong).append((spelling.rule, spelling.text, best))
    with capsys.disabled():
        print(f"\ngeocoding: {right} of 300 spellings right, {len(confidently_wrong)} confidently wrong")
    assert confidently_wrong == []
    assert right >= 294, wrong


@pytest.mark.parametrize(
    ("text", "how", "matched"),
    [
        ("上海市浦东新区世纪大道100号", How.EXACT, "浦东新区世纪大道100号"),
        ("世纪大道88号88幢", How.COMPOUND, "浦东新区世纪大道88号"),
        ("世纪大道东方路口", How.CROSSING, "世纪大道/东方路"),
        ("世纪大道1194号", How.INTERPOLATED, "世纪大道1192号"),
        ("张杨路", How.ROAD, "张杨路"),
        ("上海中心大厦", How.NAME, "上海中心大厦"),
        ("上海环球金融中兴", How.SIMILAR, "上海环球金融中心"),
        ("浦东新区不存在路12号", How.DISTRICT, "浦东新区"),
    ],
)
def test_each_way_of_matching(gazetteer: Gazetteer, text: str, how: How, matched: str) -> None:
    [best] = geocode(gazetteer, text)
    assert (best.how, best.matched) == (how, matched)
    assert (best.confidence >= CONFIDENT) == (how in (How.EXACT, How.ROAD, How.NAME))


def test_a_number_between_two_known_ones_lies_between_them(gazetteer: Gazetteer) -> None:
    side = next(side for side in gazetteer.sides.values() if any(b[0] - a[0] == 4 for a, b in pairwise(side)))
    low, high = next((a, b) for a, b in pairwise(side) if b[0] - a[0] == 4)
    road = next(road for (road, _), known in gazetteer.sides.items() if known is side)
    [found] = geocode(gazetteer, f"{road}{low[0] + 2}号")
    assert found.how == How.INTERPOLATED
    assert (found.lon, found.lat) == pytest.approx(((low[1] + high[1]) / 2, (low[2] + high[2]) / 2))
    assert found.place is None


@pytest.mark.parametrize("text", ["黄浦区世纪大道100号", "世纪大道100号金茂大厦", "潍坊新村街道世纪大道100号"])
def test_a_contradiction_makes_unsure(gazetteer: Gazetteer, text: str) -> None:
    [best] = geocode(gazetteer, text)
    assert best.confidence <= 0.5


def test_another_city_is_not_on_the_map(gazetteer: Gazetteer) -> None:
    assert geocode(gazetteer, "北京市朝阳区世纪大道100号") == []


@pytest.mark.parametrize("text", ["", " ", "，。", "号", "%_\\", "长" * 500, "1-" * 100, "\x00", "😀"])
def test_nonsense_finds_nothing(gazetteer: Gazetteer, text: str) -> None:
    assert geocode(gazetteer, text) == []


def test_a_name_that_several_have_is_not_sure(gazetteer: Gazetteer) -> None:
    found = geocode(gazetteer, "竹台小区1号楼", 5)
    assert len(found) == 2
    assert all(answer.confidence <= 0.5 for answer in found)


def test_a_road_that_a_station_is_called_after_is_not_sure(gazetteer: Gazetteer) -> None:
    road, station = geocode(gazetteer, "世纪大道", 5)
    assert (road.how, station.how) == (How.ROAD, How.NAME)
    assert station.confidence < road.confidence < CONFIDENT


def test_suggestions_begin_as_typed(gazetteer: Gazetteer) -> None:
    assert [text for text, _ in suggest(gazetteer, "世纪大", 2)] == ["世纪大道", "世纪大道"]
    assert "浦东新区世纪大道100号" in [text for text, _ in suggest(gazetteer, "上海市浦东新区世纪大道1", 20)]
    assert suggest(gazetteer, "shanghai tow", 1)[0][0] == "Shanghai Tower"
    assert suggest(gazetteer, "没有这个", 5) == []


def test_the_nearest_address_of_a_place(sample_city: City) -> None:
    tower = shape(building("上海中心大厦")["geometry"]).representative_point()
    allowed = readable(REGISTRY, ANONYMOUS)
    with sample_city.database.reader.connect() as connection:
        inside = reverse(connection, allowed, tower.x, tower.y)
        north = reverse(connection, allowed, tower.x, tower.y + 0.0007)
        at_sea = reverse(connection, allowed, 123.5, 31.0)
    assert inside["address"]["name"] == "上海中心大厦"
    assert inside["address"]["distance_m"] == 0
    assert inside["divisions"][0]["division_code"] == "310115005"
    assert 0 < north["address"]["distance_m"] < 100
    assert north["road"]["distance_m"] < 300
    assert at_sea == {"lon": 123.5, "lat": 31.0, "words": None, "address": None, "road": None, "divisions": []}


def test_every_house_in_every_spelling_is_found_where_it_is(gazetteer: Gazetteer) -> None:
    count = 0
    for spelling in every_house(step=5):
        [best] = geocode(gazetteer, spelling.text)
        assert best.confidence >= CONFIDENT, spelling
        assert spelling.truth.distance(Point(best.lon, best.lat)) < NEAR_DEG, spelling
        count += 1
    assert count > 17_000


def test_no_number_that_is_not_on_its_road_is_sure(gazetteer: Gazetteer) -> None:
    known = {(road, lane or number) for road, lane, number in gazetteer.numbers}
    for road in {road for road, _ in known}:
        for number in range(1, 200, 11):
            if (road, str(number)) not in known:
                assert all(answer.confidence < CONFIDENT for answer in geocode(gazetteer, f"浦东新区{road}{number}号"))


def test_no_misspelt_name_is_sure(gazetteer: Gazetteer) -> None:
    for name in [*list(gazetteer.names)[::9], *gazetteer.roads]:
        for text in (misspelt(name), f"{misspelt(name)}100号"):
            assert all(answer.confidence < CONFIDENT for answer in geocode(gazetteer, text)), text


def test_what_one_may_not_see_is_not_found(db: Database, tmp_path: object) -> None:
    with db.owner.begin() as connection:
        connection.execute(
            sql(
                "INSERT INTO onemap.buildings (name, address, source_key, dataset, grade, geom) "
                "SELECT name, address, name, 'test', grade, "
                "ST_Multi(ST_MakeEnvelope(lon, 31.2, lon + 0.001, 31.201, 4490)) FROM (VALUES "
                "('内部楼', '浦东新区泰桥路9号', 2, 121.50), ('公开楼', '浦东新区泰桥路19号', 0, 121.51)"
                ") AS house(name, address, grade, lon)"
            )
        )
    everybody, insider = (gazetteer_for(db, REGISTRY, who) for who in (ANONYMOUS, LOCAL_OPERATOR))
    assert geocode(everybody, "内部楼") == []
    assert geocode(insider, "内部楼")[0].confidence >= CONFIDENT
    assert geocode(everybody, "泰桥路9号")[0].how == How.INTERPOLATED
    assert geocode(everybody, "泰桥路9号")[0].lon > 121.509
    assert suggest(everybody, "内部") == []
    assert geocode(insider, "泰桥路9号")[0].how == How.EXACT
    with db.reader.connect() as connection:
        near = reverse(connection, readable(REGISTRY, ANONYMOUS), 121.5005, 31.2005)
    assert near["address"]["name"] == "公开楼"


def test_an_edit_is_found_at_once(db: Database) -> None:
    assert geocode(gazetteer_for(db, REGISTRY, ANONYMOUS), "新楼") == []
    with db.owner.begin() as connection:
        connection.execute(
            sql(
                "INSERT INTO onemap.poi (name, source_key, dataset, geom) "
                "VALUES ('新楼', 'a', 'test', ST_SetSRID(ST_MakePoint(121.5, 31.2), 4490))"
            )
        )
    assert geocode(gazetteer_for(db, REGISTRY, ANONYMOUS), "新楼")[0].confidence >= CONFIDENT
    assert gazetteer_for(db, REGISTRY, ANONYMOUS) is gazetteer_for(db, REGISTRY, ANONYMOUS)


def test_a_table_keeps_its_rows_and_columns(gazetteer: Gazetteer) -> None:
    body = "编号,地址,lon\n1,世纪大道100号,x\n2,,\n3,=不存在\n".encode("gb18030")
    columns, rows_ = read_table(body)
    lines = geocode_table(gazetteer, columns, rows_, address_column(columns, None)).splitlines()
    assert lines[0] == "编号,地址,lon,geocode_lon,lat,confidence,how,how_zh,matched,layer,fid,code"
    assert lines[1].startswith("1,世纪大道100号,x,121.50")
    assert lines[2] == "2,,,,,0,none,未匹配,,,,"
    assert lines[3].startswith("3,=不存在,,")
    assert len(lines) == 4


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"a,a\n1,2\n", b"a,b\n1,2,3\n", b"a\n" + b"x" * 200_000])
def test_what_is_no_table_is_refused(body: bytes) -> None:
    with pytest.raises(InputError):
        read_table(body)


def test_the_column_must_be_known() -> None:
    assert address_column(["Address", "x"], None) == "Address"
    assert address_column(["哪里"], None) == "哪里"
    for columns, wanted in ((["a", "b"], None), (["a"], "b")):
        with pytest.raises(ParameterError):
            address_column(columns, wanted)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("世纪大到", "世纪大道", True),
        ("花园石桥", "花园石桥路", True),
        ("ab", "ab", True),
        ("abc", "a", False),
        ("ab", "ba", False),
    ],
)
def test_one_slip(one: str, other: str, apart: bool) -> None:
    assert one_apart(one, other) is apart


def test_a_load_is_found(db: Database) -> None:
    load_path(db, REGISTRY, SAMPLE, LoadOptions(layer="stations"), Silent())
    [best] = geocode(gazetteer_for(db, REGISTRY, ANONYMOUS), "陆家嘴地铁站")
    assert best.place is not None
    assert best.place.layer == "stations"


@pytest.mark.parametrize("beside", ["对面", "东侧", "旁", "西北角", "至200号", "门口", "往东50米处"])
def test_beside_a_house_is_not_the_house(gazetteer: Gazetteer, beside: str) -> None:
    [best] = geocode(gazetteer, f"世纪大道100号{beside}")
    assert best.confidence < CONFIDENT
