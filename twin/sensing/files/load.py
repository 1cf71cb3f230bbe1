"""The load of a file of observations: whole batches, each in a transaction of its own, so that it may be run again."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from layers.access import Principal, audit_statement
from layers.ops.jobs import Progress
from layers.store import Database
from twin.sensing.files.formats import format_of
from twin.sensing.files.mapping import Mapping
from twin.sensing.files.series import Contents, Line, Value
from twin.sensing.files.streams import Streams
from twin.sensing.files.summary import Summary, Tally
from twin.sensing.ingest import Outcome, differing, ingest
from twin.sensing.observation_id import FIRST_YEAR, LAST_YEAR
from twin.sensing.reading import Reading

BATCH = 20_000
Placed = tuple[str, Value]


@dataclass(frozen=True)
class Options:
    """How a file is read, and who loads it."""

    principal: Principal
    mapping: Mapping


def preview_observations(path: Path, options: Options) -> Contents:
    """Return what would be taken of a file as what. Raises SourceError."""
    return format_of(path).open(path, options.mapping).contents


def load_observations(database: Database, path: Path, options: Options, progress: Progress) -> Summary:
    """Load a file; what cannot be kept is counted with its reason, and stops nothing.

    Raises SourceError for a file that cannot be read on, and Conflict where datastreams are there with other units;
    what was read before is kept.
    """
    began = time.monotonic()
    opened = format_of(path).open(path, options.mapping)
    load = _Load(database, opened.contents, options)
    for done, line in opened.lines():
        load.take(line)
        if len(load.waiting) >= BATCH:
            load.keep()
            progress.report(done, opened.contents.size, f"observations of {path.name}")
    load.keep()
    load.record(path.name)
    return Summary(opened.contents, load.tally, load.streams.numbers, load.streams.made, time.monotonic() - began)


class _Load:
    """Values on their way to the database, and the count of what became of them."""

    def __init__(self, database: Database, contents: Contents, options: Options) -> None:
        self._database, self._principal = database, options.principal
        self.streams = Streams(contents, options.principal)
        self.tally = Tally()
        self.waiting: list[Placed] = []

    def take(self, line: Line) -> None:
        """Count a line, and let its values wait."""
        tally = self.tally
        tally.lines += 1
        tally.missing += line.missing
        tally.read += line.missing + len(line.values) + sum(fault.count for fault in line.faults)
        for fault in line.faults:
            tally.refuse(line.place, fault.why, fault.reason, fault.count)
        self.waiting.extend((line.place, value) for value in line.values)

    def keep(self) -> None:
        """Keep what waits."""
        if not self.waiting:
            return
        with self._database.writer.begin() as connection:
            self.streams.prepare(connection, _first(self.waiting))
            readings = [_reading(value, self.streams.numbers) for _, value in self.waiting]
            outcome = ingest(connection, readings)
            other = differing(connection, readings, outcome)
        self._count(readings, outcome, other)
        self.waiting.clear()

    def _count(self, readings: Sequence[Reading], outcome: Outcome, other: dict[int, Any]) -> None:
        self.tally.kept += outcome.new
        self.tally.known += len(outcome.known)
        for refusal in outcome.refused:
            self.tally.refuse(self._place(refusal.place), refusal.why, refusal.reason)
        for at, there in other.items():
            told = f"{readings[at].result!r} was read, and {there!r} is there, which stays"
            self.tally.differ(self._place(at), told)

    def _place(self, at: int) -> str:
        place, value = self.waiting[at]
        return f"{place}, {value.key}"

    def record(self, name: str) -> None:
        """Record the load in the audit trail."""
        detail = {"what": "load observations", "file": name, "kept": self.tally.kept}
        with self._database.writer.begin() as connection:
            connection.execute(audit_statement(self._principal, "write", "sensing", allowed=True, detail=detail))


def _first(waiting: Sequence[Placed]) -> datetime:
    """Return the earliest of the times that can be kept, or this instant where there is none."""
    now = datetime.now(UTC)
    times = (value.time for _, value in waiting if FIRST_YEAR < value.time.year <= LAST_YEAR)
    return min((time for time in times if time <= now), default=now)


def _reading(value: Value, numbers: dict[str, int]) -> Reading:
    stream = value.key if isinstance(value.key, int) else numbers[value.key]
    return Reading(stream, value.time, value.value, value.sequence, value.end, quality=value.quality)
