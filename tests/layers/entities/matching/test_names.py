"""How alike names are, in Chinese and English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.entities.matching.likeness.jaro import jaro_winkler
from layers.entities.matching.likeness.names import likeness, named
from layers.entities.matching.likeness.places import agreement
from layers.space.addresses import parse


def alike(one: str, other: str) -> float:
    found = likeness(named([one]), named([other]))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("金茂大厦", "金茂大廈"),
        ("金茂大厦", "金茂"),
        ("２１世纪大厦", "21世纪大厦"),
        ("上海环球金融中心", "环球金融中心"),
        ("陈桂春宅（吴昌硕纪念馆）", "吴昌硕纪念馆"),
        ("Jin Mao Tower", "JIN MAO BUILDING"),
        ("Shanghai IFC Mall", "IFC Mall"),
    ],
)
def test_other_spellings_of_one_name_are_alike(one: str, other: str) -> None:
    assert alike(one, other) >= 0.8


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("春苑中心1幢", "春苑中心2幢"),
        ("汤臣一品A栋", "汤臣一品C栋"),
        ("上海国金中心北塔", "上海国金中心南塔"),
        ("瑞舍小区七期", "瑞舍小区8期"),
        ("Bund Center North", "Bund Center South"),
    ],
)
def test_houses_of_one_compound_are_not_one(one: str, other: str) -> None:
    assert alike(one, other) <= 0.2


@pytest.mark.parametrize(
    ("one", "other"), [("太平金融大厦", "汇亚大厦"), ("金延大楼", "亚细亚大楼"), ("凯石大厦", "上海总会")]
)
def test_other_names_are_unlike_whatever_they_end_with(one: str, other: str) -> None:
    assert alike(one, other) < 0.6


def test_initials_speak_a_little_for_it() -> None:
    assert 0.55 <= alike("中银大厦", "中国银行大厦") < 0.95


def test_what_has_no_name_says_nothing() -> None:
    assert likeness(named([None]), named(["金茂大厦"])) is None
    assert likeness(named(["!"]), named(["金茂大厦"])) is None
    # Where either has both, the script that they share counts.
    assert likeness(named(["金茂大厦", "Jin Mao Tower"]), named(["Jinmao Tower"])) == pytest.approx(0.95, abs=0.1)


def test_marks_of_two_kinds_are_no_contradiction_and_abbreviations_are_read() -> None:
    assert alike("国金中心二期", "上海国金中心北塔") >= 0.7
    assert alike("Two International Finance Center", "Shanghai IFC North Tower") >= 0.55
    assert alike("International Finance Center Mall", "IFC Mall") >= 0.9


@pytest.mark.parametrize(("one", "other"), [("N2", "N2"), ("3号楼", "3号楼"), ("3号楼", "松苑3号楼"), ("8", "8")])
def test_a_mark_alone_is_no_name(one: str, other: str) -> None:
    assert alike(one, other) == 0.6
    assert alike("N1", "N2") == 0.2


def test_a_remark_in_brackets_that_both_carry_is_no_name() -> None:
    assert alike("秀浦服饰（样例）", "松苑药房（样例）") < 0.6


def test_winklers_own_examples() -> None:
    # Winkler (1990), table of his paper.
    assert jaro_winkler("martha", "marhta") == pytest.approx(0.961, abs=0.001)
    assert jaro_winkler("dwayne", "duane") == pytest.approx(0.840, abs=0.001)
    assert jaro_winkler("dixon", "dicksonx") == pytest.approx(0.813, abs=0.001)


@given(
    st.text("金茂大厦上海中心ABtower 12()（）幢", max_size=12),
    st.text("金茂大厦上海中心ABtower 12()（）幢", max_size=12),
)
def test_likeness_is_the_same_both_ways_and_most_for_itself(one: str, other: str) -> None:
    there, back = likeness(named([one]), named([other])), likeness(named([other]), named([one]))
    assert there == pytest.approx(back) if there is not None else back is None
    assert there is None or 0 <= there <= 1
    # What is a mark alone is 0.6 like itself.
    assert likeness(named([one]), named([one])) in (1.0, 0.6, None)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("浦东新区世纪大道88号", "上海市世纪大道８８号", 1.0),
        ("世纪大道100号1幢", "世纪大道100号2幢", 0.3),
        ("世纪大道100号", "世纪大道88号", 0.2),
        ("世纪大道100号", "银城中路100号", 0.0),
        ("世纪大道", "世纪大道88号", None),
    ],
)
def test_addresses_agree_or_not(one: str, other: str, expected: float | None) -> None:
    assert agreement(parse(one), parse(other)) == expected
