"""Likeness of two names, in Chinese, in Latin letters, and across both."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from layers.entities.matching.likeness.across import across
from layers.entities.matching.likeness.distinguishing_tokens import (
    conflict,
    tokens_of_han,
    tokens_of_latin,
    without_tokens,
)
from layers.entities.matching.likeness.jaro import jaro_winkler
from layers.space.addresses import fold

_BRACKETED = re.compile(r"[(（\[【〔]([^)）\]】〕]*)[)）\]】〕]")
_HAN = re.compile("[一-龥]")
# Common endings of building names; two names are compared without them.
_ENDINGS = re.compile("(?:大厦|大楼|商务楼|办公楼|写字楼|中心|广场|商厦|大酒店|酒店|饭店|宾馆|公寓|总部|商场|楼)$")
_TOWN = re.compile("^(?:上海市|上海|浦东新区|浦东|陆家嘴)(?=.{2})")
_POSSESSIVE = re.compile(r"(?<=[a-z])['’]s\b", re.IGNORECASE)
# Combining accents after decomposition: Lü is written Lu, or Lv.
_ACCENTS = re.compile("[\u0300-\u036f]")
_COMMON = frozenset(
    (
        *("the", "of", "and", "a", "at", "no", "shanghai", "pudong", "building", "buildings", "tower", "towers"),
        *("center", "centre", "plaza", "mansion", "mansions", "house", "hotel", "headquarters", "block", "phase"),
        *("dasha", "dalou", "zhongxin", "guangchang", "jiudian", "gongyu"),
    )
)
# The least likeness of a name that is a part of the other.
_PART = 0.6
_INITIALS = 0.55
_OTHER_BUILDING = 0.2
_ONE_WITHOUT_TOKEN = 0.8
_SAME_CORE = 0.95
# Names of tokens alone, such as N2 or 3号楼, distinguish the buildings of one compound, and nothing else.
_ONLY_TOKENS = 0.6
# Across two scripts a likeness from this on counts; less means little, as many names are not translations.
_LEAST_ACROSS, _UNKNOWN_ACROSS = 0.6, 0.5
_ABBREVIATION = re.compile("[a-z]{3,5}")


@dataclass(frozen=True)
class Writing:
    """One written form of a name: folded, its core without common words, and its distinguishing tokens.

    ``words`` are those of a name in Latin letters. ``bracketed`` tells that it stood in brackets: a second name, or a
    common remark.
    """

    folded: str
    core: str
    words: tuple[str, ...]
    tokens: frozenset[str]
    bracketed: bool

    @property
    def han(self) -> bool:
        """Return whether it is Chinese."""
        return not self.words


@dataclass(frozen=True)
class Named:
    """All written forms of an object's names."""

    writings: tuple[Writing, ...] = field(default=())


def named(names: Iterable[str | None]) -> Named:
    """Return the written forms of names; a text in brackets is a form of its own."""
    by_text: dict[str, Writing] = {}
    for name in names:
        for text, bracketed in _writings(name or ""):
            writing = _read(text, bracketed)
            if writing is not None:
                by_text.setdefault(writing.folded, writing)
    return Named(tuple(by_text.values()))


def likeness(one: Named, other: Named) -> float | None:
    """Return the likeness of two names, 0 to 1, or None where one has none.

    Equal names are 1 and equal cores 0.95; other cores are compared by Jaro and Winkler's measure (Winkler 1990), and
    one that is a part of the other by the share of it. Buildings of one compound with different numbers, letters or
    compass directions are 0.2 at most. Texts in brackets on both sides are not compared. A Chinese and a
    Latin name are compared by their words and sounds; 0.6 and more counts like the rest; less is 0.5 where nothing else
    can be compared, which is weak evidence against a match.
    """
    pairs = [(a, b) for a in one.writings for b in other.writings if not (a.bracketed and b.bracketed)]
    alike = max((_compare(a, b) for a, b in pairs if a.han == b.han), default=None)
    if not pairs or (alike is not None and alike >= _SAME_CORE):
        return alike
    across_scripts = max((_across(a, b) for a, b in pairs if a.han != b.han), default=0.0)
    if across_scripts >= _LEAST_ACROSS:
        return across_scripts if alike is None else max(alike, across_scripts)
    return _UNKNOWN_ACROSS if alike is None else alike


def _writings(name: str) -> list[tuple[str, bool]]:
    inside = _BRACKETED.findall(name)
    return [(_BRACKETED.sub(" ", name), False), *((text, True) for text in inside if len(text) > 1)]


def _read(text: str, bracketed: bool) -> Writing | None:
    folded = fold(_POSSESSIVE.sub("", text))
    return _read_han(folded, bracketed) if _HAN.search(folded) else _read_latin(folded, bracketed)


def _read_han(folded: str, bracketed: bool) -> Writing:
    core = _trimmed(_ENDINGS, _trimmed(_TOWN, without_tokens(folded)))
    return Writing(folded, core, (), tokens_of_han(folded), bracketed)


def _trimmed(pattern: re.Pattern[str], text: str) -> str:
    """Remove what the pattern matches, if two characters remain."""
    shorter = pattern.sub("", text)
    return shorter if len(shorter) > 1 else text


def _read_latin(folded: str, bracketed: bool) -> Writing | None:
    plain = _ACCENTS.sub("", unicodedata.normalize("NFD", folded))
    words = tuple(word for word in re.split("[^0-9a-z]+", plain) if word)
    return Writing(folded, _core(words), words, tokens_of_latin(words), bracketed) if words else None


def _core(words: tuple[str, ...]) -> str:
    """Return the words without tokens and common words; empty where all are tokens."""
    plain = [word for word in words if not tokens_of_latin((word,))]
    return " ".join([word for word in plain if word not in _COMMON] or plain)


def _compare(one: Writing, other: Writing) -> float:
    if conflict(one.tokens, other.tokens):
        return _OTHER_BUILDING
    if not one.core or not other.core:
        return _ONLY_TOKENS
    if one.folded == other.folded:
        return 1.0
    cores = (one.core, other.core) if one.han else _shortened(one, other)
    alike = _SAME_CORE if cores[0] == cores[1] else _alike(*cores)
    return alike if one.tokens == other.tokens else alike * _ONE_WITHOUT_TOKEN


def _across(one: Writing, other: Writing) -> float:
    han, latin = (one, other) if one.han else (other, one)
    if conflict(han.tokens, latin.tokens):
        return _OTHER_BUILDING
    return across(re.sub(r"\W", "", han.folded), latin.words) if han.core and latin.core else 0.0


def _shortened(one: Writing, other: Writing) -> tuple[str, str]:
    """Return the cores of two Latin names, with words abbreviated where the other name has their initials."""
    return _core(_abbreviated(one.words, other.words)), _core(_abbreviated(other.words, one.words))


def _abbreviated(words: tuple[str, ...], shorter: tuple[str, ...]) -> tuple[str, ...]:
    initials = "".join(word[0] for word in words)
    for short in shorter:
        at = initials.find(short) if _ABBREVIATION.fullmatch(short) else -1
        if at >= 0:
            return (*words[:at], short, *words[at + len(short) :])
    return words


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
