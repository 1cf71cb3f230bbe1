"""Formats of building models, and the reading of one file; the formats themselves are in ``bim.formats``."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bim.georeference import Statement
from bim.model import Body, Defect, Element, Gap

# Told how many shapes of how many are done.
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class ReadOptions:
    """How a model is read.

    ``most_triangles`` is the most that one element may have; one with more is left without a shape, and said.
    ``strict`` lets the first element whose shape cannot be made end the reading. With ``shapes_follow``, the bodies are
    asked for at once, so that what makes them is made ready while the records are read; the reading is to be closed.
    """

    most_triangles: int = 200_000
    strict: bool = False
    processes: int = 0
    shapes_follow: bool = False


@dataclass
class ModelReading:
    """An opened model.

    ``schema`` is the version of the format, ``title`` what the file calls the project. ``elements`` are all of them,
    parents before children. ``statement`` is what the file says of its place. ``header`` is what else is worth keeping
    (authoring program, time stamp). ``defects`` and ``gaps`` fill while shapes are made.
    """

    path: Path
    format: str
    schema: str
    title: str
    elements: tuple[Element, ...]
    statement: Statement
    header: Mapping[str, Any] = field(default_factory=dict)
    defects: list[Defect] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def bodies(self, tell: Tell) -> Iterator[tuple[str, Body]]:
        """Stream the shapes by the id of their element, each once; one that cannot be made is among ``defects``.

        Raises SourceError where the reading is strict and a shape cannot be made.
        """
        raise NotImplementedError

    def close(self) -> None:
        """End what was made ready for shapes that nobody has asked for."""


@dataclass(frozen=True)
class ModelFormat(ABC):
    """A format of building models; ``suffixes`` are the ends of file names that it reads, lower case."""

    id: str
    suffixes: tuple[str, ...]

    def recognises(self, path: Path) -> bool:
        """Tell whether this format reads that path, going by its name."""
        return path.is_file() and path.name.lower().endswith(self.suffixes)

    @abstractmethod
    def open(self, path: Path, options: ReadOptions) -> ModelReading:
        """Read all but the shapes; raises SourceError, naming the place, when the file cannot be read."""
