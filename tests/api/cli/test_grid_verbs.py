"""``twin grid``."""

import json
import sys
from collections.abc import Callable

import pytest

from api.cli import main

Twin = Callable[..., tuple[int, str, str]]


@pytest.fixture
def twin(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Twin:
    """Return a way to run the command line; it needs no database."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["twin", "grid", *words])
        status = 0
        try:
            main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        printed = capsys.readouterr()
        return status, printed.out.strip(), printed.err

    return run


def test_a_place_and_its_code(twin: Twin) -> None:
    assert twin("encode", "121.5010", "31.2335")[:2] == (0, "N51H3620400162331144")
    assert twin("encode", "121.5010", "31.2335", "--grid", "h3", "--level", "10")[1] == "8a309958a657fff"
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
