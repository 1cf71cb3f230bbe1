"""A typhoon that passes: wind, rain and pressure at the district while its track lasts.

Wind is that of the wind scenario's own forcing (Holland's profile, ``twin.scenarios.wind.forcing.storm``).
"""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twin.scenarios.wind.forcing import averaging
from twin.scenarios.wind.forcing.averaging import Exposure
from twin.scenarios.wind.forcing.reference import components
from twin.scenarios.wind.forcing.sphere import Place
from twin.scenarios.wind.forcing.storm import SEA_TO_OPEN, StormModel, marine_wind
from twin.scenarios.wind.forcing.track import Track

F64 = NDArray[np.float64]
# Between these instants wind and rain are interpolated, seconds.
_STEP_S = 600
_KNOT_MS, _INCH_MM = 0.514444, 25.4


@dataclass(frozen=True)
class AtSite:
    """What a typhoon brings at an instant: wind east and north over open country (m/s), rain (mm/h), deficit (hPa)."""

    east: float = 0.0
    north: float = 0.0
    rain: float = 0.0
    deficit: float = 0.0


class Storm:
    """A track over a site; outside its time it brings nothing."""

    def __init__(self, track: Track, site: Place) -> None:
        """Take a track and the place (longitude, latitude) at which it is felt."""
        self.track, self.site = track, site
        self._known: dict[int, AtSite] = {}

    @cached_property
    def peak(self) -> datetime:
        """Return when the wind at the site is strongest, to ten minutes."""
        begins, ends = (math.ceil(each.timestamp() / _STEP_S) for each in (self.track.begins, self.track.ends))
        strongest = max(range(begins, ends + 1), key=lambda step: math.hypot(self._at(step).east, self._at(step).north))
        return datetime.fromtimestamp(strongest * _STEP_S, UTC)

    def with_peak_at(self, instant: datetime) -> "Storm":
        """Return the same typhoon at another time: its wind at the site is strongest at ``instant``."""
        return Storm(moved(self.track, instant - self.peak), self.site)

    def at(self, times_s: F64) -> tuple[F64, F64, F64, F64]:
        """Return east, north (m/s, over open country), rain (mm/h) and deficit (hPa) at times, each (n,)."""
        steps = np.floor(times_s / _STEP_S).astype(np.int64)
        share = times_s / _STEP_S - steps
        corners, places = np.unique(np.concatenate([steps, steps + 1]), return_inverse=True)
        values = np.array([[at.east, at.north, at.rain, at.deficit] for at in map(self._at, corners.tolist())])
        first, second = values[places[: len(steps)]].T, values[places[len(steps) :]].T
        east, north, rain, deficit = first + share * (second - first)
        return east, north, rain, deficit

    def _at(self, step: int) -> AtSite:
        if step not in self._known:
            self._known[step] = self._found(datetime.fromtimestamp(step * _STEP_S, UTC))
        return self._known[step]

    def _found(self, instant: datetime) -> AtSite:
        if not self.track.begins <= instant <= self.track.ends:
            return AtSite()
        wind = marine_wind(self.track, self.site, instant, StormModel())
        east, north = components(wind.speed_ms * SEA_TO_OPEN, wind.from_deg)
        vortex, radius = wind.vortex, max(wind.distance_km, 0.1)
        strongest = self.track.at(instant).vmax_ms or vortex.vmax_ms
        minute = averaging.convert(strongest, self.track.averaging_s, 60.0, Exposure.AT_SEA)
        deficit = vortex.delta_hpa * (1.0 - math.exp(-min((vortex.rmw_km / radius) ** vortex.b, 700.0)))
        return AtSite(east, north, rain_rate(minute, radius), deficit)


def rain_rate(vmax_ms: float, radius_km: float) -> float:
    """Return the mean rain of a typhoon at a distance from its centre, mm/h, by its highest one-minute wind.

    R-CLIPER: Tuleya, DeMaria and Kuligowski 2007, Wea. Forecasting 22, after satellite rain of 1998-2000 (Lonfat, Marks
    and Chen 2004); linear to the radius of most rain, exponential outside.
    """
    u = 1.0 + (vmax_ms / _KNOT_MS - 35.0) / 33.0
    centre, most = max(-1.10 + 3.96 * u, 0.0), max(-1.60 + 4.80 * u, 0.0)
    radius_most, fall = max(64.5 - 13.0 * u, 5.0), max(150.0 - 16.0 * u, 20.0)
    if radius_km < radius_most:
        inches_a_day = centre + (most - centre) * radius_km / radius_most
    else:
        inches_a_day = most * math.exp(-(radius_km - radius_most) / fall)
    return inches_a_day * _INCH_MM / 24.0


def moved(track: Track, by: timedelta) -> Track:
    """Return a track that happens so much later."""
    return track.with_points(tuple(replace(point, time=point.time + by) for point in track.points))
