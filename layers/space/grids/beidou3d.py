"""BeiDou grid position codes in three dimensions, GB/T 39409-2020 section 6. Experimental.

The standard contradicts itself here: its bits give steps of height (1 962 m at level 4, 122.6 m at level 5) that its
text does not, and the digit F where its alphabets end with E. This follows the bits, which reproduce the worked example
of its annex C; other programs may differ. Heights are ellipsoidal, in metres, CGCS2000.

A code weaves a digit or two of height behind each level of the code in two dimensions: N or S, then 0 above or 1 below
the ellipsoid, and per level the digits of position and of height; the whole has 32 characters. The number of a layer is
floor(k · ln((H + r) / r) / ln(1 + π/180)) with r = 6 378 137 m and k = 7 372 800 layers for a height of one "degree",
so that layers grow with height as cells do.
"""

import math
from dataclasses import dataclass

from layers.errors import ParameterError
from layers.space.grids.alphabet import GLYPHS, fault_in
from layers.space.grids.base import need_level
from layers.space.grids.beidou import BEIDOU, LENGTHS, SPLITS
from layers.space.grids.lattice import TOLERANCE_UNITS, UNITS_PER_DEGREE

_RADIUS_M = 6_378_137.0
_GROWTH = math.log1p(math.pi / 180)
_MOST_BITS = 31
# How many bits of a layer's number each level has, from the lowest.
_BITS = {10: 3, 9: 3, 8: 3, 7: 3, 6: 1, 5: 4, 4: 4, 3: 1, 2: 3, 1: 6}
_SHIFTS = {level: sum(bits for other, bits in _BITS.items() if other > level) for level in _BITS}


@dataclass(frozen=True)
class Voxel:
    """A cell with its layer: degrees in EPSG:4490, ellipsoidal heights in metres."""

    level: int
    west: float
    south: float
    east: float
    north: float
    bottom: float
    top: float


def layer_of(height_m: float) -> int:
    """Return the number of the layer in which a height lies; below the ellipsoid they count down from -1."""
    if not -_RADIUS_M < height_m < math.inf:
        raise ParameterError("height", f"{height_m} m is no height above the centre of the earth")
    exact = UNITS_PER_DEGREE * math.log1p(height_m / _RADIUS_M) / _GROWTH
    magnitude = math.floor(abs(exact) + TOLERANCE_UNITS)
    if magnitude >> _MOST_BITS:
        raise ParameterError("height", f"{height_m} m is beyond the last layer")
    return magnitude if exact >= -TOLERANCE_UNITS else -1 - magnitude


def height_of(layers: int) -> float:
    """Return the height of the bottom of a layer, in metres."""
    return _RADIUS_M * math.expm1(_GROWTH * layers / UNITS_PER_DEGREE)


def encode(lon: float, lat: float, height_m: float, level: int = 10) -> str:
    """Return the code of the voxel in which a point lies."""
    need_level(BEIDOU, level)
    flat = str(BEIDOU.encode(lon, lat, level)[0])
    layer = layer_of(height_m)
    magnitude = -1 - layer if layer < 0 else layer
    code = flat[0] + ("1" if layer < 0 else "0")
    begin = 1
    for each in range(1, level + 1):
        digit = magnitude >> _SHIFTS[each] & ((1 << _BITS[each]) - 1)
        code += flat[begin : LENGTHS[each]] + (f"{digit:02d}" if each == 1 else GLYPHS[digit])
        begin = LENGTHS[each]
    return code


def decode(code: str) -> Voxel:
    """Return the voxel of a code; ParameterError says what is wrong with one."""
    if wrong := check(code):
        raise ParameterError("code", wrong)
    level = _LEVELS[len(code)]
    flat, magnitude, place = code[0], 0, 2
    for each in range(1, level + 1):
        middle, place_after = _middle(each, place)
        flat += code[place:middle]
        magnitude |= int(code[middle:place_after], 10 if each == 1 else 16) << _SHIFTS[each]
        place = place_after
    cells = BEIDOU.decode(flat)
    inner, outer = magnitude, magnitude + (1 << _SHIFTS[level])
    first, last = (-outer, -inner) if code[1] == "1" else (inner, outer)
    west, south, east, north = (float(edge[0]) for edge in (cells.west, cells.south, cells.east, cells.north))
    return Voxel(level, west, south, east, north, height_of(first), height_of(last))


def check(code: str) -> str | None:
    """Return what is wrong with a code, as a sentence, or None."""
    if fault := fault_in(code, _ALPHABETS):
        return fault
    if len(code) not in _LEVELS:
        lengths = ", ".join(map(str, _LEVELS))
        return f"{code!r} has {len(code)} characters; BeiDou codes in three dimensions have {lengths}, by level"
    if not 1 <= int(code[2:4]) <= 60:
        return f"{code!r}: characters 3 and 4 are {code[2:4]!r}, and columns go from 01 to 60"
    if int(code[5:7]) > 63:
        return f"{code!r}: characters 6 and 7 are {code[5:7]!r}, and layers of level 1 go from 00 to 63"
    return None


def _middle(level: int, place: int) -> tuple[int, int]:
    """Return where the digits of height begin, and where the level ends, if it begins at ``place``."""
    flat = 3 if level == 1 else LENGTHS[level] - LENGTHS[level - 1]
    return place + flat, place + flat + (2 if level == 1 else 1)


def _alphabets() -> list[str]:
    places = ["NS", "01", "0123456", GLYPHS[:10], GLYPHS[10:32], "0123456", GLYPHS[:10]]
    for level in range(2, 11):
        places += [*SPLITS[level].alphabets, GLYPHS[: 1 << _BITS[level]]]
    return places


def _lengths() -> dict[int, int]:
    lengths, place = {}, 2
    for level in range(1, 11):
        place = _middle(level, place)[1]
        lengths[place] = level
    return lengths


_ALPHABETS = _alphabets()
_LEVELS = _lengths()
