"""What became of readings that were sent, and what a door is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

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
