"""Tracks of tropical cyclones: centre, intensity and wind radii by time."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from layers.errors import InputError, ParameterError
from twin.scenarios.wind.forcing.reference import check_place, check_range, to_utc
from twin.scenarios.wind.forcing.sphere import Place, along, distance_km

KNOT_MS = 0.514444
MILE_KM = 1.852
# Radii that bulletins leave out for a while, as they do near land, are taken from the last one that had them.
_KEPT = timedelta(hours=6)
# No centre moves faster; the slack allows for positions rounded to a tenth of a degree.
_FASTEST_KMH, _SLACK_KM = 150.0, 25.0
# Positions in tenths of a degree make hourly differences noisy by 3 m/s, so motion is taken over six hours.
_MOTION = timedelta(hours=3)


@dataclass(frozen=True)
class Radii:
    """How far a wind reaches in the quadrants north-east, south-east, south-west and north-west, km.

    ``speed_ms`` is a mean of the track's own averaging period; a quadrant that it does not reach has 0.
    """

    speed_ms: float
    quadrants_km: tuple[float, float, float, float]

    @property
    def mean_km(self) -> float:
        """Return the mean of the quadrants that the wind reaches, or 0."""
        reached = [radius for radius in self.quadrants_km if radius > 0.0]
        return sum(reached) / len(reached) if reached else 0.0


@dataclass(frozen=True)
class TrackPoint:
    """The cyclone at a time (aware, UTC): centre in degrees, pressure in hPa, maximum wind in m/s.

    ``rmw_km`` is the radius of maximum wind and ``env_hpa`` the pressure around, where the source gives them.
    """

    time: datetime
    lon: float
    lat: float
    pmin_hpa: float | None = None
    vmax_ms: float | None = None
    radii: tuple[Radii, ...] = ()
    rmw_km: float | None = None
    env_hpa: float | None = None

    def __post_init__(self) -> None:
        """Refuse values that no cyclone has."""
        object.__setattr__(self, "time", to_utc(self.time, "time"))
        check_place(self.lon, self.lat)
        if self.pmin_hpa is not None:
            check_range(self.pmin_hpa, "pmin_hpa", (850.0, 1050.0), "hPa")
        if self.vmax_ms is not None:
            check_range(self.vmax_ms, "vmax_ms", (0.0, 110.0), "m/s")
        if self.rmw_km is not None:
            check_range(self.rmw_km, "rmw_km", (2.0, 400.0), "km")
        if self.env_hpa is not None:
            check_range(self.env_hpa, "env_hpa", (950.0, 1050.0), "hPa")
        for radii in self.radii:
            for radius in radii.quadrants_km:
                check_range(radius, "radii", (0.0, 2000.0), "km")

    @property
    def place(self) -> Place:
        """Return longitude and latitude of the centre."""
        return self.lon, self.lat


@dataclass(frozen=True)
class Track:
    """A named track; ``averaging_s`` is the averaging period of its winds (CMA 120, JTWC 60, JMA 600).

    ``name_en`` is the English name where it differs.
    """

    name: str
    points: tuple[TrackPoint, ...]
    averaging_s: float
    agency: str = ""
    name_en: str = ""

    def __post_init__(self) -> None:
        """Refuse tracks that are too short, out of order, or have jumps."""
        if len(self.points) < 2:
            raise InputError(f"the track of {self.name} has {len(self.points)} points; it needs at least two")
        check_range(self.averaging_s, "averaging_s", (3.0, 3600.0), "s")
        for place, (first, second) in enumerate(zip(self.points, self.points[1:], strict=False), start=1):
            _check_step(self.name, place, first, second)

    @property
    def begins(self) -> datetime:
        """Return the time of the first point."""
        return self.points[0].time

    @property
    def ends(self) -> datetime:
        """Return the time of the last point."""
        return self.points[-1].time

    def at(self, time: datetime) -> TrackPoint:
        """Return the cyclone at a time within the track, interpolated on the great circle."""
        instant = to_utc(time, "time")
        if not self.begins <= instant <= self.ends:
            raise ParameterError(
                "time",
                f"{instant.isoformat()} is outside the track of {self.name}, "
                f"{self.begins.isoformat()} to {self.ends.isoformat()}",
            )
        after = min(bisect_right(self.points, instant, key=lambda point: point.time), len(self.points) - 1)
        first, second = self.points[after - 1], self.points[after]
        share = (instant - first.time) / (second.time - first.time)
        lon, lat = along(first.place, second.place, share)
        return TrackPoint(
            instant,
            lon,
            lat,
            pmin_hpa=_interpolated(first.pmin_hpa, second.pmin_hpa, share),
            vmax_ms=_interpolated(first.vmax_ms, second.vmax_ms, share),
            radii=self._radii(after, share, instant),
            rmw_km=_interpolated(first.rmw_km, second.rmw_km, share),
            env_hpa=_interpolated(first.env_hpa, second.env_hpa, share),
        )

    def motion_ms(self, time: datetime) -> tuple[float, float]:
        """Return the speeds east and north of the centre around a time, m/s, over up to six hours."""
        first = self.at(max(time - _MOTION, self.begins))
        second = self.at(min(time + _MOTION, self.ends))
        seconds = (second.time - first.time).total_seconds()
        middle = (first.lat + second.lat) / 2.0
        east = distance_km((first.lon, middle), (second.lon, middle))
        east = -east if (second.lon - first.lon + 540.0) % 360.0 < 180.0 else east
        north = distance_km((0.0, first.lat), (0.0, second.lat))
        north = -north if second.lat < first.lat else north
        return 1000.0 * east / seconds, 1000.0 * north / seconds

    def pressure_tendency(self, time: datetime) -> float:
        """Return the change of the central pressure around a time, hPa per hour; 0 where it is not known."""
        first = self.at(max(time - _MOTION, self.begins))
        second = self.at(min(time + _MOTION, self.ends))
        if first.pmin_hpa is None or second.pmin_hpa is None:
            return 0.0
        return (second.pmin_hpa - first.pmin_hpa) / ((second.time - first.time).total_seconds() / 3600.0)

    def with_points(self, points: tuple[TrackPoint, ...], name: str | None = None) -> "Track":
        """Return the same track with other points."""
        return replace(self, points=points, name=name or self.name)

    def json(self) -> dict[str, Any]:
        """Return the track as a GeoJSON feature: its line, and times, winds and pressures of the points."""
        return {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [[point.lon, point.lat] for point in self.points]},
            "properties": {
                "name": self.name,
                "agency": self.agency,
                "averaging_s": self.averaging_s,
                "times": [point.time.isoformat() for point in self.points],
                "vmax_ms": [point.vmax_ms for point in self.points],
                "pmin_hpa": [point.pmin_hpa for point in self.points],
            },
        }

    def _radii(self, after: int, share: float, instant: datetime) -> tuple[Radii, ...]:
        """Return the radii between two points, or those of the last point that had any, for some hours."""
        first, second = self.points[after - 1], self.points[after]
        if share >= 1.0 and second.radii:
            return second.radii
        later = {radii.speed_ms: radii for radii in second.radii}
        both = tuple(_mix(radii, later[radii.speed_ms], share) for radii in first.radii if radii.speed_ms in later)
        if both or first.radii:
            return both or first.radii
        with_radii = (point for point in reversed(self.points[:after]) if point.radii)
        latest = next(with_radii, None)
        return latest.radii if latest and instant - latest.time <= _KEPT else ()


def _check_step(name: str, place: int, first: TrackPoint, second: TrackPoint) -> None:
    """Refuse a step back in time, and one that is too fast for a cyclone; ``place`` counts points from 0."""
    hours = (second.time - first.time).total_seconds() / 3600.0
    if hours <= 0.0:
        raise ParameterError(
            f"points[{place}].time",
            f"{second.time.isoformat()} is not after {first.time.isoformat()}; sort the points of {name} by time",
        )
    way = distance_km(first.place, second.place)
    if way > _FASTEST_KMH * hours + _SLACK_KM:
        raise ParameterError(
            f"points[{place}]", f"{way:.0f} km in {hours:.1f} h is too fast for a cyclone (track of {name})"
        )


def _interpolated(first: float | None, second: float | None, share: float) -> float | None:
    """Return the interpolated value, or the one that is known."""
    if first is None or second is None:
        return second if first is None else first
    return first + share * (second - first)


def _mix(first: Radii, second: Radii, share: float) -> Radii:
    """Return interpolated radii; a quadrant that is reached at one end only keeps that value."""
    pairs = zip(first.quadrants_km, second.quadrants_km, strict=True)
    ne, se, sw, nw = (a + share * (b - a) if a > 0.0 and b > 0.0 else max(a, b) for a, b in pairs)
    return Radii(first.speed_ms, (ne, se, sw, nw))
