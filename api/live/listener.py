"""One who watches: what waits for them, the newest of each datastream, however slowly they read."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from api.identity import Headers
from layers.access import Principal
from twin.sensing.live import Watch

Json = dict[str, Any]
Event = tuple[str, Any]
# A listener is told at most once in this time, seconds.
EVERY_S = 1.0
HEARTBEAT_S = 15.0


@dataclass(eq=False)
class Listener:
    """What is watched and by whom, and what they have not been told yet.

    At most one reading waits for each datastream that is watched, so that those who read slowly miss what was between
    and cost no more. ``ended`` says why nothing more will come.
    """

    watch: Watch
    headers: Headers
    principal: Principal
    client: str
    members: frozenset[int] = frozenset()
    alarms: list[Json] | None = None
    # Of which state of the layers the members are; none before they are first looked up.
    version: str | None = None
    # Whether a look at what is watched did not come to its end, so that all of it is to be told.
    untold: bool = False
    ended: str | None = None
    stopping: bool = False
    _readings: dict[int, Json] = field(default_factory=dict)
    _gone: set[int] = field(default_factory=set)
    _others: dict[str, Any] = field(default_factory=dict)
    _something: asyncio.Event = field(default_factory=asyncio.Event)
    _told: float = 0.0
    # What was found first is told of even when it is nothing, and all of it at once.
    _is_first: bool = True
    _looked: bool = False

    def offer(self, readings: list[Json]) -> None:
        """Keep readings until they are taken, each in the place of an older one of its datastream."""
        for reading in readings:
            self._readings[reading["datastream"]] = reading
            self._gone.discard(reading["datastream"])
        self._looked = True
        self._wake(bool(readings) or self._is_first)

    def withdraw(self, numbers: frozenset[int]) -> None:
        """Tell that datastreams are no longer among those that are watched and seen."""
        for number in numbers:
            self._readings.pop(number, None)
        self._gone |= numbers
        self._wake(bool(numbers))

    def tell(self, event: str, content: Any) -> None:
        """Keep an event until it is taken, in the place of an older one of that name."""
        self._others[event] = content
        self._wake(True)

    def end(self, reason: str, *, stopping: bool = False) -> None:
        """End it; what still waits is not told. ``stopping``: it is not for who asks, but for us."""
        self.ended, self.stopping = self.ended or reason, stopping
        self._something.set()

    async def take(self, patience_s: float) -> list[Event]:
        """Return what waits, and wait for something; nothing after ``patience_s`` seconds in which nothing came."""
        try:
            await asyncio.wait_for(self._something.wait(), patience_s)
            if self.ended is None:
                await asyncio.sleep(max(0.0, self._told + EVERY_S - time.monotonic()))
        except TimeoutError:
            return []
        self._told = time.monotonic()
        return self._taken()

    async def told(self, lasting_s: float | None) -> AsyncIterator[list[Event]]:
        """Yield what it is told, and nothing at least every HEARTBEAT_S, until it ends or ``lasting_s`` are over."""
        end = math.inf if lasting_s is None else time.monotonic() + lasting_s
        patience, over = HEARTBEAT_S, False
        while not over:
            events = await self.take(patience)
            yield events
            left = end - time.monotonic()
            over = left <= 0 or any(name == "end" for name, _ in events)
            patience = min(HEARTBEAT_S, left)

    def _taken(self) -> list[Event]:
        self._something.clear()
        if self.ended is not None:
            return [("end", {"reason": self.ended})]
        events: list[Event] = [("gone", sorted(self._gone))] if self._gone else []
        if self._readings or self._is_first:
            events.append(("readings", list(self._readings.values())))
        events += self._others.items()
        self._readings, self._gone, self._others, self._is_first = {}, set(), {}, False
        return events

    def _wake(self, needed: bool) -> None:
        if needed and self._looked:
            self._something.set()
