"""What every vector format gives: a survey of the file, and its features batch by batch."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from layers.base import ColumnType
from layers.errors import SourceError

_NAMED = 3


class Feature(NamedTuple):
    """One feature: its number in the file (from 1), its own id, WKB as the file has it, and its properties.

    ``fault`` tells why the geometry cannot be used; a feature without any has neither. ``place`` is where people find
    it in the file, if not by its number. ``original`` is the text of what is no geometry; with ``broken`` the fault is
    one of the whole row, and the text that of the row.
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
        """Return where it stands in the file."""
        return self.place or f"feature {self.number}"


@dataclass(frozen=True)
class VectorSurvey:
    """What a first look tells: the CRS (None: the file names none), geometry types, columns with types, and count."""

    crs: str | None
    geometries: frozenset[str]
    columns: Mapping[str, ColumnType]
    count: int
    key: str | None
    has_ids: bool
    title: str | None = None


class Feed(ABC):
    """A vector file that is open for reading; ``notes`` tell what was found out about it.

    ``renames``: it gives columns their new names itself. ``closed_are_areas``: outlines of areas are drawn as lines.
    """

    renames = False
    closed_are_areas = False

    def __init__(self, path: Path) -> None:
        """Remember the path."""
        self.path = path
        self.notes: list[str] = []

    @abstractmethod
    def survey(self, key: str | None) -> VectorSurvey:
        """Look through the file; ``key`` is the property that a person names as the key of its features."""

    @abstractmethod
    def batches(self) -> Iterator[list[Feature]]:
        """Stream the features, some thousand at a time."""


@dataclass
class Faults:
    """The features of a file whose geometry cannot be used: all are counted, the first few are named."""

    path: Path
    count: int = 0
    named: list[str] = field(default_factory=list)

    def extend(self, found: Iterable[tuple[Feature, str]]) -> None:
        """Take note of features, each with the reason."""
        for feature, reason in sorted(found, key=lambda pair: pair[0].number):
            self.count += 1
            if self.count <= _NAMED:
                self.named.append(f"{feature.where}: {reason}")

    def settle(self) -> None:
        """Raise SourceError if there were any."""
        if not self.count:
            return
        more = f" (and {self.count - _NAMED} more)" if self.count > _NAMED else ""
        raise SourceError(
            str(self.path),
            f"{self.count} features have a broken geometry, so nothing was loaded: {'; '.join(self.named)}{more}; "
            "mend them first, for example with 'fix geometries' of QGIS",
        )
