"""Anemometers: the wind over open country, brought to a mast by the profile of its ground, with turbulence and gusts.

Profile, turbulence and gusts are those of GB 50009-2012, as in the wind scenario (``twin.scenarios.wind.terrain``), so
that its forcing derives from the masts the wind that they were made from, within the spread of real places.
"""

import math

import numpy as np
from numpy.typing import NDArray

from twin.scenarios.wind.terrain import Terrain
from twin.simulator.noise import normal
from twin.simulator.station import Station
from twin.simulator.weather import Weather

F64 = NDArray[np.float64]
AVERAGING_S = 120.0
"""Means of two minutes, as Chinese stations report them (GB/T 35227-2017)."""

# Variance of a mean of length τ of turbulence with the integral scale T is 2T/τ of all (Lumley and Panofsky 1964).
_KEPT = math.sqrt(2.0 * 10.0 / AVERAGING_S)
# Places differ from the profile: roofs speed up or shelter by some per cent, streets by half, and turn the wind.
_SPREAD = {"mast": (0.04, 4.0), "roof": (0.08, 8.0), "street": (0.30, 30.0)}


def speed(station: Station, weather: Weather) -> F64:
    """Return means of two minutes, m/s."""
    turbulence = _terrain(station).turbulence(station.height_m)
    return np.maximum(_mean(station, weather) * (1.0 + _KEPT * turbulence * _fresh(station, weather, "u")), 0.0)


def gust(station: Station, weather: Weather) -> F64:
    """Return the highest mean of three seconds within the period, m/s."""
    factor = _terrain(station).gust_speed_factor(station.height_m)
    raw = _mean(station, weather) * factor * (1.0 + 0.05 * _fresh(station, weather, "gust"))
    return np.maximum(raw, 1.05 * speed(station, weather))


def direction(station: Station, weather: Weather) -> F64:
    """Return where it blows from, degrees clockwise from north, [0, 360)."""
    turn = _spread(station)[1] * _own(station, weather, "turn")
    # Directions sway by the lateral turbulence, 0.8 of that along the wind.
    sway = np.degrees(0.8 * _KEPT * _terrain(station).turbulence(station.height_m)) * _fresh(station, weather, "v")
    return np.asarray((weather.from_deg + turn + sway) % 360.0)


def _mean(station: Station, weather: Weather) -> F64:
    place = math.exp(_spread(station)[0] * _own(station, weather, "place"))
    return np.asarray(weather.wind_ms * _terrain(station).mean_ratio(station.height_m) * place)


def _terrain(station: Station) -> Terrain:
    return Terrain(station.fact("terrain", "D"))


def _spread(station: Station) -> tuple[float, float]:
    return _SPREAD[station.fact("mount", "roof")]


def _own(station: Station, weather: Weather, name: str) -> float:
    """Return the station's own normal number: it differs from the profile always in the same way."""
    return float(np.clip(normal(weather.seed, f"{station.key}/{name}", 0), -1.5, 1.5))


def _fresh(station: Station, weather: Weather, name: str) -> F64:
    return normal(weather.seed, f"{station.key}/{name}", np.round(weather.times_s))
