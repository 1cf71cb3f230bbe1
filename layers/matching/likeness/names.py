"""How alike two names are, in Chinese and in Latin letters."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from layers.space.addresses import fold

_BRACKETED = re.compile(r"[(（\[【〔]([^)）\]】〕]*)[)）\]】〕]")
_HAN = re.compile("[一-龥]")
# What many names of houses end with; two names are compared by what is left of them.
_ENDINGS = re.compile("(?:大厦|大楼|商务楼|办公楼|写字楼|中心|广场|商厦|大酒店|酒店|饭店|宾馆|公寓|总部|商场|楼)$")
_TOWN = re.compile("^(?:上海市|上海|浦东新区|浦东|陆家嘴)(?=.{2})")
# What tells one house from its sister: a number or letter, or a quarter of the compass.
_HOUSE = re.compile(
    r"(?<![0-9a-z])([0-9]+|[a-z])(?:号楼|幢|栋|座|号|期|楼)|([东南西北])(?=[楼塔座栋区馆]|$)|([一二三四五六七八九])期"
)
_LATIN_HOUSE = re.compile(r"^(?:[a-z]|[0-9]+|[ivx]+|north|south|east|west)$")
_COMMON = frozenset(
    (
        *("the", "of", "and", "a", "at", "no", "shanghai", "pudong", "building", "buildings", "tower", "towers"),
        *("center", "centre", "plaza", "mansion", "mansions", "house", "hotel", "headquarters", "block", "phase"),
    )
)
_NUMERALS = dict(zip("一二三四五六七八九", "123456789", strict=True))
# What a name is worth whose whole is a part of the other, at the least.
_PART = 0.6
_INITIALS = 0.55
_OTHER_HOUSE = 0.2
_ONE_HOUSE = 0.8
_SAME_CORE = 0.95
# Winkler's bonus: a tenth for each of up to four characters that both begin with.
_PREFIX, _LONGEST_PREFIX = 0.1, 4


@dataclass(frozen=True)
class Writing:
    """One writing of a name: whole, its core without what many names have, and what tells it from sisters.

    ``beside`` tells that it stood in brackets: a second name, or a remark that many names carry.
    """

    whole: str
    core: str
    houses: frozenset[str]
    han: bool
    beside: bool


@dataclass(frozen=True)
class Named:
    """All writings of an object's names."""

    writings: tuple[Writing, ...] = field(default=())


def named(names: Iterable[str | None]) -> Named:
    """Return the writings of names; what stands in brackets is a writing of its own."""
    found: dict[str, Writing] = {}
    for name in names:
        for text, beside in _writings(name or ""):
            writing = _read(text, beside)
            if writing.whole:
                found.setdefault(writing.whole, writing)
    return Named(tuple(found.values()))


def likeness(one: Named, other: Named) -> float | None:
    """Return how alike two names are, 0 to 1, or None where no two writings are in the same script.

    Equal wholes are 1 and equal cores 0.95; other cores are compared by Jaro and Winkler's measure (Winkler 1990), and
    one that is a part of the other by the share of it. Houses of one compound that carry other numbers, letters or
    quarters of the compass are 0.2 at most. What stands in brackets on both sides is not compared. A Chinese and an
    English name say nothing of each other.
    """
    pairs = [(a, b) for a in one.writings for b in other.writings if a.han == b.han and not (a.beside and b.beside)]
    return max((_compare(a, b) for a, b in pairs), default=None)


def jaro_winkler(one: str, other: str) -> float:
    """Return the measure of Jaro (1989) with Winkler's prefix (1990), from 0 to 1."""
    jaro = _jaro(one, other)
    shared = 0
    for a, b in zip(one[:_LONGEST_PREFIX], other[:_LONGEST_PREFIX], strict=False):
        if a != b:
            break
        shared += 1
    return jaro + shared * _PREFIX * (1 - jaro)


def _writings(name: str) -> list[tuple[str, bool]]:
    inside = _BRACKETED.findall(name)
    return [(_BRACKETED.sub(" ", name), False), *((text, True) for text in inside if len(text) > 1)]


def _read(text: str, beside: bool) -> Writing:
    whole = fold(text)
    return _read_han(whole, beside) if _HAN.search(whole) else _read_latin(whole, beside)


def _read_han(whole: str, beside: bool) -> Writing:
    houses = frozenset(_NUMERALS.get(mark, mark) for found in _HOUSE.findall(whole) for mark in found if mark)
    core = _HOUSE.sub("", whole)
    core = _cut(_ENDINGS, _cut(_TOWN, core))
    return Writing(whole, core, houses, han=True, beside=beside)


def _cut(pattern: re.Pattern[str], text: str) -> str:
    """Cut off what the pattern finds, where two characters remain."""
    shorter = pattern.sub("", text)
    return shorter if len(shorter) > 1 else text


def _read_latin(whole: str, beside: bool) -> Writing:
    words = [word for word in re.split(r"[^0-9a-z]+", whole) if word]
    houses = frozenset(word for word in words if _LATIN_HOUSE.match(word))
    core = [word for word in words if word not in _COMMON and word not in houses]
    return Writing(whole, " ".join(core or words), houses, han=False, beside=beside)


def _compare(one: Writing, other: Writing) -> float:
    if one.whole == other.whole:
        return 1.0
    alike = _SAME_CORE if one.core == other.core else _alike(one.core, other.core)
    if one.houses and other.houses and one.houses.isdisjoint(other.houses):
        return min(alike, _OTHER_HOUSE)
    return alike if one.houses == other.houses else alike * _ONE_HOUSE


def _alike(one: str, other: str) -> float:
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) > 1 and shorter in longer:
        return _PART + (_SAME_CORE - _PART) * len(shorter) / len(longer)
    # 中银 for 中国银行.
    initials = len(shorter) > 1 and _HAN.search(shorter) is not None and _is_within(shorter, longer)
    jaro = min(jaro_winkler(one, other), _SAME_CORE)
    return max(jaro, _INITIALS) if initials else jaro


def _is_within(shorter: str, longer: str) -> bool:
    rest = iter(longer)
    return all(glyph in rest for glyph in shorter)


def _jaro(one: str, other: str) -> float:
    if not one or not other:
        return float(one == other)
    reach = max(len(one), len(other)) // 2 - 1
    taken = [False] * len(other)
    shared = []
    for at, glyph in enumerate(one):
        for place in range(max(0, at - reach), min(len(other), at + reach + 1)):
            if not taken[place] and other[place] == glyph:
                taken[place] = True
                shared.append(glyph)
                break
    if not shared:
        return 0.0
    crossed = [glyph for glyph, is_taken in zip(other, taken, strict=True) if is_taken]
    swapped = sum(a != b for a, b in zip(shared, crossed, strict=True)) / 2
    count = len(shared)
    return (count / len(one) + count / len(other) + (count - swapped) / count) / 3
