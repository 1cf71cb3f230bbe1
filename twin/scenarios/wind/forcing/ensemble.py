"""Ensembles of a track: errors of position and intensity that grow with lead time."""

import math
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from layers.errors import ParameterError
from twin.scenarios.wind.forcing.reference import to_utc
from twin.scenarios.wind.forcing.sphere import moved
from twin.scenarios.wind.forcing.track import Track, TrackPoint

MOST_MEMBERS = 50
# Mean errors of position of the operational centres of the western North Pacific are about 75, 140, 220 and 375 km
# after 24, 48, 72 and 120 h (verifications of the 2018-2022 seasons); a mean error is 1.25 standard deviations of one
# coordinate. An analysed centre is known to about 15 km, and a maximum wind to 2.5 m/s.
_LEADS_H = (0.0, 24.0, 48.0, 72.0, 120.0)
_POSITION_KM = (10.0, 60.0, 112.0, 176.0, 300.0)
_INTENSITY_MS = (2.5, 4.5, 6.0, 7.5, 9.0)
# Logarithmic spread of the radius of maximum wind about a fitted one.
_RMW_SPREAD = 0.25


@dataclass(frozen=True)
class Ensemble:
    """How many members, the seed they are drawn with, and when the track was forecast.

    Points up to ``issued`` are analysed and have the smallest errors; without it the whole track is.
    """

    members: int = 20
    seed: int = 1
    issued: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse too few or too many members."""
        if not 2 <= self.members <= MOST_MEMBERS:
            raise ParameterError("members", f"{self.members} is not between 2 and {MOST_MEMBERS} members")
        if self.issued is not None:
            object.__setattr__(self, "issued", to_utc(self.issued, "issued"))


@dataclass(frozen=True)
class Member:
    """One track, and the factor of its radius of maximum wind."""

    track: Track
    rmw_scale: float = 1.0


def members_of(track: Track, ensemble: Ensemble) -> list[Member]:
    """Return the members; the same seed gives the same tracks."""
    random = np.random.default_rng(ensemble.seed)
    draws = random.standard_normal((ensemble.members, 4))
    members = []
    for number, (east, north, wind, width) in enumerate(draws, start=1):
        points = tuple(
            _shifted(point, _lead_h(point, ensemble), (float(east), float(north)), float(wind))
            for point in track.points
        )
        name = f"{track.name} #{number}"
        members.append(Member(track.with_points(points, name), math.exp(_RMW_SPREAD * float(width))))
    return members


def position_sigma_km(lead_h: float) -> float:
    """Return the standard error of each coordinate of the centre after a lead time, km."""
    return float(np.interp(lead_h, _LEADS_H, _POSITION_KM))


def intensity_sigma_ms(lead_h: float) -> float:
    """Return the standard error of the maximum wind after a lead time, m/s."""
    return float(np.interp(lead_h, _LEADS_H, _INTENSITY_MS))


def _lead_h(point: TrackPoint, ensemble: Ensemble) -> float:
    if ensemble.issued is None:
        return 0.0
    return max((point.time - ensemble.issued).total_seconds() / 3600.0, 0.0)


def _shifted(point: TrackPoint, lead_h: float, draw: tuple[float, float], wind: float) -> TrackPoint:
    """Return a point shifted by a member's constant draw times its sigma: errors of one forecast are correlated."""
    sigma = position_sigma_km(lead_h)
    lon, lat = moved(point.place, sigma * draw[0], sigma * draw[1])
    if point.vmax_ms is None:
        return replace(point, lon=lon, lat=lat)
    vmax = min(max(point.vmax_ms + wind * intensity_sigma_ms(lead_h), 0.5 * point.vmax_ms), 100.0)
    return replace(point, lon=lon, lat=lat, vmax_ms=vmax)
