"""Chinese addresses read into parts: spellings, and what must hold for all of them."""

from dataclasses import asdict

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from layers.space.addresses import Address, fold, normalise, parse
from layers.space.addresses.numerals import number_of, numeral_of


def stated(text: str) -> dict[str, str]:
    return {name: part for name, part in asdict(parse(text)).items() if part}


@pytest.mark.parametrize(
    "text",
    [
        "世纪大道100号",
        "世纪大道１００号",
        " 世纪大道 100 号 ",
        "世纪大道一百号",
        "世纪大道一〇〇号",
        "世纪大道100#",
        "世纪大道100",
        "世紀大道100號",
        "世纪大道100号（近东泰路）",
    ],
)
def test_spellings_of_one_house_number(text: str) -> None:
    assert stated(text) == {"road": "世纪大道", "number": "100"}


@pytest.mark.parametrize(
    "text",
    ["泰桥路79号3号楼", "泰桥路79号3幢", "泰桥路79号3栋", "泰桥路79号3座", "泰桥路七十九号三号楼", "泰桥路79号3#楼"],
)
def test_spellings_of_one_building(text: str) -> None:
    assert stated(text) == {"road": "泰桥路", "number": "79", "building": "3"}
    assert normalise(text) == "泰桥路79号3幢"


@pytest.mark.parametrize(
    "text", ["东昌路600弄12号501室", "东昌路六百弄十二号五〇一室", "东昌路600弄12-501", "东昌路600弄12号501"]
)
def test_spellings_of_one_dwelling_in_a_lane(text: str) -> None:
    assert stated(text) == {"road": "东昌路", "lane": "600", "number": "12", "room": "501"}


@pytest.mark.parametrize(
    "text", ["世纪大道12-1号", "世纪大道12－1号", "世纪大道12之1号", "世纪大道十二之一号", "世纪大道12号之1"]
)
def test_spellings_of_a_sub_number(text: str) -> None:
    assert stated(text) == {"road": "世纪大道", "number": "12-1"}


@pytest.mark.parametrize(
    "prefix", ["上海市浦东新区", "上海浦东新区", "上海市浦东", "上海浦东", "上海市上海市浦东新区", "Shanghai浦东新区"]
)
def test_spellings_of_divisions(prefix: str) -> None:
    assert stated(f"{prefix}世纪大道100号") | {"province": "上海市"} == {
        "province": "上海市",
        "district": "浦东新区",
        "road": "世纪大道",
        "number": "100",
    }


@pytest.mark.parametrize(
    ("text", "road"),
    [
        ("浦东大道100号", "浦东大道"),
        ("浦东南路360号", "浦东南路"),
        ("上海浦东南路360号", "浦东南路"),
        ("浦东新区浦东南路360号", "浦东南路"),
        ("浦东浦东南路360号", "浦东南路"),
        ("中山东一路一号", "中山东一路"),
        ("花园石桥路33号", "花园石桥路"),
        ("南京东路100号", "南京东路"),
    ],
)
def test_roads_that_look_like_something_else(text: str, road: str) -> None:
    assert parse(text).road == road


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "上海市浦东新区陆家嘴街道世纪大道100号上海环球金融中心94层",
            {
                "province": "上海市",
                "district": "浦东新区",
                "street": "陆家嘴街道",
                "road": "世纪大道",
                "number": "100",
                "name": "上海环球金融中心",
                "storey": "94",
            },
        ),
        ("竹台小区1号楼2单元301室", {"name": "竹台小区", "building": "1", "unit": "2", "room": "301"}),
        ("竹林路8弄竹台小区1号", {"road": "竹林路", "lane": "8", "number": "1", "name": "竹台小区"}),
        ("花园石桥路28弄汤臣一品A栋", {"road": "花园石桥路", "lane": "28", "name": "汤臣一品", "building": "a"}),
        (
            "浦东新区川沙新镇新川路100号",
            {"district": "浦东新区", "street": "川沙新镇", "road": "新川路", "number": "100"},
        ),
        ("泰桥路79号3-2-1203", {"road": "泰桥路", "number": "79", "building": "3", "unit": "2", "room": "1203"}),
        ("世纪大道88号地下一层", {"road": "世纪大道", "number": "88", "storey": "b1"}),
        ("苏州市姑苏区人民路1号", {"city": "苏州市", "district": "姑苏区", "road": "人民路", "number": "1"}),
        ("桂浦市集1幢", {"name": "桂浦市集", "building": "1"}),
        ("21世纪大厦3层", {"name": "21世纪大厦", "storey": "3"}),
        ("上海中心大厦", {"name": "上海中心大厦"}),
        ("", {}),
    ],
)
def test_parts(text: str, parts: dict[str, str]) -> None:
    assert stated(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "世纪大道/陆家嘴环路口",
        "世纪大道陆家嘴环路口",
        "世纪大道与陆家嘴环路交叉口",
        "世纪大道近陆家嘴环路",
        "世纪大道、陆家嘴环路路口",
    ],
)
def test_spellings_of_a_junction(text: str) -> None:
    assert stated(text) == {"road": "世纪大道", "crossing": "陆家嘴环路"}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("十二", "12"),
        ("一百零五", "105"),
        ("一百五", "150"),
        ("二〇三", "203"),
        ("廿三", "23"),
        ("一千二百", "1200"),
        ("十百", None),
    ],
)
def test_chinese_numerals(text: str, number: str | None) -> None:
    assert number_of(text) == number


