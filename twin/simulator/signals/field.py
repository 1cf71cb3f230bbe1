"""Stations on fields: soil, sunlight and leaves."""

import math

import numpy as np
from numpy.typing import NDArray

from twin.simulator.calendar import DAY_S, HOUR_S, season
from twin.simulator.noise import normal, smooth
from twin.simulator.station import Station
from twin.simulator.weather import Weather, daily_course

F64 = NDArray[np.float64]
_DEPTH_M = 0.2
# Depth at which the daily wave has fallen to 1/e in moist soil of a diffusivity of 5e-7 m²/s: sqrt(2 κ / ω).
_DAMPING_M = math.sqrt(2.0 * 5e-7 / (2.0 * math.pi / DAY_S))
_SOLAR_WM2 = 1098.0


def soil_moisture(station: Station, weather: Weather) -> F64:
    """Return the water of the soil at 20 cm by volume, %: between wilting and saturation, by the rain of weeks."""
    own = 1.5 * float(normal(weather.seed, f"{station.key}/soil", 0))
    kept = weather.rain_before(9 * DAY_S, HOUR_S)
    filled = 1.0 - np.exp(-kept / 55.0)
    return np.asarray(14.0 + 26.0 * filled + own + 0.05 * _wander(station, weather, "soil"))


def soil_temperature(station: Station, weather: Weather) -> F64:
    """Return the temperature of the soil at 20 cm, °C: the daily wave arrives damped and hours late."""
    damped = math.exp(-_DEPTH_M / _DAMPING_M)
    late_h = _DEPTH_M / _DAMPING_M * 24.0 / (2.0 * math.pi)
    yearly = 17.9 + 10.0 * season(weather.times_s, 214.0) + 1.2 * weather.noise("warmth", 3.0 * DAY_S)
    return np.asarray(yearly + 3.0 * damped * daily_course((weather.hour - late_h) % 24.0))


def radiation(station: Station, weather: Weather) -> F64:
    """Return the sun's light on level ground, W/m²: clear sky by Haurwitz 1945, clouds by Kasten and Czeplak 1980."""
    height = weather.sun
    clear = _SOLAR_WM2 * height * np.exp(-0.057 / np.maximum(height, 1e-3))
    flicker = 1.0 + 0.1 * weather.cloud * _wander(station, weather, "light")
    return np.maximum(clear * (1.0 - 0.75 * weather.cloud**3.4) * flicker, 0.0)


def leaf_wetness(station: Station, weather: Weather) -> F64:
    """Return the share of a leaf that is wet, %: by rain, and by dew where the air is near its dew point."""
    dew = np.clip((1.2 - weather.depression_c) / 1.2, 0.0, 1.0)
    rain = 1.0 - np.exp(-2.0 * weather.rain_before(2 * HOUR_S, HOUR_S / 4))
    return np.clip(100.0 * np.maximum(dew, rain) + 2.0 * _wander(station, weather, "leaf"), 0.0, 100.0)


def _wander(station: Station, weather: Weather, name: str) -> F64:
    return smooth(weather.seed, f"{station.key}/{name}", weather.times_s, HOUR_S)
