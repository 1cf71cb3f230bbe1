"""Lengths and areas on the ellipsoid of CGCS2000, along geodesics: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pyproj import Geod
from shapely import LinearRing, is_valid_reason

from layers.errors import InputError

_ELLIPSOID = Geod(a=6378137.0, rf=298.257222101)
Place = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A line: metres of each leg and in all, and the azimuth at the start of each, degrees clockwise from north."""

    legs_m: tuple[float, ...]
    azimuths_deg: tuple[float, ...]

    @property
    def length_m(self) -> float:
        """Return the metres of all legs."""
        return sum(self.legs_m)


def line(places: Sequence[Place]) -> Line:
    """Measure the geodesics between places (longitude, latitude in degrees, EPSG:4490), one after the other."""
    # Twice, as the rest of a hair below 0 is 360.
    legs = [_ELLIPSOID.inv(*start, *end) for start, end in pairwise(places)]
    return Line(tuple(leg[2] for leg in legs), tuple(leg[0] % 360 % 360 for leg in legs))


def area_m2(places: Sequence[Place]) -> float:
    """Return the square metres within a ring of geodesics; its last place is joined to its first (Karney 2013).

    Raises InputError for fewer than three places, and for a ring that crosses itself, whose area nobody means.
    """
    if len(set(places)) < 3:
        raise InputError("an area has three places or more that differ")
    ring = LinearRing(places)
    if not ring.is_simple:
        raise InputError(f"the outline crosses itself, so that it has no area: {is_valid_reason(ring)}")
    lons, lats = zip(*places, strict=True)
    area, _ = _ELLIPSOID.polygon_area_perimeter(lons, lats)
    return abs(float(area))
