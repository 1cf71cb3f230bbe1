"""Seconds of repeated runs: other load on the machine affects the worst most and the best least."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Seconds:
    """The duration of each run, in order; the first may include warming up of caches."""

    each: tuple[float, ...]

    @property
    def best(self) -> float:
        """Return the shortest."""
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
        """Return the longest."""
        return max(self.each)


def timed(work: Callable[[], object], rounds: int) -> Seconds:
    """Run and time something ``rounds`` times."""
    return Seconds(tuple(_once(work) for _ in range(rounds)))


def _once(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
