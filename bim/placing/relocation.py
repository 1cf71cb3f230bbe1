"""What somebody asks of a model's place: another place, or so many metres and degrees from where it stands."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bim.georeference import Placement
from layers.errors import InputError, ParameterError
from layers.space import east_north_up, from_geocentric, to_geocentric

Json = dict[str, Any]
# By hand a model is fitted to the map; what lies farther off has the wrong reference system.
MOST_M = 100_000.0
# Where the map ends, degrees; and heights at which something may stand, metres.
_MOST_LAT = 85.0
_LEAST_HEIGHT_M, _MOST_HEIGHT_M = -1_000.0, 10_000.0
_MOST_ANCHOR_M = 10_000_000.0
_MOST_WHY = 500
_WORDS = ("lon", "lat", "height_m", "heading_deg", "east_m", "north_m", "up_m", "anchor", "why", "version")


@dataclass(frozen=True)
class Relocation:
    """Where a model shall stand; what is None stays.

    ``lonlat`` (degrees, EPSG:4490) and ``height_m`` are of the point ``anchor`` of the model, about which
    ``heading_deg`` (from east to its x-axis, anticlockwise) turns it; without one, of the middle of its ground plan.
    ``shift`` is metres east, north and up from where it stands. ``version`` is the number of the correction that the
    relocation was made upon.
    """

    why: str
    lonlat: tuple[float, float] | None = None
    height_m: float | None = None
    heading_deg: float | None = None
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    anchor: tuple[float, float, float] | None = None
    version: int | None = None

    def of(self, placement: Placement, box: Sequence[float]) -> Placement:
        """Return where a model that stands there, with that box in its own frame, shall stand.

        Raises ParameterError where that is no place, or too far away.
        """
        here = placement.moved_to(self.anchor) if self.anchor is not None else handle(placement, box)
        there = self._shifted(here)
        if self.lonlat is not None:
            there = replace(there, lon=self.lonlat[0], lat=self.lonlat[1])
        if self.height_m is not None:
            there = replace(there, height_m=self.height_m)
        if self.heading_deg is not None:
            there = replace(there, heading_deg=_wrapped(self.heading_deg))
        _require_near(here, there)
        return there

    def _shifted(self, here: Placement) -> Placement:
        if not any(self.shift):
            return here
        origin = to_geocentric(np.array([[here.lon, here.lat, here.height_m]]))[0]
        moved = origin + east_north_up(here.lon, here.lat) @ np.array([self.shift[0], self.shift[1], 0.0])
        ((lon, lat, _),) = from_geocentric(moved[None])
        return replace(here, lon=float(lon), lat=float(lat), height_m=here.height_m + self.shift[2])


def handle(placement: Placement, box: Sequence[float]) -> Placement:
    """Return the same placement by the point that a model is moved and turned by: the middle of its ground plan."""
    return placement.moved_to(((box[0] + box[3]) / 2, (box[1] + box[4]) / 2, placement.anchor[2]))


def shift_between(before: Placement, after: Placement) -> Json:
    """Return metres east, north and up, and degrees anticlockwise, by which ``after`` differs where its anchor is."""
    here = before.moved_to(after.anchor)
    ends = to_geocentric(np.array([[one.lon, one.lat, here.height_m] for one in (here, after)]))
    east, north, _ = (ends[1] - ends[0]) @ east_north_up(here.lon, here.lat)
    turn = _wrapped(after.heading_deg - here.heading_deg)
    told = {"east_m": float(east), "north_m": float(north), "up_m": after.height_m - here.height_m, "turn_deg": turn}
    # What is less than a hundredth of a millimetre is rounding.
    return {name: round(value, 5) + 0.0 for name, value in told.items()}


def read_relocation(document: Mapping[str, Any]) -> Relocation:
    """Read a relocation from JSON; raises ParameterError, naming the word, for what cannot be."""
    unknown = sorted(set(document) - set(_WORDS))
    if unknown:
        raise ParameterError(unknown[0][:60], f"a place by hand has no such word; it has {', '.join(_WORDS)}")
    shift = tuple(_number(document, name, -MOST_M, MOST_M) or 0.0 for name in ("east_m", "north_m", "up_m"))
    relocation = Relocation(
        why=read_why(document.get("why")),
        lonlat=_lonlat(document),
        height_m=_number(document, "height_m", _LEAST_HEIGHT_M, _MOST_HEIGHT_M),
        heading_deg=_number(document, "heading_deg", 0.0, 360.0),
        shift=(shift[0], shift[1], shift[2]),
        anchor=_anchor(document),
        version=_version(document),
    )
    if relocation.lonlat is not None and (relocation.shift[0] or relocation.shift[1]):
        raise ParameterError("east_m", "state either lon and lat, or metres from where it stands, not both")
    if relocation.height_m is not None and relocation.shift[2]:
        raise ParameterError("up_m", "state either height_m, or metres from where it stands, not both")
    if not any(relocation.shift) and (relocation.lonlat, relocation.height_m, relocation.heading_deg) == (None,) * 3:
        raise InputError("nothing is asked for: state lon and lat, height_m, heading_deg, east_m, north_m or up_m")
    return relocation


def read_why(value: object) -> str:
    """Return the reason of somebody who moves a model; raises ParameterError where there is none."""
    if not isinstance(value, str) or not value.strip() or len(value) > _MOST_WHY or "\0" in value:
        raise ParameterError("why", f"say why it is moved, in 1 to {_MOST_WHY} characters: it stays on record")
    return value.strip()


def _lonlat(document: Mapping[str, Any]) -> tuple[float, float] | None:
    lon, lat = _number(document, "lon", -180.0, 180.0), _number(document, "lat", -_MOST_LAT, _MOST_LAT)
    if lon is None and lat is None:
        return None
    if lon is None or lat is None:
        raise ParameterError("lon" if lon is None else "lat", "lon and lat are stated together")
    return lon, lat


def _anchor(document: Mapping[str, Any]) -> tuple[float, float, float] | None:
    value = document.get("anchor")
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 3:
        raise ParameterError("anchor", "a point of the model is three numbers [x, y, z], in metres")
    x, y, z = (_checked("anchor", part, -_MOST_ANCHOR_M, _MOST_ANCHOR_M) for part in value)
    return x, y, z


def _version(document: Mapping[str, Any]) -> int | None:
    value = document.get("version")
    if value is not None and (type(value) is not int or not 0 <= value < 2**63):
        raise ParameterError("version", "this is the version that GET …/placement tells, a whole number")
    return value


def _number(document: Mapping[str, Any], name: str, least: float, most: float) -> float | None:
    value = document.get(name)
    return None if value is None else _checked(name, value, least, most)


def _checked(name: str, value: object, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ParameterError(name, f"this must be a number from {least:g} to {most:g}")
    return float(value)


def _require_near(here: Placement, there: Placement) -> None:
    ends = to_geocentric(np.array([[one.lon, one.lat, 0.0] for one in (here, there)]))
    away = math.dist(*ends)
    if away > MOST_M:
        raise InputError(
            f"that is {away / 1000:,.0f} km from where it stands, and by hand a model is moved by "
            f"{MOST_M / 1000:g} km at most; load its file again with another reference system (--crs) or place (--at)"
        )
    if abs(there.lat) > _MOST_LAT or not _LEAST_HEIGHT_M <= there.height_m <= _MOST_HEIGHT_M:
        raise InputError(
            f"latitude {there.lat:.6f}, height {there.height_m:.2f} m is not on the map: {_MOST_LAT:g} degrees, and "
            f"{_LEAST_HEIGHT_M:g} to {_MOST_HEIGHT_M:g} m at most"
        )


def _wrapped(degrees: float) -> float:
    return 180.0 - (180.0 - degrees) % 360.0
