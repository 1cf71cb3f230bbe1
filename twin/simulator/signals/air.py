"""Air: particles, gases, and how far one sees through it."""

import numpy as np
from numpy.typing import NDArray

from twin.simulator.calendar import DAY_S, HOUR_S, season
from twin.simulator.noise import normal, smooth
from twin.simulator.signals.traffic import rush
from twin.simulator.station import Station
from twin.simulator.weather import Weather

F64 = NDArray[np.float64]
_FARTHEST_M = 30_000.0


def temperature(station: Station, weather: Weather) -> F64:
    """Return the temperature of the air, °C: streets are warmer than fields, by some tenths here."""
    own = 0.3 * float(normal(weather.seed, f"{station.key}/air", 0))
    return np.asarray(weather.air_c + own + 0.1 * _wander(station, weather, "air"))


def humidity(station: Station, weather: Weather) -> F64:
    """Return the relative humidity, %."""
    return np.clip(100.0 * weather.humidity + 1.0 * _wander(station, weather, "humidity"), 5.0, 100.0)


def particles(station: Station, weather: Weather) -> F64:
    """Return PM2.5, µg/m³.

    Counted from hourly values of Shanghai, 2013-2015: means of months from 29 (September) to 93 (December), a spread of
    the logarithm of 0.75, most at nine in the morning and seven in the evening. Rain washes out, wind dilutes.
    """
    own = np.exp(0.08 * float(normal(weather.seed, f"{station.key}/pm", 0)) + 0.05 * _wander(station, weather, "pm"))
    return np.maximum(_of_city(weather) * own, 1.0)


def _of_city(weather: Weather) -> F64:
    monthly = 53.0 - 27.0 * season(weather.times_s, 230.0)
    daily = 1.0 + 0.06 * rush(weather.hour)
    spread = np.exp(0.55 * weather.noise("haze", 1.2 * DAY_S) - 0.15)
    dilution = (np.maximum(weather.wind_ms, 1.0) / 3.2) ** -0.3
    return np.asarray(monthly * daily * spread * dilution * np.exp(-0.08 * weather.rain_before(6 * HOUR_S, HOUR_S)))


def nitrogen_dioxide(station: Station, weather: Weather) -> F64:
    """Return NO₂, µg/m³: of traffic, diluted by wind."""
    dilution = (np.maximum(weather.wind_ms, 1.0) / 3.2) ** -0.5
    level = (22.0 + 26.0 * rush(weather.hour) - 8.0 * season(weather.times_s)) * dilution
    return np.maximum(level * (1.0 + 0.08 * _wander(station, weather, "no2")), 2.0)


def ozone(station: Station, weather: Weather) -> F64:
    """Return O₃, µg/m³: made by the sun, most in the early afternoon of a clear summer's day."""
    # The sun's work is seen two hours later.
    light = np.maximum(np.cos((weather.hour - 14.0) * np.pi / 13.0), 0.0) * (1.0 - 0.7 * weather.cloud)
    made = (75.0 + 45.0 * season(weather.times_s)) * light
    return np.maximum((38.0 + made - 8.0 * rush(weather.hour)) * (1.0 + 0.05 * _wander(station, weather, "o3")), 2.0)


def visibility(station: Station, weather: Weather) -> F64:
    """Return the meteorological optical range, m, by Koschmieder: 3.912 over the extinction.

    Dry particles 3.6 m²/g and coarse ones and air 0.06/km; they swell with moisture. Fog of radiation: droplets grow
    where the dew point is less than half a degree away, under an open sky, in little wind, without sun; extinction
    144.7 W^0.88 per km for W g/m³ (Kunkel 1984). Rain 0.248 R^0.67 per km for R mm/h (Carbonneau, in ITU-R P.1814).
    """
    swollen = (np.maximum(1.0 - weather.humidity, 0.02) / 0.6) ** -0.6
    dry = 3.6e-3 * _of_city(weather) + 0.06
    extinction = dry * swollen + 144.7 * fog_water(weather) ** 0.88 + 0.248 * weather.rain**0.67
    own = 1.0 + 0.04 * _wander(station, weather, "visibility")
    return np.clip(3912.0 / extinction * own, 20.0, _FARTHEST_M)


def fog_water(weather: Weather) -> F64:
    """Return the water of radiation fog, g/m³, 0 to 0.2."""
    near = np.clip(1.0 - weather.depression_c / 0.5, 0.0, 1.0)
    calm = np.clip(1.0 - (weather.wind_ms - 1.5) / 1.5, 0.0, 1.0)
    clear = np.clip((0.8 - weather.cloud) / 0.4, 0.0, 1.0)
    dark = np.clip(1.0 - weather.sun / 0.35, 0.0, 1.0)
    dry = np.exp(-5.0 * weather.rain)
    return np.asarray(0.2 * near * calm * clear * dark * dry)


def _wander(station: Station, weather: Weather, name: str) -> F64:
    return smooth(weather.seed, f"{station.key}/{name}", weather.times_s, HOUR_S / 2)
