"""Tokens that distinguish buildings of one compound: numbers, letters and compass directions."""

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


def tokens_of_han(name: str) -> frozenset[str]:
    """Return the tokens of a folded Chinese name: of 国金中心二期 it is 2, of A栋 a, of 北塔 北."""
    return frozenset(_NUMERALS.get(token, token) for groups in _HAN.findall(name) for token in groups if token)


def without_tokens(name: str) -> str:
    """Return a folded Chinese name without its tokens."""
    return _HAN.sub("", name)


def tokens_of_latin(words: Iterable[str]) -> frozenset[str]:
    """Return the tokens among the words of a name in Latin letters, in the form that a Chinese name has."""
    return frozenset(_WORDS.get(word, word) for word in words if word in _WORDS or _LATIN.fullmatch(word))


def conflict(one: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether two names have different tokens of one kind: numbers, letters or directions."""
    if not one or not other:
        return False
    return any(a and b and a.isdisjoint(b) for a, b in zip(_by_kind(one), _by_kind(other), strict=True))


def _by_kind(tokens: frozenset[str]) -> tuple[set[str], set[str], set[str]]:
    """Return the numbers, the letters, and the compass directions."""
    numbers = {token for token in tokens if token.isdigit()}
    letters = {token for token in tokens - numbers if token.isascii()}
    return numbers, letters, set(tokens - numbers - letters)
