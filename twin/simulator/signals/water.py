"""Rain gauges, levels of river and creeks, and sewers under manhole covers."""

import numpy as np
from numpy.typing import NDArray

from twin.simulator.calendar import DAY_S, HOUR_S
from twin.simulator.noise import normal, smooth, uniform
from twin.simulator.signals.traffic import rush
from twin.simulator.station import Station
from twin.simulator.weather import Weather

F64 = NDArray[np.float64]
# Amplitude in metres and period in hours of the main tides at the Huangpu's Bund, which has a mean range of about two
# metres; their phases here are made up.
_TIDES = ((0.90, 12.4206, 1.1), (0.35, 12.0, 2.7), (0.20, 23.9345, 0.4), (0.14, 25.8193, 4.0))
_MEAN_SEA_M = 2.2
_CREEK_M = 2.65
_LEAST_RAIN = 0.1


def rain(station: Station, weather: Weather) -> F64:
    """Return the rain at a gauge, mm/h: showers are not the same everywhere."""
    local = np.exp(0.25 * smooth(weather.seed, f"{station.key}/rain", weather.times_s, HOUR_S / 2))
    fallen = weather.rain * local
    return np.asarray(np.where(fallen < _LEAST_RAIN, 0.0, fallen))


def level(station: Station, weather: Weather) -> F64:
    """Return the level over the datum of Wusong, m: tides and surge of the river, or a creek behind its sluices."""
    ripple = 0.01 * normal(weather.seed, f"{station.key}/level", np.round(weather.times_s))
    still = _river(weather) if station.fact("water", "river") == "river" else _creek(weather)
    return np.asarray(still + ripple)


def _river(weather: Weather) -> F64:
    hours = weather.times_s / HOUR_S
    tide = sum(height * np.cos(2.0 * np.pi * hours / period + phase) for height, period, phase in _TIDES)
    # A centimetre for each hectopascal, and what wind from the east piles up in the mouth of the river.
    onshore = np.maximum(np.sin(np.radians(weather.from_deg)), 0.0)
    surge = 0.01 * (1013.0 - weather.pressure_hpa) + 1.1e-3 * onshore * weather.wind_ms**2
    return np.asarray(_MEAN_SEA_M + tide + np.maximum(surge, -0.2))


def _creek(weather: Weather) -> F64:
    """Return the level of a creek: a millimetre of rain raises it by 4 mm, which pumps take away in half a day."""
    level: F64 = _CREEK_M + 0.004 * weather.rain_before(10 * HOUR_S, HOUR_S / 4) + 0.02 * weather.noise("sluice", DAY_S)
    return level


def sewer_level(station: Station, weather: Weather) -> F64:
    """Return the water under a cover over the bed of the pipe, m; with heavy rain it rises within half an hour.

    ``sewage`` has the course of a day; up to the cover it cannot rise further than the shaft is deep.
    """
    depth = max(-station.height_m, 1.0)
    own = np.exp(0.25 * float(normal(weather.seed, f"{station.key}/sewer", 0)))
    foul = station.fact("water", "rain") == "sewage"
    dry = 0.18 + 0.10 * rush(weather.hour) if foul else np.full(len(weather.times_s), 0.08)
    wet = (0.02 if foul else 0.055) * weather.rain_before(HOUR_S / 2, HOUR_S / 12) * own
    return np.asarray(np.clip(dry * own + wet, 0.0, depth))


def cover_open(station: Station, weather: Weather) -> F64:
    """Return 1 while a cover is open, which happens in one hour of some hundred by day, for work on the pipes."""
    hours = np.floor(weather.times_s / HOUR_S)
    opened = uniform(weather.seed, f"{station.key}/cover", hours) < 0.004
    return np.asarray(np.where(opened & (weather.sun > 0.1), 1.0, 0.0))
