"""GeoSOT codes, GB/T 40087-2021: a quadtree of 32 levels over degrees, minutes and seconds stretched to powers of two.

Each direction has a sign, 8 bits of degrees, 6 of minutes, 6 of seconds and 11 of fractions of a second; a level takes
one bit of each, and its digit is twice the bit of latitude plus that of longitude. So levels 1 to 9 cut degrees (1 is
the four quarters of the globe, 9 is one degree), 10 to 15 minutes, 16 to 21 seconds, 22 to 32 fractions down to 1/2048
second; cells begin at their corner nearest to equator and prime meridian. What was stretched is empty: cells end at 60
minutes, 60 seconds and at the ends of the globe, and those wholly beyond do not exist. CGCS2000.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.space.grids.alphabet import as_strings, blank_codes, characters, fault_in, put, raise_first_fault, values
from layers.space.grids.base import Codes, as_codes
from layers.space.grids.cells import LatticeGrid
from layers.space.grids.lattice import UNITS_PER_DEGREE, Axis, Units, magnitudes

_SECOND = UNITS_PER_DEGREE // 3600
_MINUTE = UNITS_PER_DEGREE // 60
_BITS = 32
_CHUNK = 1 << 13
_DIGITS = "0123"
# Levels that end a group of digits, and the separator that follows.
_MARKS = {9: "-", 15: "-", 21: "."}


def _form(level: int) -> str:
    """Return the form of codes of a level: G, 0 for each digit, and the marks in between."""
    return "G" + "".join("0" + (_MARKS.get(each, "") if each < level else "") for each in range(1, level + 1))


_FORM = _form(_BITS)
_LENGTHS = {level: len(_form(level)) for level in range(1, _BITS + 1)}
_LEVELS = {length: level for level, length in _LENGTHS.items()}
# The position of each level's digit.
_PLACES = np.array([length - 1 for length in _LENGTHS.values()])


class GeosotGrid(LatticeGrid):
    """GeoSOT codes in two dimensions."""

    name = "geosot"
    levels = range(1, _BITS + 1)
    lat_limit = 90

    def axes(self, level: int) -> tuple[Axis, Axis]:
        """Return how longitude and latitude are cut at a level."""
        offsets: tuple[int, ...] = (0,)
        if level <= 9:
            period = UNITS_PER_DEGREE << (9 - level)
        elif level <= 15:
            period, offsets = UNITS_PER_DEGREE, tuple(range(0, UNITS_PER_DEGREE, _MINUTE << (15 - level)))
        elif level <= 21:
            period, offsets = _MINUTE, tuple(range(0, _MINUTE, _SECOND << (21 - level)))
        else:
            period = 1 << (_BITS - level)
        return Axis(period, 180 * UNITS_PER_DEGREE, offsets), Axis(period, 90 * UNITS_PER_DEGREE, offsets)

    def write(self, x: Units, y: Units, level: int) -> Codes:
        """Return the codes of the cells in which units lie."""
        room = blank_codes(len(x), _LENGTHS[level])
        room[:] = np.array([ord(glyph) for glyph in _FORM[: _LENGTHS[level]]], dtype=np.uint32)
        for begin in range(0, len(x), _CHUNK):
            rows = slice(begin, begin + _CHUNK)
            across, up = _stretched(x[rows]), _stretched(y[rows])
            for each in range(1, level + 1):
                shift = _BITS - each
                put(room[rows], int(_PLACES[each - 1]), 2 * (up >> shift & 1) + (across >> shift & 1))
        return as_strings(room)

    def read(self, codes: Codes, level: int) -> tuple[Units, Units]:
        """Return a unit of each cell; the codes are of one level."""
        rows = characters(codes, _LENGTHS[level])
        digits = values(rows[:, _PLACES[:level]])
        others = np.setdiff1d(np.arange(_LENGTHS[level]), _PLACES[:level])
        form = np.array([ord(_FORM[place]) for place in others], dtype=np.uint32)
        raise_first_fault(self, codes, (digits > 3).any(axis=1) | (rows[:, others] != form).any(axis=1))
        shifts = _BITS - 1 - np.arange(level)
        x, x_is_empty = _shrunk(((digits & 1) << shifts).sum(axis=1), 180)
        y, y_is_empty = _shrunk(((digits >> 1) << shifts).sum(axis=1), 90)
        raise_first_fault(self, codes, x_is_empty | y_is_empty)
        return x, y

    def level_of(self, codes: ArrayLike) -> NDArray[np.int64]:
        """Return the levels of codes, by their lengths."""
        codes = as_codes(codes)
        longest = _LENGTHS[_BITS]
        lengths = np.char.str_len(codes)
        table = np.array([_LEVELS.get(length, 0) for length in range(longest + 1)])
        levels = np.where(lengths > longest, 0, table[np.minimum(lengths, longest)])
        raise_first_fault(self, codes, levels == 0)
        return levels

    def check(self, code: str) -> str | None:
        """Return what is wrong with a code, as a sentence, or None when it is one of this grid."""
        if fault := fault_in(code, [_DIGITS if glyph == "0" else glyph for glyph in _FORM]):
            return fault
        if len(code) not in _LEVELS:
            return f"{code!r} has {_digits(code)} digits and ends with a mark or has none; codes have 1 to 32 digits"
        return _emptiness(code, _LEVELS[len(code)])


def _digits(code: str) -> int:
    return sum(glyph in _DIGITS for glyph in code)


def _emptiness(code: str, level: int) -> str | None:
    """Return why a well-formed code belongs to no cell, or None."""
    digits = [_DIGITS.index(glyph) for glyph in code if glyph in _DIGITS]
    for name, limit, bits in (
        ("longitude", 180, [digit & 1 for digit in digits]),
        ("latitude", 90, [digit >> 1 for digit in digits]),
    ):
        stretched = sum(bit << (_BITS - 1 - place) for place, bit in enumerate(bits))
        degree, minute, second = stretched >> 23 & 255, stretched >> 17 & 63, stretched >> 11 & 63
        if degree >= limit or minute >= 60 or second >= 60:
            return (
                f"{code!r} of level {level} begins at {degree}° {minute}′ {second}″ of {name}, where there is nothing: "
                f"degrees go below {limit}, minutes and seconds below 60"
            )
    return None


def _stretched(numbers: Units) -> Units:
    """Return the 32 bits of units: sign, degrees, minutes, seconds, fractions."""
    magnitude = magnitudes(numbers)
    degree, rest = np.divmod(magnitude, UNITS_PER_DEGREE)
    minute, rest = np.divmod(rest, _MINUTE)
    stretched: Units = np.where(numbers < 0, 1 << 31, 0) | degree << 23 | minute << 17 | rest
    return stretched


def _shrunk(stretched: Units, limit: int) -> tuple[Units, "NDArray[np.bool_]"]:
    """Return the units that 32 bits stand for, and where they stand for none."""
    degree, minute, rest = stretched >> 23 & 255, stretched >> 17 & 63, stretched & 0x1FFFF
    magnitude = degree * UNITS_PER_DEGREE + minute * _MINUTE + rest
    is_empty = (degree >= limit) | (minute >= 60) | (rest >= _MINUTE)
    return np.where(stretched >> 31 == 1, -1 - magnitude, magnitude), is_empty


GEOSOT = GeosotGrid()