@given(st.integers(1, 9999))
def test_numerals_are_read_as_they_are_written(number: int) -> None:
    assert number_of(numeral_of(number)) == str(number)


_NUMBERS = st.builds(
    lambda number, sub: f"{number}-{sub}" if sub else str(number), st.integers(1, 9999), st.none() | st.integers(1, 99)
)
_STEM = st.text("泰桥竹溪云川明庭瑞泽锦岭福原", min_size=2, max_size=4)
_ROADS = st.builds(str.__add__, _STEM, st.sampled_from(["路", "大道", "街", "公路"]))


def _maybe(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.just("") | strategy


_INSIDE = {
    "building": _maybe(st.integers(1, 99).map(str) | st.sampled_from("abcd")),
    "unit": _maybe(st.integers(1, 9).map(str)),
    "storey": _maybe(st.integers(1, 128).map(str) | st.just("b1")),
    "room": _maybe(st.integers(101, 9999).map(str)),
}
_DIVISIONS = {
    "province": st.sampled_from(["", "上海市"]),
    "district": st.sampled_from(["", "浦东新区", "黄浦区"]),
    "street": st.sampled_from(["", "陆家嘴街道", "潍坊新村街道"]),
    "community": _maybe(st.builds(str.__add__, _STEM, st.sampled_from(["社区", "居委会"]))),
}
_NAMES = _maybe(st.builds(str.__add__, _STEM, st.sampled_from(["小区", "大厦", "花园", "中心"])))
_ADDRESSES = st.one_of(
    st.builds(Address, **_DIVISIONS, **_INSIDE, road=_ROADS, lane=_maybe(_NUMBERS), number=_NUMBERS, name=_NAMES),
    st.builds(Address, **_DIVISIONS, **_INSIDE, name=_NAMES.filter(bool), number=_maybe(_NUMBERS)),
    st.builds(Address, **_DIVISIONS, road=_ROADS, crossing=_ROADS),
)


@given(_ADDRESSES)
def test_what_is_written_is_read_again(address: Address) -> None:
    assert parse(str(address)) == address


_PIECES = st.sampled_from(
    [
        *[
            "上海市",
            "上海",
            "浦东新区",
            "浦东",
            "黄浦区",
            "陆家嘴街道",
            "川沙新镇",
            "潍坊社区",
            "居委会",
            "江苏省",
            "苏州市",
            "市",
            "区",
            "镇",
            "村",
        ],
        *[
            "世纪大道",
            "东泰路",
            "街",
            "路",
            "大道",
            "弄",
            "号",
            "号楼",
            "幢",
            "栋",
            "座",
            "单元",
            "层",
            "楼",
            "室",
            "之",
            "口",
            "路口",
            "和",
            "近",
        ],
        *["-", "－", "#", "一", "十二", "百", "零", "〇", "3", "12", "100", "1203", "a", "b1", "（", "）"],
        *("/", " ", ",", "小区", "大厦", "上海环球金融中心", "tower"),
    ]
)


@settings(max_examples=500)
@given(st.lists(_PIECES, max_size=9).map("".join) | st.text(max_size=20))
@example("8号桥")
@example("十八号号楼之1号")
def test_the_normal_form_stays_as_it_is(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert fold(fold(text)) == fold(text)
