"""Noise without a state: a value is a hash of seed, name and place in time; any part can be made alone."""

import hashlib
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

F64 = NDArray[np.float64]
U64 = NDArray[np.uint64]


def uniform(seed: int, name: str, index: ArrayLike) -> F64:
    """Return a number in (0, 1) for each whole number of ``index``, all independent."""
    counters = np.asarray(index, dtype=np.int64).astype(np.uint64)
    with np.errstate(over="ignore"):
        mixed = _mixed(counters * np.uint64(0x9E3779B97F4A7C15) + np.uint64(_key(seed, name)))
    unit: F64 = ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
    return unit


def normal(seed: int, name: str, index: ArrayLike) -> F64:
    """Return a standard normal number for each whole number of ``index``."""
    drawn: F64 = ndtri(uniform(seed, name, index))
    return drawn


def smooth(seed: int, name: str, times_s: F64, scale_s: float) -> F64:
    """Return a standard normal process over times, continuous, that forgets itself after ``scale_s`` seconds.

    Between two normal numbers the weights are cosine and sine of one angle, so that the variance is 1 everywhere.
    """
    place = times_s / scale_s
    index = np.floor(place)
    angle = (place - index) * (np.pi / 2.0)
    drawn: F64 = np.cos(angle) * normal(seed, name, index) + np.sin(angle) * normal(seed, name, index + 1)
    return drawn


def _mixed(values: U64) -> U64:
    """Return the finaliser of SplitMix64 (Steele, Lea and Flood 2014) of each value."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


@lru_cache(maxsize=65_536)
def _key(seed: int, name: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest(), "big")
