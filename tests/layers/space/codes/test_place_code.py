"""Codes of places: what they mean, and what is wrong with one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import ParameterError
from layers.space.codes import LEVELS, PlaceCode, check, parse
from layers.space.codes.place_code import storey_number

ROOM = "310115005001200030121203"


def test_a_code_says_where_a_room_is() -> None:
    code = parse(ROOM)
    assert code == PlaceCode(310115, 5, 12, 3, 12, 1203)
    assert (code.level, code.floor) == ("room", "12")
    assert str(code) == ROOM


def test_what_it_begins_with_are_the_objects_in_which_it_lies() -> None:
    code, levels = parse(ROOM), []
    while code is not None:
        levels.append((code.level, len(str(code))))
        assert code.holds(parse(ROOM))
        code = code.parent
    assert levels == [("room", 24), ("storey", 20), ("building", 17), ("block", 13), ("street", 9), ("division", 6)]


def test_an_object_in_another() -> None:
    building = PlaceCode(310115, 5).within(12).within(3)
    assert str(building) == "31011500500120003"
    assert str(building.within(storey_number("B2"))) == "31011500500120003902"
    assert building.within(902).floor == "B2"
    assert not building.holds(parse("31011500500120004"))


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("", "has 0 digits"),
        ("31011500", "has 8 digits; a code has 6 (division), 9 (street), 13 (block), 17 (building)"),
        ("31011x", "character 6 is 'x'"),
        ("３10115", "character 1 is '３'"),
        ("990115", "digits 1 and 2 are 99, which is not a province"),
        ("310115000", "the street, digits 7 to 9, is 000, and begins with 001"),
        ("310115600", "the street, digits 7 to 9, is 600, and is at most 599"),
        ("3101150050000", "the block, digits 10 to 13, is 0000, and begins with 0001"),
        ("31011500500120000", "the building, digits 14 to 17, is 0000"),
        ("31011500500120003900", "storeys above the ground are 001 to 899, below it 901 to 999"),
        ("310115005001200030120000", "the room, digits 21 to 24, is 0000"),
    ],
)
def test_what_is_wrong_with_a_code_is_said(code: str, fault: str) -> None:
    assert fault in (check(code) or "")
    with pytest.raises(ParameterError) as refused:
        parse(code)
    assert fault in str(refused.value)


def test_parts_without_what_holds_them_are_refused() -> None:
    with pytest.raises(ParameterError, match="a building needs the block"):
        PlaceCode(310115, 5, None, 3)
    with pytest.raises(ParameterError, match="a room contains nothing"):
        parse(ROOM).within(1)
    with pytest.raises(ParameterError):
        PlaceCode(310115, 5, 99999)
    with pytest.raises(ParameterError, match="10000 does not fit a block of 4 digits"):
        PlaceCode(310115, 5).within(10_000)


@pytest.mark.parametrize("floor", ["", "0", "B0", "B100", "900", "x", "１", "B"])
def test_what_is_no_storey_is_refused(floor: str) -> None:
    with pytest.raises(ParameterError):
        storey_number(floor)


_PARTS = st.tuples(
    st.just(310115),
    st.integers(1, 599),
    st.integers(1, 9999),
    st.integers(1, 9999),
    st.integers(1, 899) | st.integers(901, 999),
    st.integers(1, 9999),
)


@given(_PARTS, st.integers(1, len(LEVELS)))
def test_what_is_written_is_read_again(parts: tuple[int, ...], depth: int) -> None:
    code = PlaceCode(*parts[:depth])
    assert parse(str(code)) == code
    assert check(str(code)) is None
    assert code.level == LEVELS[depth - 1]


@given(st.text("0123456789x", max_size=26))
def test_a_text_has_a_fault_or_is_a_code(text: str) -> None:
    if check(text) is None:
        assert str(parse(text)) == text
