"""The radial wind of a tropical cyclone: Holland 1980 and 2010.

Winds are at the surface over open sea, of the averaging period of the maximum wind that is put in; pressures in hPa,
radii in km. Constants as CLIMADA documents them: air density 1.15 kg/m³ and a ratio of 0.9 from gradient to surface
wind; the far exponent of 2010 holds from 300 km on.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.scenarios.wind.forcing.reference import check_range

AIR_DENSITY = 1.15
SURFACE_RATIO = 0.9
ENVIRONMENT_HPA = 1005.0
"""Pressure around cyclones of the western North Pacific."""

_EARTH_RATE = 7.292e-5
_B_RANGE = (1.0, 2.5)
_FAR_KM, _INNER_X, _LEAST_X, _MOST_X = 300.0, 0.5, 0.4, 0.7
# Radius of maximum wind in nautical miles by central pressure in hPa, linear between.
_RMW_PRESSURES, _RMW_MILES = (872.0, 940.0, 980.0, 1021.0), (14.91, 15.73, 25.74, 56.86)
_MILE_KM = 1.852
_RMW_CANDIDATES = np.geomspace(8.0, 160.0, 121)
# Spread of the radius by pressure (log), and of the radii in bulletins (share of the speed there).
_RMW_SPREAD, _RADII_SPREAD = 0.35, 0.15


class Profile(Enum):
    """Which radial profile."""

    H1980 = "Holland 1980"
    H2010 = "Holland 2010"


@dataclass(frozen=True)
class Vortex:
    """A cyclone without its motion: the pressure deficit, the highest symmetric wind, and its radius."""

    delta_hpa: float
    vmax_ms: float
    rmw_km: float
    lat: float
    profile: Profile = Profile.H1980
    far_x: float = _LEAST_X

    def __post_init__(self) -> None:
        """Refuse values that no cyclone has."""
        check_range(self.delta_hpa, "delta_hpa", (0.1, 180.0), "hPa")
        check_range(self.vmax_ms, "vmax_ms", (0.0, 110.0), "m/s")
        check_range(self.rmw_km, "rmw_km", (2.0, 400.0), "km")
        check_range(self.lat, "lat", (-90.0, 90.0), "degrees of latitude")

    @property
    def b(self) -> float:
        """Return Holland's B by the maximum wind and the deficit, from 1 to 2.5."""
        gradient = self.vmax_ms / SURFACE_RATIO if self.profile is Profile.H1980 else self.vmax_ms
        raw = gradient**2 * math.e * AIR_DENSITY / (100.0 * self.delta_hpa)
        return min(max(raw, _B_RANGE[0]), _B_RANGE[1])

    def speed_ms(self, radius_km: ArrayLike) -> NDArray[np.float64]:
        """Return the surface wind at radii, m/s; calm at the centre."""
        radius = np.maximum(np.asarray(radius_km, dtype=np.float64), 1e-3)
        return self._gradient(radius) * SURFACE_RATIO if self.profile is Profile.H1980 else self._surface(radius)

    def _gradient(self, radius: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the gradient wind of Holland 1980, Mon Weather Rev 108, equation 5."""
        b, half = self.b, coriolis(self.lat) * radius * 1000.0 / 2.0
        ratio = np.minimum((self.rmw_km / radius) ** b, 700.0)
        drive = b / AIR_DENSITY * ratio * 100.0 * self.delta_hpa * np.exp(-ratio)
        return np.sqrt(drive + half**2) - half

    def _surface(self, radius: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the surface wind of Holland, Belanger and Fritz 2010, Mon Weather Rev 138, equation 10."""
        ratio = np.minimum((self.rmw_km / radius) ** self.b, 600.0)
        outward = (radius - self.rmw_km) / max(_FAR_KM - self.rmw_km, 1.0)
        x = _INNER_X + np.clip(outward, 0.0, 1.0) * (self.far_x - _INNER_X)
        return self.vmax_ms * (ratio * np.exp(1.0 - ratio)) ** x


def coriolis(lat: float) -> float:
    """Return the Coriolis parameter without its sign, 1/s."""
    return 2.0 * _EARTH_RATE * abs(math.sin(math.radians(lat)))


def rmw_by_pressure(pmin_hpa: float) -> float:
    """Return the radius of maximum wind that goes with a central pressure, km."""
    return float(np.interp(pmin_hpa, _RMW_PRESSURES, _RMW_MILES)) * _MILE_KM


def b_of_2008(delta_hpa: float, tendency: float, lat: float, motion_ms: float) -> float:
    """Return the surface b of Holland 2008, Mon Weather Rev 136.

    Takes the deficit in hPa, the change of the central pressure in hPa/h, the latitude, and the centre's speed in m/s.
    """
    x = 0.6 * (1.0 - delta_hpa / 215.0)
    b = (
        -4.4e-5 * delta_hpa**2
        + 0.01 * delta_hpa
        + 0.03 * tendency
        - 0.014 * abs(lat)
        + 0.15 * math.pow(motion_ms, x)
        + 1.0
    )
    return min(max(b, _B_RANGE[0]), _B_RANGE[1])


def vmax_by_pressure(delta_hpa: float, b: float) -> float:
    """Return the maximum surface wind that goes with a deficit and a surface b, m/s."""
    return math.sqrt(b * 100.0 * delta_hpa / (AIR_DENSITY * math.e))


def delta_by_vmax(vmax_ms: float, b: float = 1.5) -> float:
    """Return the deficit that goes with a maximum surface wind, hPa, at least 1."""
    return max(vmax_ms**2 * AIR_DENSITY * math.e / (100.0 * b), 1.0)


def fit_rmw(vortex: Vortex, radii: Sequence[tuple[float, float]], expected_km: float) -> Vortex:
    """Return the vortex with the radius of maximum wind that fits ``(speed m/s, radius km)`` best.

    The radius that goes with the pressure is a prior with a spread of 35 %; radii of winds near or above the maximum
    are ignored. In Holland 2010 the far exponent follows from the outermost radius.
    """
    usable = [(speed, radius) for speed, radius in radii if 0.0 < speed < 0.95 * vortex.vmax_ms and radius > 0.0]
    best, lowest = replace(vortex, rmw_km=expected_km), math.inf
    for rmw in _RMW_CANDIDATES if usable else ():
        candidate = _with_far_wind(replace(vortex, rmw_km=float(rmw)), usable)
        modelled = candidate.speed_ms([radius for _, radius in usable])
        misses = [
            (speed_there / speed - 1.0) / _RADII_SPREAD
            for speed_there, (speed, _) in zip(modelled, usable, strict=True)
        ]
        cost = (math.log(rmw / expected_km) / _RMW_SPREAD) ** 2 + sum(miss * miss for miss in misses)
        if cost < lowest:
            best, lowest = candidate, cost
    return best


def _with_far_wind(vortex: Vortex, radii: Sequence[tuple[float, float]]) -> Vortex:
    """Return the vortex whose exponent at 300 km gives the outermost known wind, from 0.4 to 0.7."""
    speed, radius = max(radii, key=lambda pair: pair[1])
    if vortex.profile is not Profile.H2010 or radius <= 1.5 * vortex.rmw_km:
        return vortex
    ratio = (vortex.rmw_km / radius) ** vortex.b
    exponent = math.log(speed / vortex.vmax_ms) / math.log(ratio * math.exp(1.0 - ratio))
    outward = min((radius - vortex.rmw_km) / max(_FAR_KM - vortex.rmw_km, 1.0), 1.0)
    return replace(vortex, far_x=min(max(_INNER_X + (exponent - _INNER_X) / outward, _LEAST_X), _MOST_X))


def inflow_deg(radius_km: float, rmw_km: float) -> float:
    """Return the inflow angle of the surface wind: at most 10° inside, 25° well outside (Sobey et al. 1977)."""
    share = radius_km / rmw_km
    if share < 1.0:
        return 10.0 * share
    return min(10.0 + 75.0 * (share - 1.0), 25.0)


def decayed_vmax(landfall_ms: float, hours: float) -> float:
    """Return the maximum one-minute wind some hours after landfall, m/s (Kaplan and DeMaria 1995, J Appl Met 34).

    V = Vb + (R V0 - Vb) exp(-α t), R = 0.9, Vb = 26.7 kt, α = 0.095 1/h; a wind below Vb does not grow.
    """
    background, reduction, rate = 26.7 * 0.514444, 0.9, 0.095
    if hours <= 0.0:
        return landfall_ms
    start = reduction * landfall_ms
    return min(start, background + (start - background) * math.exp(-rate * hours))
