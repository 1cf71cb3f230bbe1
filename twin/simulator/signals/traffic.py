"""Streets and car parks: two peaks on working days, one long afternoon at weekends."""

import numpy as np
from numpy.typing import NDArray

from twin.simulator.calendar import HOUR_S, is_workday
from twin.simulator.noise import normal, smooth
from twin.simulator.station import Station
from twin.simulator.weather import Weather

F64 = NDArray[np.float64]
# Vehicles that a lane of a city street with signals passes in an hour at the most: 1,800 by half of green time.
_LANE = 900.0
_FREE_KMH = 50.0


def flow(station: Station, weather: Weather) -> F64:
    """Return vehicles per hour."""
    return np.asarray(np.round(_share(station, weather) * _capacity(station)))


def vehicle_speed(station: Station, weather: Weather) -> F64:
    """Return the mean speed, km/h, by the volume-delay function of the Bureau of Public Roads (1964), 0.15 and 4.

    Rain slows by up to a fifth.
    """
    share = _share(station, weather)
    wet = 1.0 - 0.2 * np.minimum(weather.rain / 10.0, 1.0)
    jitter = 1.0 + 0.04 * _wander(station, weather, "vehicle speed")
    return np.asarray(_FREE_KMH * wet * jitter / (1.0 + 0.15 * (1.25 * share) ** 4))


def occupancy(station: Station, weather: Weather) -> F64:
    """Return the share of the spaces of a car park that is taken, %: offices by day, dwellings by night."""
    hour, workday = weather.hour, is_workday(weather.times_s)
    work = 1.0 / (1.0 + np.exp(-(hour - 8.6) / 0.5)) - 1.0 / (1.0 + np.exp(-(hour - 18.3) / 0.7))
    idle = _bell(hour, 15.0, 3.5)
    taken = {
        "office": np.where(workday, 0.12 + 0.78 * work, 0.10 + 0.20 * idle),
        "shop": np.where(workday, 0.15 + 0.45 * _bell(hour, 19.0, 2.2) + 0.2 * idle, 0.15 + 0.75 * idle),
        "home": np.where(workday, 0.92 - 0.55 * work, 0.90 - 0.30 * idle),
    }[station.fact("use", "office")]
    return np.clip(100.0 * (taken + 0.03 * _wander(station, weather, "occupancy")), 0.0, 100.0)


def free_spaces(station: Station, weather: Weather) -> F64:
    """Return how many spaces are free, whole."""
    spaces = float(station.fact("spaces", 200))
    return np.asarray(np.round(spaces * (1.0 - occupancy(station, weather) / 100.0)))


def rush(hours: F64) -> F64:
    """Return the course of a working day's traffic, 0 to about 1: peaks at eight and at six."""
    day = 0.45 * (_bell(hours, 13.0, 4.5))
    return np.asarray(np.minimum(day + 0.75 * _bell(hours, 8.0, 1.1) + 0.70 * _bell(hours, 18.0, 1.3), 1.0))


def _share(station: Station, weather: Weather) -> F64:
    """Return the flow over the capacity, 0.02 to 1; people stay at home in a storm."""
    hour = weather.hour
    weekend = 0.70 * _bell(hour, 15.0, 4.0)
    usual = 0.05 + 0.85 * np.where(is_workday(weather.times_s), rush(hour), weekend)
    own = np.exp(0.12 * float(normal(weather.seed, f"{station.key}/busy", 0)))
    stormy = 1.0 / (1.0 + np.exp((weather.wind_ms - 17.0) / 2.0))
    share: F64 = usual * own * stormy * (1.0 + 0.08 * _wander(station, weather, "flow"))
    return np.clip(share, 0.01, 1.0)


def _capacity(station: Station) -> float:
    return _LANE * float(station.fact("lanes", 4))


def _bell(hours: F64, middle: float, width: float) -> F64:
    away = (hours - middle + 12.0) % 24.0 - 12.0
    return np.asarray(np.exp(-0.5 * (away / width) ** 2))


def _wander(station: Station, weather: Weather, name: str) -> F64:
    return smooth(weather.seed, f"{station.key}/{name}", weather.times_s, HOUR_S / 3)
