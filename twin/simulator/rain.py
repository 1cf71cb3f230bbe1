"""Rain in showers: each of them is a hash of the quarter of a day that it begins in."""

import numpy as np
from numpy.typing import NDArray

from twin.simulator.calendar import HOUR_S, month_of_year
from twin.simulator.noise import normal, uniform

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
_SLOT_S = 6 * HOUR_S
_MEAN_HOURS = 2.0
# Of the hours of each month: the share that is wet, and the mean rain of a wet one (mm/h), January to December.
# Counted from three years of hourly observations of Shanghai, 2013-2015.
_WET = np.array([0.079, 0.192, 0.096, 0.115, 0.113, 0.171, 0.085, 0.107, 0.100, 0.082, 0.092, 0.051])
_MEAN_MM_H = np.array([0.60, 0.82, 1.09, 1.33, 1.03, 2.04, 1.83, 2.28, 1.78, 2.20, 0.69, 0.68])
# Spread of the logarithm of a shower's rain.
_SPREAD = 1.2
# The share of its time at which a shower is heaviest, as design storms after Keifer and Chu 1957 commonly have it.
_PEAK = 0.4


def shower_rate(seed: int, times_s: F64) -> F64:
    """Return the rain of showers at times, mm/h."""
    slots = np.floor(times_s / _SLOT_S).astype(np.int64)
    # A shower is over before the slot after the next one begins.
    return _of_slot(seed, slots, times_s) + _of_slot(seed, slots - 1, times_s)


def _of_slot(seed: int, slots: I64, times_s: F64) -> F64:
    """Return the rain of the showers that begin in slots, each at its own time: a triangle."""
    begins = slots.astype(np.float64) * _SLOT_S
    month = month_of_year(begins)
    falls = uniform(seed, "shower", slots) < _WET[month] * _SLOT_S / HOUR_S / _MEAN_HOURS
    hours = np.clip(-_MEAN_HOURS * np.log(uniform(seed, "shower length", slots)), 0.3, 6.0)
    mean = _MEAN_MM_H[month] * np.exp(_SPREAD * normal(seed, "shower rain", slots) - _SPREAD**2 / 2.0)
    share = (times_s - begins - uniform(seed, "shower begin", slots) * _SLOT_S) / (hours * HOUR_S)
    triangle = np.where(share < _PEAK, share / _PEAK, (1.0 - share) / (1.0 - _PEAK))
    rate: F64 = np.where(falls & (share > 0.0) & (share < 1.0), 2.0 * mean * triangle, 0.0)
    return rate
