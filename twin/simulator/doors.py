"""The doors by which simulated readings come in: straight into the database, over HTTP, or by MQTT."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from layers.store import Database
from twin.sensing.ingest import ingest
from twin.sensing.reading import Reading


@dataclass
class Tally:
    """How many readings were new, known already, and refused, and the first reasons."""

    new: int = 0
    known: int = 0
    refused: int = 0
    reasons: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Count another batch."""
        self.new, self.known, self.refused = (
            self.new + other.new, self.known + other.known, self.refused + other.refused,
        )  # fmt: skip
        self.reasons += other.reasons[: 5 - len(self.reasons)]


class Door(Protocol):
    """Where readings go; they are kept when ``keep`` returns."""

    def keep(self, readings: Sequence[Reading]) -> Tally:
        """Keep a batch, and tell what became of it."""
        ...


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
