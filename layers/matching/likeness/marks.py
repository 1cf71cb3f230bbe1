"""Marks that tell one house from its sister: numbers, letters, and quarters of the compass."""

import re
from collections.abc import Iterable

_HAN = re.compile(
    r"(?<![0-9a-z])([0-9]+|[a-z])(?:号楼|幢|栋|座|号|期|楼)|(?<!浦)([东南西北])(?:[楼塔座栋区馆]|$)|([一二三四五六七八九])期"
)
_LATIN = re.compile("[a-z]?[0-9]+[a-z]?|[a-z]")
_NUMERALS = dict(zip("一二三四五六七八九", "123456789", strict=True))
# Single letters such as i stay letters.
_WORDS = {
    **dict(zip(("north", "south", "east", "west"), "北南东西", strict=True)),
    **dict(zip(("ii", "iii", "iv", "vi", "vii", "viii", "ix"), "2346789", strict=True)),
    **dict(zip(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), "123456789", strict=True)),
}


def marks_of_han(name: str) -> frozenset[str]:
    """Return the marks of a folded Chinese name: of 国金中心二期 it is 2, of A栋 a, of 北塔 北."""
    return frozenset(_NUMERALS.get(mark, mark) for found in _HAN.findall(name) for mark in found if mark)


def without_marks(name: str) -> str:
    """Return a folded Chinese name without its marks."""
    return _HAN.sub("", name)


def marks_of_latin(words: Iterable[str]) -> frozenset[str]:
    """Return the marks among the words of a name in Latin letters, as a Chinese one would have them."""
    return frozenset(_WORDS.get(word, word) for word in words if word in _WORDS or _LATIN.fullmatch(word))


def conflict(one: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether two houses carry other marks of one kind: number and number, but not number and compass."""
    if not one or not other:
        return False
    return any(a and b and a.isdisjoint(b) for a, b in zip(_by_kind(one), _by_kind(other), strict=True))


def _by_kind(marks: frozenset[str]) -> tuple[set[str], set[str], set[str]]:
    """Return the numbers, the letters, and the quarters of the compass."""
    numbers = {mark for mark in marks if mark.isdigit()}
    letters = {mark for mark in marks - numbers if mark.isascii()}
    return numbers, letters, set(marks - numbers - letters)
