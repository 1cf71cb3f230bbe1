"""Seconds of the same thing done several times: other work on the machine shows in the worst, least in the best."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Seconds:
    """Each time that something took, in order; the first may have had to fetch what the later ones found ready."""

    each: tuple[float, ...]

    @property
    def best(self) -> float:
        """Return the least of all."""
        return min(self.each)

    @property
    def first(self) -> float:
        """Return the first one."""
        return self.each[0]

    @property
    def middle(self) -> float:
        """Return the median."""
        return median(self.each)

    @property
    def worst(self) -> float:
        """Return the most of all."""
        return max(self.each)


def timed(work: Callable[[], object], rounds: int) -> Seconds:
    """Do something ``rounds`` times."""
    return Seconds(tuple(_once(work) for _ in range(rounds)))


def _once(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
