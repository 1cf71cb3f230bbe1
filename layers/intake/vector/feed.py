"""The interface of vector formats: a survey of the file, and its features in batches."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from layers.base import ColumnType
from layers.errors import SourceError

_LISTED = 3


class Feature(NamedTuple):
    """One feature: its number in the file (from 1), its own id, WKB as the file has it, and its properties.

    ``fault`` is the reason why the geometry cannot be used; a feature without geometry has neither. ``place`` is its
    place in the file, if not its number. ``original`` is the text of an unreadable geometry; with ``broken`` the fault
    is one of the whole row, and the text that of the row.
    """

    number: int
    id: str | None
    geometry: bytes | None
    properties: Mapping[str, Any]
    fault: str | None = None
    place: str | None = None
    original: str | None = None
    broken: bool = False

    @property
    def where(self) -> str:
        """Return its place in the file."""
        return self.place or f"feature {self.number}"


@dataclass(frozen=True)
class VectorSurvey:
    """The survey of a file: the CRS (None: not declared), geometry types, columns with types, and count."""

    crs: str | None
    geometries: frozenset[str]
    columns: Mapping[str, ColumnType]
    count: int
    key: str | None
    has_ids: bool
    title: str | None = None


class Feed(ABC):
    """A vector file open for reading; ``notes`` are remarks on it for the user.

    ``renames``: it renames columns itself. ``closed_are_areas``: areas are drawn as closed lines.
    """

    renames = False
    closed_are_areas = False

    def __init__(self, path: Path) -> None:
        """Remember the path."""
        self.path = path
        self.notes: list[str] = []

    @abstractmethod
    def survey(self, key: str | None) -> VectorSurvey:
        """Survey the file; ``key`` is the property that the user gives as the key of its features."""

    @abstractmethod
    def batches(self) -> Iterator[list[Feature]]:
        """Stream the features, some thousand at a time."""


@dataclass
class Faults:
    """The features of a file whose geometry cannot be used: all are counted, the first few are listed."""

    path: Path
    count: int = 0
    named: list[str] = field(default_factory=list)

    def extend(self, faults: Iterable[tuple[Feature, str]]) -> None:
        """Add features, each with the reason."""
        for feature, reason in sorted(faults, key=lambda pair: pair[0].number):
            self.count += 1
            if self.count <= _LISTED:
                self.named.append(f"{feature.where}: {reason}")

    def settle(self) -> None:
        """Raise SourceError if there were any."""
        if not self.count:
            return
        more = f" (and {self.count - _LISTED} more)" if self.count > _LISTED else ""
        raise SourceError(
            str(self.path),
            f"{self.count} features have a broken geometry, so nothing was loaded: {'; '.join(self.named)}{more}; "
            "repair them first, for example with 'Fix geometries' of QGIS",
        )
