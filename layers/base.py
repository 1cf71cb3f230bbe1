"""The Layer: everything that the map shows."""

import hashlib
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal

from sqlalchemy import Select

from layers.grades import Grade
from layers.style import Style
from layers.temporal import When
from layers.title import Title

ColumnType = Literal["text", "integer", "real", "boolean", "timestamp"]
GeometryType = Literal["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "Geometry"]
MAX_ZOOM = 22


@dataclass(frozen=True)
class Column:
    """One typed column of a layer; ``minzoom`` is the zoom from which tiles carry it.

    An ``indexed`` one finds the present rows with a value of it.
    """

    name: str
    type: ColumnType
    title: Title
    unit: str | None = None
    minzoom: int = 0
    grade: Grade = Grade.OPEN
    codes: tuple[tuple[str, Title], ...] = ()
    indexed: bool = False


@dataclass(frozen=True)
class Appearance:
    """From which zoom the features with each value of ``column`` are drawn."""

    column: str
    minzooms: tuple[tuple[str, int], ...]
    other: int


@dataclass(frozen=True)
class Nesting:
    """How rows of a layer contain each other: by the key (of the same dataset) in ``parent``, at levels in ``level``.

    The other three are the levels whose rows have codes of places.
    """

    parent: str
    level: str
    building: str
    storey: str
    room: str


@dataclass(frozen=True, eq=False)
class Layer(ABC):
    """An id, titles, a grade, a style, zooms, typed columns, and a Select at a time.

    Each Select has the columns of :data:`SYSTEM_COLUMNS` that the layer can fill, ``fid``, ``grade``, ``geom``
    (EPSG:4490, longitude first) and ``geom_3857`` always among them, then the typed columns; and the bind parameters
    of :meth:`layers.temporal.When.parameters`, so that it is compiled once and bound often.
    """

    id: str
    title: Title
    theme: str
    geometry: GeometryType
    columns: tuple[Column, ...]
    style: Style
    source: str = ""
    grade: Grade = Grade.OPEN
    minzoom: int = 0
    maxzoom: int = 16
    visible: bool = True
    rank: str | None = None
    appearance: Appearance | None = None
    nesting: Nesting | None = None
    description: Title = field(default=Title("", ""))

    # Whether search finds its names.
    searchable: ClassVar[bool] = True

    @abstractmethod
    def select(self, when: When) -> Select[Any]:
        """Return the rows that are valid at ``when``, as believed at its ``as_of``."""

    def beliefs(self) -> Select[Any] | None:
        """Return every belief there ever was of its rows, with ``recorded``, or None when the layer keeps none."""
        return None

    @property
    def follows(self) -> "Layer":
        """Return the layer whose things its rows are of, by their fids: the grades of those now hold for its past."""
        return self

    def member(self, number: int) -> "Layer | None":
        """Return the layer ``id-number`` of one part of this layer's rows, or None when it has no such parts."""
        return None

    def __eq__(self, other: object) -> bool:
        """Tell whether the other is the same layer in the same definition."""
        return isinstance(other, Layer) and (self.id, self.version) == (other.id, other.version)

    def __hash__(self) -> int:
        """Return a cheap hash, without the whole definition: layers are keys on the hot path."""
        return hash((self.id, self.version))

    @cached_property
    def version(self) -> str:
        """Return a hash of this definition."""
        return hashlib.sha256(repr(_plain(asdict(self))).encode()).hexdigest()[:12]

    def column(self, name: str) -> Column | None:
        """Return the typed column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    def tile_columns(self, zoom: int) -> tuple[Column, ...]:
        """Return the columns that a tile of that zoom carries."""
        return tuple(column for column in self.columns if column.minzoom <= zoom)


def _plain(value: object) -> object:
    """Return a definition in canonical form, whether from code or from JSON (8 and 8.0 are one number)."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


SYSTEM_COLUMNS = (
    "fid",
    "code",
    "dataset",
    "source_key",
    "load_id",
    "source_crs",
    "grade",
    "quality",
    "hidden_by",
    "hidden_from",
    "geom",
    "geom_3857",
    "valid",
    "recorded",
    "recorded_tx",
    "superseded_tx",
    "sole_slice",
)
