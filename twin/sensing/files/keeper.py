"""Values on their way to the database, batch by batch, and the count of what became of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from layers.access import Decision
from layers.store import Database
from twin.sensing.files.series import Line, Value
from twin.sensing.files.streams import Streams
from twin.sensing.files.summary import Tally
from twin.sensing.ingest import Outcome, ingest
from twin.sensing.observation_id import FIRST_YEAR, LAST_YEAR
from twin.sensing.reading import Reading

Placed = tuple[str, Value]


class Keeper:
    """Keeps what it takes in whole batches; with a ``decision``, only of datastreams that it shows.

    ``streams`` are those of a file, which are made with its first batch; others are named by their numbers.
    """

    def __init__(self, database: Database, decision: Decision | None = None, streams: Streams | None = None) -> None:
        """Begin with nothing."""
        self._database, self._decision, self._streams = database, decision, streams
        self._waiting: list[Placed] = []
        self.tally = Tally()

    def __len__(self) -> int:
        """Return how many values wait."""
        return len(self._waiting)

    def take(self, line: Line) -> None:
        """Count a line, and let its values wait."""
        tally = self.tally
        tally.lines += 1
        tally.missing += line.missing
        tally.read += line.missing + len(line.values) + sum(fault.count for fault in line.faults)
        for fault in line.faults:
            tally.refuse(line.place, fault.why, fault.reason, fault.count)
        self._waiting.extend((line.place, value) for value in line.values)

    def keep(self) -> None:
        """Keep what waits, in one transaction."""
        if not self._waiting:
            return
        with self._database.writer.begin() as connection:
            if self._streams is not None:
                self._streams.prepare(connection, _first(self._waiting))
            numbers = {} if self._streams is None else self._streams.numbers
            readings = [_reading(value, numbers) for _, value in self._waiting]
            outcome = ingest(connection, readings, self._decision)
        self._count(outcome)
        self._waiting.clear()

    def _count(self, outcome: Outcome) -> None:
        self.tally.kept += outcome.new
        self.tally.known += len(outcome.known)
        for refusal in outcome.refused:
            self.tally.refuse(self._place(refusal.place), refusal.why, refusal.reason)

    def _place(self, at: int) -> str:
        place, value = self._waiting[at]
        return place if isinstance(value.key, int) else f"{place}, {value.key}"


def _first(waiting: Sequence[Placed]) -> datetime:
    """Return the earliest of the times that can be kept, or this instant where there is none."""
    now = datetime.now(UTC)
    times = (value.time for _, value in waiting if FIRST_YEAR < value.time.year <= LAST_YEAR)
    return min((time for time in times if time <= now), default=now)


def _reading(value: Value, numbers: Mapping[str, int]) -> Reading:
    if value.reading is not None:
        return value.reading
    stream = value.key if isinstance(value.key, int) else numbers[value.key]
    return Reading(stream, value.time, value.value, value.sequence, value.end, quality=value.quality)
