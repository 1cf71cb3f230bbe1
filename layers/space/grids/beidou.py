"""BeiDou grid position codes, GB/T 39409-2020, in two dimensions: levels 1 to 10, sections 5.1 and 5.2.

A code is N or S, the column of six degrees (01 to 60 from the antimeridian eastwards), the row of four degrees (A to V
from the equator outwards), and then one or two digits a level, each counted from the corner of the parent that is the
nearest to equator and prime meridian. So the code of a parent is the beginning of its children's codes. At levels 3 and
6 one digit stands for both directions: twice the row plus the column. CGCS2000; the rings about the poles, from 88
degrees on (section 5.3), are not ours.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.errors import ParameterError
from layers.space.grids.alphabet import (
    GLYPHS,
    as_strings,
    blank_codes,
    characters,
    fault_in,
    put,
    raise_first_fault,
    values,
)
from layers.space.grids.base import Codes, as_codes
from layers.space.grids.cells import LatticeGrid
from layers.space.grids.lattice import UNITS_PER_DEGREE, Axis, Units, magnitudes, units

_POLAR = 88
_SECOND = UNITS_PER_DEGREE // 3600
_MINUTE = UNITS_PER_DEGREE // 60
# Rows per batch, so that they stay in the processor's cache.
_CHUNK = 1 << 14


@dataclass(frozen=True)
class Split:
    """How cells of one level lie in their parent: their sides in units, and how many there are each way."""

    width: int
    height: int
    columns: int
    rows: int
    is_one_digit: bool = False

    @property
    def alphabets(self) -> list[str]:
        """Return which characters each place of this level can have."""
        if self.is_one_digit:
            return [GLYPHS[: self.columns * self.rows]]
        return [GLYPHS[: self.columns], GLYPHS[: self.rows]]

    def digits(self, x: "NDArray[Any]", y: "NDArray[Any]") -> "list[NDArray[Any]]":
        """Return the digits of this level, by magnitudes."""
        a, b = x // self.width % self.columns, y // self.height % self.rows
        return [2 * b + a] if self.is_one_digit else [a, b]

    def offsets(self, digits: "NDArray[np.int64]") -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
        """Return how far, in units, cells begin from the inner corner of their parent; digits are (n, 1 or 2)."""
        a, b = (digits[:, 0] % 2, digits[:, 0] // 2) if self.is_one_digit else (digits[:, 0], digits[:, 1])
        return a * self.width, b * self.height


SPLITS = {
    1: Split(6 * UNITS_PER_DEGREE, 4 * UNITS_PER_DEGREE, 60, 22),
    2: Split(30 * _MINUTE, 30 * _MINUTE, 12, 8),
    3: Split(15 * _MINUTE, 10 * _MINUTE, 2, 3, is_one_digit=True),
    4: Split(_MINUTE, _MINUTE, 15, 10),
    5: Split(4 * _SECOND, 4 * _SECOND, 15, 15),
    6: Split(2 * _SECOND, 2 * _SECOND, 2, 2, is_one_digit=True),
    7: Split(512, 512, 8, 8),
    8: Split(64, 64, 8, 8),
    9: Split(8, 8, 8, 8),
    10: Split(1, 1, 8, 8),
}
_FIRST = ["NS", "0123456", GLYPHS[:10], GLYPHS[10:32]]
_ALPHABETS = [*_FIRST, *(alphabet for level in range(2, 11) for alphabet in SPLITS[level].alphabets)]
# Length of a code by level: 4, 6, 7, 9, 11, 12, 14, 16, 18, 20.
LENGTHS = {level: 4 + sum(len(SPLITS[each].alphabets) for each in range(2, level + 1)) for level in SPLITS}
_LEVELS = {length: level for level, length in LENGTHS.items()}


class BeidouGrid(LatticeGrid):
    """BeiDou grid position codes in two dimensions."""

    name = "beidou"
    levels = range(1, 11)
    lat_limit = _POLAR

    def axes(self, level: int) -> tuple[Axis, Axis]:
        """Return how longitude and latitude are cut at a level."""
        split = SPLITS[level]
        return Axis(split.width, 180 * UNITS_PER_DEGREE), Axis(split.height, _POLAR * UNITS_PER_DEGREE)

    def write(self, x: Units, y: Units, level: int) -> Codes:
        """Return the codes of the cells in which units lie."""
        room = blank_codes(len(x), LENGTHS[level])
        for begin in range(0, len(x), _CHUNK):
            rows = slice(begin, begin + _CHUNK)
            _write_rows(room[rows], x[rows], y[rows], level)
        return as_strings(room)

    def read(self, codes: Codes, level: int) -> tuple[Units, Units]:
        """Return a unit of each cell; the codes are of one level."""
        length = LENGTHS[level]
        rows = characters(codes, length)
        digits = values(rows)
        column = digits[:, 1] * 10 + digits[:, 2]
        sizes = np.array([36, 10, 10, 32, *(len(alphabet) for alphabet in _ALPHABETS[4:length])])
        bad = (digits >= sizes).any(axis=1) | ~np.isin(digits[:, 0], [GLYPHS.index("N"), GLYPHS.index("S")])
        bad |= (digits[:, 3] < 10) | (column < 1) | (column > 60)
        raise_first_fault(self, codes, bad)
        x = np.where(column > 30, column - 31, 30 - column) * SPLITS[1].width
        y = (digits[:, 3] - 10) * SPLITS[1].height
        for each in range(2, level + 1):
            a, b = SPLITS[each].offsets(digits[:, LENGTHS[each - 1] : LENGTHS[each]])
            x, y = x + a, y + b
        return np.where(column > 30, x, -1 - x), np.where(digits[:, 0] == GLYPHS.index("N"), y, -1 - y)

    def level_of(self, codes: ArrayLike) -> NDArray[np.int64]:
        """Return the levels of codes, by their lengths."""
        codes = as_codes(codes)
        lengths = np.char.str_len(codes)
        levels = np.array([_LEVELS.get(length, 0) for length in range(21)])[np.minimum(lengths, 20)]
        levels[lengths > 20] = 0
        raise_first_fault(self, codes, levels == 0)
        return levels

    def check(self, code: str) -> str | None:
        """Return what is wrong with a code, as a sentence, or None when it is one of this grid."""
        if code[1:4] == "000" and code[:1] in ("N", "S"):
            return f"{code!r} lies about a pole; cells from {_POLAR} degrees of latitude on are not supported"
        if fault := fault_in(code, _ALPHABETS):
            return fault
        if len(code) not in _LEVELS:
            lengths = ", ".join(map(str, _LEVELS))
            return f"{code!r} has {len(code)} characters; BeiDou codes have {lengths}, by level from 1 to 10"
        if not 1 <= int(code[1:3]) <= 60:
            return f"{code!r}: characters 2 and 3 are {code[1:3]!r}, and columns go from 01 to 60"
        return None

    def _latitudes(self, lat: ArrayLike) -> Units:
        numbers = units(lat, 90, "lat")
        polar = magnitudes(numbers) >= _POLAR * UNITS_PER_DEGREE
        if polar.any():
            place = int(np.argmax(polar))
            value = np.atleast_1d(np.asarray(lat, dtype=np.float64)).ravel()[place]
            raise ParameterError(
                "lat",
                f"{value:.10g} (number {place + 1}) is within two degrees of a pole, where BeiDou codes have other "
                f"rules (GB/T 39409, 5.3) that are not supported; latitudes go to {_POLAR} degrees, not included",
            )
        return numbers


def _write_rows(room: NDArray[np.uint32], x: Units, y: Units, level: int) -> None:
    # A magnitude is below 2^31, and narrow integers divide twice as fast.
    across, up = magnitudes(x).astype(np.int32), magnitudes(y).astype(np.int32)
    steps = across // np.int32(SPLITS[1].width)
    column = np.where(x < 0, 30 - steps, 31 + steps)
    room[:, 0] = np.where(y < 0, ord("S"), ord("N"))
    put(room, 1, column // 10)
    put(room, 2, column % 10)
    put(room, 3, up // np.int32(SPLITS[1].height) + 10)
    place = 4
    for each in range(2, level + 1):
        for digits in SPLITS[each].digits(across, up):
            put(room, place, digits)
            place += 1


BEIDOU = BeidouGrid()
