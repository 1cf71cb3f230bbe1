"""Simulated sensors speak, batch by batch: for a period as fast as possible, or with the clock."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from twin.simulator.doors import Door, Tally
from twin.simulator.pace import batches, count_of, next_instant
from twin.simulator.readings import Stream, World, readings_of

# So many readings are kept together.
MOST_TOGETHER = 20_000
# How far the work is: what is done, of how many, and what it is.
Report = Callable[[int, int | None, str], None]


@dataclass
class Speech:
    """What streams of a world say through a door; ``tally`` counts what became of it.

    With the clock, nothing is said of an instant at which ``stands_back`` tells that another one speaks.
    """

    streams: Sequence[Stream]
    world: World
    door: Door
    report: Report = lambda done, total, message: None
    tally: Tally = field(default_factory=Tally)
    stands_back: Callable[[], bool] = lambda: False

    def fill(self, start: datetime, end: datetime, every: timedelta) -> None:
        """Send all of a period; each batch is kept as a whole before the next begins."""
        total, done = count_of(start, end, every) * len(self.streams), 0
        for instants in batches(start, end, every, max(MOST_TOGETHER // max(len(self.streams), 1), 1)):
            self.report(done, total, "simulating")
            self._send(instants)
            done += len(instants) * len(self.streams)
        self.report(done, total, "simulating")

    def follow(self, start: datetime, every: timedelta) -> None:
        """Send what is past since ``start``, and then each step when its time has come; it does not end by itself."""
        now = datetime.now(UTC)
        self.fill(start, now, every)
        due = next_instant(max(now, start), every)
        while True:
            time.sleep(max((due - datetime.now(UTC)).total_seconds(), 0.0))
            if not self.stands_back():
                self._send([due])
            self.report(self.tally.new + self.tally.known, None, "following the clock")
            due = next_instant(due, every)

    def _send(self, instants: Sequence[datetime]) -> None:
        self.tally.add(self.door.keep(readings_of(self.streams, instants, self.world)))
