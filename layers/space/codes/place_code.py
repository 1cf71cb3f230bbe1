"""Codes of places by division: division, street, block, building, storey, room.

GB/T 39609-2020 has the order of a code by division: code of the administrative division, of the street and
courtyard (街巷院落), of the building and gate (建筑门楼), of the unit and dwelling (单元户室). Its digit counts were
not at hand. **The six digits of the division (GB/T 2260) and the three of the street or town (GB/T 10114) are those of
the national standards; the counts below them, 4 + 4 + 3 + 4, and the numbering of storeys are this product's own**, as
is that a code stops at the level of its object. Should the standard's counts differ, they differ here, in one table.

=========  ======  ===========================================================
level      digits  value
=========  ======  ===========================================================
division   6       county or district, GB/T 2260
street     3       001-099 streets, 100-199 towns, 200-399 townships, 400-599 the like; 000 above a block whose street
                   was not known when its code was given
block      4       0001-9999, street, lane or courtyard inside the street unit
building   4       0001-9999, building or gate inside the block
storey     3       001-899 above the ground, 901-999 below it: B1 is 901
room       4       0001-9999, room inside the storey
=========  ======  ===========================================================

A code is as long as its object is deep: 9 digits are a street, 13 a block, 17 a building, 20 a storey, 24 a room;
what it begins with are the objects in which it lies. A number is given once and never again, so that a code keeps its
meaning when its object is gone.
"""

import re
from dataclasses import dataclass
from itertools import accumulate, pairwise

from layers.errors import ParameterError

LEVELS = ("division", "street", "block", "building", "storey", "room")
_DIGITS = (6, 3, 4, 4, 3, 4)
_LENGTHS = tuple(accumulate(_DIGITS))
_BELOW_GROUND = 900
_LAST_STREET = 599
# First two digits of divisions: provinces and their like, GB/T 2260.
_PROVINCE = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]")


@dataclass(frozen=True, slots=True)
class PlaceCode:
    """A code in its parts, as numbers; a part below the object's own level is None."""

    division: int
    street: int | None = None
    block: int | None = None
    building: int | None = None
    storey: int | None = None
    room: int | None = None

    def __post_init__(self) -> None:
        """Refuse an invalid code; ParameterError says why."""
        parts = self._parts
        depth = parts.index(None) if None in parts else len(parts)
        missing = next((level for level, part in enumerate(parts) if level > depth and part is not None), None)
        if missing is not None:
            raise ParameterError("code", f"a {LEVELS[missing]} needs the {LEVELS[depth]} in which it lies")
        if fault := check(str(self)):
            raise ParameterError("code", fault)

    def __str__(self) -> str:
        """Return the digits."""
        pairs = zip(self._parts, _DIGITS, strict=True)
        return "".join(f"{part:0{digits}d}" for part, digits in pairs if part is not None)

    @property
    def level(self) -> str:
        """Return what kind of object it is: a division, street, block, building, storey or room."""
        return LEVELS[sum(part is not None for part in self._parts) - 1]

    @property
    def parent(self) -> "PlaceCode | None":
        """Return the code of the object in which this one lies."""
        depth = LEVELS.index(self.level)
        above = depth - 2 if self.level == "block" and self.street == 0 else depth - 1
        return parse(str(self)[: _LENGTHS[above]]) if depth else None

    @property
    def floor(self) -> str | None:
        """Return the storey as people write it: 12, or B1."""
        if self.storey is None:
            return None
        return f"B{self.storey - _BELOW_GROUND}" if self.storey > _BELOW_GROUND else str(self.storey)

    def holds(self, other: "PlaceCode") -> bool:
        """Tell whether the other object is this one, or lies in it."""
        return str(other).startswith(str(self))

    def within(self, number: int) -> "PlaceCode":
        """Return the code of the object with this number, one level below."""
        depth = LEVELS.index(self.level) + 1
        if depth == len(LEVELS):
            raise ParameterError("code", "a room contains nothing that has a code")
        if not 1 <= number < 10 ** _DIGITS[depth]:
            raise ParameterError("code", f"{number} does not fit a {LEVELS[depth]} of {_DIGITS[depth]} digits")
        return parse(f"{self}{number:0{_DIGITS[depth]}d}")

    @property
    def _parts(self) -> tuple[int | None, ...]:
        return self.division, self.street, self.block, self.building, self.storey, self.room


def storey_number(floor: str) -> int:
    """Return the number in a code of a storey as people say it: 12 is 12, B1 is 901."""
    below, digits = floor[:1] in "bB-" and floor != "", floor.lstrip("bB-")
    number = int(digits) if digits.isascii() and digits.isdigit() else 0
    if not 1 <= number <= (99 if below else _BELOW_GROUND - 1):
        raise ParameterError("storey", f"{floor!r} is not a storey such as 12 or B1")
    return number + _BELOW_GROUND if below else number


def parse(code: str) -> PlaceCode:
    """Return the parts of a code; ParameterError says what is wrong with one."""
    if fault := check(code):
        raise ParameterError("code", fault)
    ends = [0, *(end for end in _LENGTHS if end <= len(code))]
    return PlaceCode(*(int(code[start:end]) for start, end in pairwise(ends)))


def check(code: str) -> str | None:
    """Return what is wrong with a code, as a sentence that names the place, or None."""
    for place, glyph in enumerate(code, start=1):
        if glyph not in "0123456789":
            return f"{code!r}: character {place} is {glyph!r}; it must be 0-9"
    if len(code) >= 2 and not _PROVINCE.match(code):
        return f"{code!r}: digits 1 and 2 are {code[:2]}, which is not a province of GB/T 2260"
    if len(code) not in _LENGTHS:
        lengths = ", ".join(f"{length} ({level})" for level, length in zip(LEVELS, _LENGTHS, strict=True))
        return f"{code!r} has {len(code)} digits; a code has {lengths}"
    return next((fault for level in range(1, len(LEVELS)) if (fault := _fault(code, level))), None)


def _fault(code: str, level: int) -> str | None:
    """Return what is wrong with one part."""
    start, end = _LENGTHS[level - 1], _LENGTHS[level]
    if len(code) < end:
        return None
    if LEVELS[level] == "street" and len(code) > end and int(code[start:end]) == 0:
        return None
    digits, where = code[start:end], f"{code!r}: the {LEVELS[level]}, digits {start + 1} to {end}, is {code[start:end]}"
    if int(digits) == 0:
        return f"{where}, and begins with {1:0{end - start}d}"
    if LEVELS[level] == "street" and int(digits) > _LAST_STREET:
        return f"{where}, and is at most {_LAST_STREET}"
    if LEVELS[level] == "storey" and int(digits) == _BELOW_GROUND:
        return f"{where}; storeys above the ground are 001 to 899, below it 901 to 999"
    return None
