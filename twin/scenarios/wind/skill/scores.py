"""Scores of a model against measurements, with bootstrap intervals.

FAC2, hit rate q (VDI 3783-9: D = 0.25, W = 0.05 of the reference speed), correlation R, fractional bias FB (positive:
the model is too low) and normalised mean square error NMSE (Chang and Hanna 2004).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
RELATIVE, ABSOLUTE = 0.25, 0.05
_RESAMPLES = 1000
_SEED = 20261124  # fixed, so that equal runs print equal tables
NAMES = ("FAC2", "q", "R", "FB", "NMSE")


@dataclass(frozen=True)
class Scores:
    """Five scores of ``n`` pairs; R is NaN where the model or the measurements are constant."""

    n: int
    fac2: float
    q: float
    r: float
    fb: float
    nmse: float

    @property
    def values(self) -> tuple[float, ...]:
        """Return the scores in the order of ``NAMES``."""
        return self.fac2, self.q, self.r, self.fb, self.nmse


def scores(predicted: F64, observed: F64) -> Scores:
    """Return the scores of predictions for observations (n,), both over the reference speed."""
    return Scores(len(observed), *(float(score(predicted, observed)) for score in _SCORES))


def intervals(predicted: F64, observed: F64) -> list[tuple[float, float]]:
    """Return the 95 % bootstrap interval of each score in the order of ``NAMES``; the pairs are resampled."""
    random = np.random.default_rng(_SEED)
    draws = random.integers(0, len(observed), (_RESAMPLES, len(observed)))
    resampled = [[score(predicted[draw], observed[draw]) for score in _SCORES] for draw in draws]
    low, high = np.nanpercentile(np.asarray(resampled), [2.5, 97.5], axis=0)
    return [(float(a), float(b)) for a, b in zip(low, high, strict=True)]


def _fac2(p: F64, o: F64) -> float:
    return float(np.mean((p >= 0.5 * o) & (p <= 2 * o)))


def _hit_rate(p: F64, o: F64) -> float:
    off = np.abs(p - o)
    return float(np.mean((off <= RELATIVE * np.abs(o)) | (off <= ABSOLUTE)))


def _correlation(p: F64, o: F64) -> float:
    if np.ptp(p) < 1e-9 or np.ptp(o) < 1e-9:
        return float("nan")
    return float(np.corrcoef(p, o)[0, 1])


def _bias(p: F64, o: F64) -> float:
    return float(2 * (o.mean() - p.mean()) / (o.mean() + p.mean()))


def _error(p: F64, o: F64) -> float:
    return float(np.mean((o - p) ** 2) / (o.mean() * p.mean()))


_SCORES: tuple[Callable[[F64, F64], float], ...] = (_fac2, _hit_rate, _correlation, _bias, _error)
