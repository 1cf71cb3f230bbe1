"""What a file of observations has: series, each to be a datastream, their stations, and lines of values."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from twin.sensing.reading import CATEGORY, COUNT, MEASUREMENT, TRUTH, Reading

Kind = Literal["measurement", "count", "category", "truth"]
TYPES: dict[Kind, str] = {"measurement": MEASUREMENT, "count": COUNT, "category": CATEGORY, "truth": TRUTH}


@dataclass(frozen=True)
class Unit:
    """A unit of measurement; ``code`` is that of UCUM."""

    code: str
    name: str
    symbol: str


@dataclass(frozen=True)
class Observed:
    """An observed property: its name, the URI that says what it is, where there is one, and more words."""

    name: str
    definition: str = ""
    description: str = ""


@dataclass(frozen=True)
class Station:
    """What the observations are made at: a thing that is there, or is made. ``place`` is longitude and latitude."""

    key: str
    name: str
    place: tuple[float, float] | None = None
    description: str = ""
    category: str | None = None
    owner: str | None = None
    grade: int = 0


@dataclass(frozen=True)
class Series:
    """What becomes a datastream: ``key`` is the column, or the word in the column of series, that it is read from."""

    key: str
    name: str
    observed: Observed
    unit: Unit
    station: str
    kind: Kind = "measurement"
    description: str = ""


@dataclass(frozen=True)
class LeftOut:
    """What of a file is not taken, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Values that cannot be read: the kind of reason, a sentence, and how many values they are."""

    why: str
    reason: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Value:
    """One value; a key that is a number is that of a datastream. ``end`` is that of the interval it is of."""

    key: str | int
    time: datetime
    value: Any
    end: datetime | None = None
    sequence: int = 0
    quality: Any = None
    # All that is said of it, where that is more.
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file: where it stands, its values, how many are marked as missing, and what cannot be read."""

    place: str
    values: Sequence[Value] = ()
    missing: int = 0
    faults: Sequence[Fault] = ()


@dataclass(frozen=True)
class Contents:
    """What is taken of a file as what, and what is not; ``size`` is how far its lines count, where that is known."""

    dataset: str
    title: str
    stations: tuple[Station, ...]
    series: tuple[Series, ...]
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    size: int | None = None
    zone: str | None = field(default=None)


class ObservationFile(ABC):
    """A file that is open for reading, once."""

    @property
    @abstractmethod
    def contents(self) -> Contents:
        """Return what is taken of it."""

    @abstractmethod
    def lines(self) -> Iterator[tuple[int, Line]]:
        """Stream its lines, each with how far it is in ``contents.size``."""
