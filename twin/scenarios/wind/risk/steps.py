"""Time steps of a storm, and the worst over them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

MODEL_ERROR = 0.20
"""Standard error of a modelled local gust beside that of the reference wind, as a share of it: judgement."""

Floats = NDArray[np.float64]


class Wind(Protocol):
    """What the risk model needs of a reference wind."""

    @property
    def time(self) -> datetime:
        """Return when it blows, aware."""
        ...

    @property
    def speed_ms(self) -> float:
        """Return its mean speed."""
        ...

    @property
    def from_deg(self) -> float:
        """Return where it blows from, degrees clockwise from north."""
        ...

    @property
    def sigma_ms(self) -> float:
        """Return the standard uncertainty of its speed."""
        ...


@dataclass(frozen=True)
class Worst:
    """The worst value of each of n things over the steps of a storm, and its step."""

    values: Floats  # (n,)
    step: NDArray[np.int64]  # (n,) index into ``winds``
    winds: Sequence[Wind]

    def times(self) -> list[datetime]:
        """Return when it is worst at each thing."""
        at = [wind.time for wind in self.winds]
        return [at[step] for step in self.step.tolist()]

    def from_deg(self) -> Floats:
        """Return where the wind blows from when it is worst at each thing."""
        return np.array([wind.from_deg for wind in self.winds], dtype=np.float64)[self.step]

    def gust_error(self) -> Floats:
        """Return the standard uncertainty of a gust at each thing, as a share of it: wind and model together."""
        shares = [wind.sigma_ms / wind.speed_ms if wind.speed_ms > 0.0 else 0.0 for wind in self.winds]
        return np.hypot(np.array(shares, dtype=np.float64), MODEL_ERROR)[self.step]


def worst_over_steps(series: Iterable[ArrayLike], winds: Sequence[Wind]) -> Worst:
    """Return the largest value of each thing over a series of (n,) arrays, one for each wind.

    The series may be a generator, so that only one step is in memory. Of equal values the first counts; NaN counts
    only where there is nothing else.
    """
    return worst_together((np.asarray(row, np.float64)[None, :] for row in series), winds)[0]


def worst_together(series: Iterable[Floats], winds: Sequence[Wind]) -> tuple[Worst, Floats]:
    """Return the largest first row of a series of (k, n) arrays, and all k rows as they are at that step.

    The other rows are those of the same step, such as the gust at a cell when its demand was worst.
    """
    rows, step = None, np.empty(0, dtype=np.int64)
    for number, table in enumerate(series):
        if rows is None:
            rows, step = np.array(table, dtype=np.float64), np.zeros(table.shape[1], dtype=np.int64)
            continue
        worse = (table[0] > rows[0]) | (np.isnan(rows[0]) & ~np.isnan(table[0]))
        rows[:, worse], step[worse] = table[:, worse], number
    if rows is None:
        raise ValueError("the series has no steps")
    return Worst(rows[0], step, winds), rows
