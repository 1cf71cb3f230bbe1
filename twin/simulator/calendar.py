"""Days and hours as people in Shanghai have them, of seconds since 1970 (UTC)."""

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
DAY_S, HOUR_S = 86_400.0, 3_600.0
# China has had one time and no summer time since 1992.
_SHANGHAI_S = 8 * HOUR_S
_YEAR_DAYS = 365.2425


def hour_of_day(times_s: F64) -> F64:
    """Return the hour of the day with its fraction, [0, 24)."""
    hours: F64 = (times_s + _SHANGHAI_S) % DAY_S / HOUR_S
    return hours


def is_workday(times_s: F64) -> NDArray[np.bool_]:
    """Tell which times are of Monday to Friday; holidays are not known."""
    # The first day of 1970 was a Thursday.
    weekday = (np.floor((times_s + _SHANGHAI_S) / DAY_S) + 3) % 7
    return np.asarray(weekday < 5)


def season(times_s: F64, warmest_day: float = 208.0) -> F64:
    """Return 1 on the warmest day of the year (the end of July) and -1 half a year later, as a cosine."""
    day = (times_s / DAY_S) % _YEAR_DAYS
    cosine: F64 = np.cos(2.0 * np.pi * (day - warmest_day) / _YEAR_DAYS)
    return cosine


def month_of_year(times_s: F64) -> NDArray[np.int64]:
    """Return the month, 0 to 11, by twelfths of the year."""
    months: NDArray[np.int64] = ((times_s + _SHANGHAI_S) / DAY_S % _YEAR_DAYS / (_YEAR_DAYS / 12)).astype(np.int64)
    return months


def sun_height(times_s: F64, lat: float = 31.2) -> F64:
    """Return the sine of the sun's height over the horizon, 0 at night.

    Declination by Cooper (1969); the equation of time, a quarter of an hour at most, is left out, and noon is at
    121.5° E.
    """
    day = (times_s / DAY_S) % _YEAR_DAYS + 1.0
    declination = np.radians(23.45) * np.sin(2.0 * np.pi * (284.0 + day) / 365.0)
    angle = 2.0 * np.pi * (hour_of_day(times_s) - 11.9) / 24.0
    phi = np.radians(lat)
    height: F64 = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(angle)
    return np.maximum(height, 0.0)
