"""A contest: the contestants run in turn, round after round, so that other load on the machine affects all alike."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from statistics import median

from meter import Meter
from wrk import Speed

# Backends end a moment after their clients; their time counts once the postmaster has reaped them.
_SETTLE_S = 0.5
_FIGURES = ("per_s", "p50_ms", "p99_ms", "bytes_per_answer", "server_ms", "postgres_ms")


@dataclass(frozen=True)
class Contestant:
    """What to run for some seconds, and meters of the processor time that its server and PostgreSQL use meanwhile."""

    run: Callable[[float], Speed]
    server: Meter | None = None
    postgres: Meter | None = None

    def measure(self, seconds: float) -> Speed:
        """Run, and add the processor time of one answer in milliseconds."""
        before = [meter() if meter else 0.0 for meter in (self.server, self.postgres)]
        speed = self.run(seconds)
        time.sleep(_SETTLE_S)
        after = [meter() if meter else 0.0 for meter in (self.server, self.postgres)]
        server, postgres = ((b - a) * 1000 / speed.answers for a, b in zip(before, after, strict=True))
        return replace(
            speed, server_ms=server if self.server else None, postgres_ms=postgres if self.postgres else None
        )


@dataclass(frozen=True)
class Ratio:
    """How many times as fast as another one was: the median over the rounds, the least and the most."""

    median: float
    least: float
    most: float


@dataclass
class Contest:
    """The speeds of each contestant, round by round."""

    title: str
    speeds: dict[str, list[Speed]] = field(default_factory=dict)

    def run(self, contestants: Mapping[str, Contestant], rounds: int, seconds: float) -> None:
        """Warm all contestants up, then run them in turn; every other round in reverse order."""
        for contestant in contestants.values():
            contestant.run(max(2.0, seconds / 4))
        for number in range(rounds):
            order = list(contestants) if number % 2 == 0 else list(reversed(contestants))
            for name in order:
                speed = contestants[name].measure(seconds)
                self.speeds.setdefault(name, []).append(speed)
                print(f"  {self.title}, round {number + 1} of {rounds}: {name} {speed.per_s:,.1f}/s", flush=True)

    def ratio(self, name: str, other: str) -> Ratio:
        """Return how fast ``name`` was as a multiple of ``other`` in the same rounds."""
        pairs = zip(self.speeds[name], self.speeds[other], strict=True)
        ratios = [one.per_s / another.per_s for one, another in pairs]
        return Ratio(median(ratios), min(ratios), max(ratios))

    def middle(self, name: str) -> dict[str, float | None]:
        """Return the medians of all figures of a contestant."""
        columns = {key: [getattr(speed, key) for speed in self.speeds[name]] for key in _FIGURES}
        return {key: None if None in column else median(column) for key, column in columns.items()}
