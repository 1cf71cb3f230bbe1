"""Whole numbers in requests."""

import pytest

from layers.errors import ParameterError
from layers.numbers import LARGEST, parse_whole, parse_wholes


def test_numbers_are_read_each_once_in_their_order():
    assert parse_wholes("n", "3, 1,3,0002") == [3, 1, 2]
    assert parse_wholes("n", "1,2", most=2) == [1, 2]


@pytest.mark.parametrize("text", ["", "1,,2", "1,x", "-1", "१", "1.0", str(LARGEST + 1), f"0{LARGEST + 1}", "9" * 5000])
def test_what_is_no_number_is_refused(text: str):
    with pytest.raises(ParameterError, match=r"^n: "):
        parse_wholes("n", text)


def test_more_than_are_asked_for_are_refused():
    with pytest.raises(ParameterError, match="more than 2"):
        parse_wholes("n", "1,1,1", most=2)


def test_leading_zeros_are_no_digits():
    assert parse_whole("n", "0" * 100 + "7") == 7
