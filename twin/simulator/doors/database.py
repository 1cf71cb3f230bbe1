"""Readings straight into the database."""

from collections.abc import Sequence
from dataclasses import dataclass

from layers.store import Database
from twin.sensing.ingest import ingest
from twin.sensing.reading import Reading
from twin.simulator.doors.tally import Tally


@dataclass(frozen=True)
class DatabaseDoor:
    """The one way by which observations come in, in a transaction for each batch."""

    database: Database

    def keep(self, readings: Sequence[Reading]) -> Tally:
        """Keep a batch as a whole, or nothing of it."""
        with self.database.writer.begin() as connection:
            outcome = ingest(connection, readings)
        reasons = [refusal.reason for refusal in outcome.refused[:5]]
        return Tally(outcome.new, len(outcome.known), len(outcome.refused), reasons)
