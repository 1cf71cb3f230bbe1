"""How alike two names are, in Chinese, in Latin letters, and across both."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from layers.matching.likeness.across import across
from layers.matching.likeness.jaro import jaro_winkler
from layers.matching.likeness.marks import conflict, marks_of_han, marks_of_latin, without_marks
from layers.space.addresses import fold

_BRACKETED = re.compile(r"[(（\[【〔]([^)）\]】〕]*)[)）\]】〕]")
_HAN = re.compile("[一-龥]")
# What many names of houses end with; two names are compared by what is left of them.
_ENDINGS = re.compile("(?:大厦|大楼|商务楼|办公楼|写字楼|中心|广场|商厦|大酒店|酒店|饭店|宾馆|公寓|总部|商场|楼)$")
_TOWN = re.compile("^(?:上海市|上海|浦东新区|浦东|陆家嘴)(?=.{2})")
_POSSESSIVE = re.compile(r"(?<=[a-z])['’]s\b", re.IGNORECASE)
# Marks above and below letters, once they are apart from these: Lü is written Lu, or Lv.
_ACCENTS = re.compile("[\u0300-\u036f]")
_COMMON = frozenset(
    (
        *("the", "of", "and", "a", "at", "no", "shanghai", "pudong", "building", "buildings", "tower", "towers"),
        *("center", "centre", "plaza", "mansion", "mansions", "house", "hotel", "headquarters", "block", "phase"),
        *("dasha", "dalou", "zhongxin", "guangchang", "jiudian", "gongyu"),
    )
)
# What a name is worth whose whole is a part of the other, at the least.
_PART = 0.6
_INITIALS = 0.55
_OTHER_HOUSE = 0.2
_ONE_HOUSE = 0.8
_SAME_CORE = 0.95
# Names that are a mark alone, such as N2 or 3号楼, tell the houses of one compound apart, and nothing else.
_ONLY_MARKS = 0.6
# Across two scripts a likeness from here on counts; less says little, for many names are not translated but new ones.
_TOLD, _UNTOLD = 0.6, 0.5
_ABBREVIATION = re.compile("[a-z]{3,5}")


@dataclass(frozen=True)
class Writing:
    """One writing of a name: whole, its core without what many names have, and the marks that tell it from sisters.

    ``words`` are those of a name in Latin letters. ``beside`` tells that it stood in brackets: a second name, or a
    remark that many names carry.
    """

    whole: str
    core: str
    words: tuple[str, ...]
    marks: frozenset[str]
    beside: bool

    @property
    def han(self) -> bool:
        """Return whether it is Chinese."""
        return not self.words


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
            if writing is not None:
                found.setdefault(writing.whole, writing)
    return Named(tuple(found.values()))


def likeness(one: Named, other: Named) -> float | None:
    """Return how alike two names are, 0 to 1, or None where one has none.

    Equal wholes are 1 and equal cores 0.95; other cores are compared by Jaro and Winkler's measure (Winkler 1990), and
    one that is a part of the other by the share of it. Houses of one compound that carry other numbers, letters or
    quarters of the compass are 0.2 at most. What stands in brackets on both sides is not compared. A Chinese and a
    Latin name are compared by their words and sounds; 0.6 and more counts like the rest, and where nothing else can be
    compared anything less is 0.5: it speaks a little against their being one.
    """
    pairs = [(a, b) for a in one.writings for b in other.writings if not (a.beside and b.beside)]
    alike = max((_compare(a, b) for a, b in pairs if a.han == b.han), default=None)
    if not pairs or (alike is not None and alike >= _SAME_CORE):
        return alike
    beyond = max((_across(a, b) for a, b in pairs if a.han != b.han), default=0.0)
    if beyond >= _TOLD:
        return beyond if alike is None else max(alike, beyond)
    return _UNTOLD if alike is None else alike


def _writings(name: str) -> list[tuple[str, bool]]:
    inside = _BRACKETED.findall(name)
    return [(_BRACKETED.sub(" ", name), False), *((text, True) for text in inside if len(text) > 1)]


def _read(text: str, beside: bool) -> Writing | None:
    whole = fold(_POSSESSIVE.sub("", text))
    return _read_han(whole, beside) if _HAN.search(whole) else _read_latin(whole, beside)


def _read_han(whole: str, beside: bool) -> Writing:
    core = _cut(_ENDINGS, _cut(_TOWN, without_marks(whole)))
    return Writing(whole, core, (), marks_of_han(whole), beside)


def _cut(pattern: re.Pattern[str], text: str) -> str:
    """Cut off what the pattern finds, where two characters remain."""
    shorter = pattern.sub("", text)
    return shorter if len(shorter) > 1 else text


def _read_latin(whole: str, beside: bool) -> Writing | None:
    plain = _ACCENTS.sub("", unicodedata.normalize("NFD", whole))
    words = tuple(word for word in re.split("[^0-9a-z]+", plain) if word)
    return Writing(whole, _core(words), words, marks_of_latin(words), beside) if words else None


def _core(words: tuple[str, ...]) -> str:
    """Return what is left of words without marks and what many names have; nothing where all are marks."""
    left = [word for word in words if not marks_of_latin((word,))]
    return " ".join([word for word in left if word not in _COMMON] or left)


def _compare(one: Writing, other: Writing) -> float:
    if conflict(one.marks, other.marks):
        return _OTHER_HOUSE
    if not one.core or not other.core:
        return _ONLY_MARKS
    if one.whole == other.whole:
        return 1.0
    cores = (one.core, other.core) if one.han else _shortened(one, other)
    alike = _SAME_CORE if cores[0] == cores[1] else _alike(*cores)
    return alike if one.marks == other.marks else alike * _ONE_HOUSE


def _across(one: Writing, other: Writing) -> float:
    han, latin = (one, other) if one.han else (other, one)
    if conflict(han.marks, latin.marks):
        return _OTHER_HOUSE
    return across(re.sub(r"\W", "", han.whole), latin.words) if han.core and latin.core else 0.0


def _shortened(one: Writing, other: Writing) -> tuple[str, str]:
    """Return the cores of two Latin names, words of which the other has the initials in their short form."""
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
