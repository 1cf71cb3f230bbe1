"""``twin grid``."""

import json
from collections.abc import Callable
from functools import partial

import pytest

Twin = Callable[..., tuple[int, str, str]]


@pytest.fixture
def twin(command_line: Twin) -> Twin:
    """Return a way to run the verbs; they need no database."""
    return partial(command_line, "grid")


def test_a_place_and_its_code(twin: Twin) -> None:
    assert twin("encode", "121.5010", "31.2335")[:2] == (0, "N51H3620400162331144\n")
    assert twin("encode", "121.5010", "31.2335", "--grid", "h3", "--level", "10")[1].strip() == "8a309958a657fff"
    decoded = json.loads(twin("decode", "N51H3620400162331144", "--json")[1])
    assert decoded["level"] == 10
    assert decoded["centre"] == pytest.approx([121.5010, 31.2335], abs=1e-6)
    assert "parent: N51H36204001623311" in twin("decode", "N51H3620400162331144")[1]


def test_an_area_has_its_codes_one_a_line(twin: Twin) -> None:
    lines = twin("cover", "121.500,31.233,121.502,31.235", "--level", "5")[1].splitlines()
    assert len(lines) == len(set(lines)) >= 4


def test_a_wrong_code_is_told_with_what_is_wrong(twin: Twin) -> None:
    status, _, told = twin("decode", "N51H36Z")
    assert status == 2
    assert "code: " in told
    assert twin("encode", "121.5", "89")[0] == 2
    assert twin("encode", "121.5", "31", "--grid", "utm")[0] != 0
