"""What a source is, and what it gives when opened; the formats themselves stand on the shelf ``layers.sources``."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from layers.errors import ParameterError
from layers.refusal import Refused
from layers.registry import Registry
from layers.row_batch import BATCH_ROWS, RowBatch, batch_of
from layers.space.local_grid import LocalGrid
from layers.store.dataset_layer import DatasetLayer
from layers.title import Title

OWN_PRECEDENCE = 100
# What may be taken of a file that has several kinds of shapes.
GeometryKind = Literal["points", "lines", "areas"]


class Located(NamedTuple):
    """Where an address is (EPSG:4490), how sure that is, from 0 to 1, and what of the map it matches."""

    lon: float
    lat: float
    confidence: float
    matched: str


# From an address to its place, or to the reason why it has none that is sure enough.
Locator = Callable[[str], Located | str]


class Row(NamedTuple):
    """One object for one layer.

    ``geometry`` is WKB in EPSG:4490, longitude first, of the layer's geometry type. ``values`` are those of the typed
    columns by name, and of ``quality`` and ``grade`` where the source states them.
    """

    layer: str
    source_key: str
    geometry: bytes
    values: Mapping[str, Any]


class Original(NamedTuple):
    """What stands in a source for one row: its place there, its properties, and its geometry as WKB in its CRS."""

    place: str
    properties: Mapping[str, Any]
    geometry: bytes | str | None


@dataclass(frozen=True)
class DatasetFacts:
    """What a source knows of the dataset that it belongs to; a higher ``precedence`` hides lower ones."""

    id: str
    title: Title
    precedence: int = OWN_PRECEDENCE
    source: str = ""
    licence: str = ""


@dataclass(frozen=True)
class SourceOptions:
    """What a person may tell a source.

    The layer to fill, what the coordinates are whatever the file says, the table in it, and the column that is its
    features' key; ``grids`` are the local grids that ``crs`` may name. ``encoding`` is what its text is in, whatever
    the file says; ``names`` are pairs of a column's name in the file and the one that it gets.
    ``geometry`` is what alone is taken of a file. ``address`` is the column of a table by whose addresses its rows are
    placed, and ``locate`` knows where those are.
    """

    layer: str | None = None
    crs: str | None = None
    table: str | None = None
    key: str | None = None
    grids: tuple[LocalGrid, ...] = ()
    encoding: str | None = None
    names: tuple[tuple[str, str], ...] = ()
    geometry: GeometryKind | None = None
    address: str | None = None
    locate: Locator | None = None


# What a format may be unable to hold: see ``Loss``.
LossKind = Literal["names", "booleans", "timestamps", "wide_integers", "attributes", "parts", "empty_text", "places"]


@dataclass(frozen=True)
class Loss:
    """Something that a format cannot hold, or not as it was.

    ``names``: names of columns are cut after ``most`` bytes. ``booleans``, ``timestamps`` and ``wide_integers`` (of 64
    bits) come back as another type. ``attributes``: only the columns ``kept`` are there. ``parts``: the parts of one
    object are objects of their own. ``empty_text``: empty text comes back as nothing. ``places``: coordinates are good
    to ``most`` decimals.
    """

    kind: LossKind
    says: Title
    most: int | None = None
    kept: tuple[str, ...] = ()


@dataclass
class Reading:
    """An opened source.

    ``date`` is the instant that the data describe. ``extent`` is a WKB polygon in EPSG:4490 inside which the source
    claims to know all objects of its layers. None stands for the convex hull of what it has of the layer ``compass``,
    or, where that is None or empty, of each layer itself.
    ``total`` counts what ``rows`` reports by ``position``, for a progress bar. ``derived`` names values that are
    worked out once all rows are there (see ``layers.ingest.derive``). ``notes`` fills while rows are read.
    ``accuracy_m`` tells how well coordinates in ``source_crs`` can be brought to the map; None: nobody knows.
    ``refused`` fills while rows are read with what cannot be a row; who reads may take it out at any time. ``read``
    counts by layer what the source offers, refused or not.
    """

    path: Path
    layers: tuple[DatasetLayer, ...]
    dataset: DatasetFacts
    source_crs: str
    date: datetime | None = None
    extent: bytes | None = None
    compass: str | None = None
    total: int | None = None
    position: int = 0
    derived: tuple[str, ...] = ()
    accuracy_m: float | None = None
    notes: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    read: Counter[str] = field(default_factory=Counter)

    def rows(self) -> Iterator[Row]:
        """Stream the rows; raises SourceError at the place where the source cannot be read any further."""
        raise NotImplementedError

    def batches(self) -> Iterator[RowBatch]:
        """Stream the same rows in columns, some thousand of a layer at a time."""
        layers = {layer.id: layer for layer in self.layers}
        waiting: dict[str, list[Row]] = {name: [] for name in layers}
        for row in self.rows():
            rows = waiting[row.layer]
            rows.append(row)
            if len(rows) >= BATCH_ROWS:
                yield _batch(layers[row.layer], rows)
                rows.clear()
        for name, rows in waiting.items():
            if rows:
                yield _batch(layers[name], rows)

    def originals(self, wanted: Mapping[str, Set[int]]) -> Iterator[tuple[str, int, Original]]:
        """Read again, and give what stands in the source for some rows: by layer, the how-manieth (from 1) of it."""
        counts: Counter[str] = Counter()
        for row in replace(self, refused=[], read=Counter(), notes=[]).rows():
            counts[row.layer] += 1
            if counts[row.layer] in wanted.get(row.layer, ()):
                yield row.layer, counts[row.layer], Original(row.source_key, row.values, row.geometry)

    def labels(self, layer: str) -> Mapping[str, str | None]:
        """Return what the source calls the columns of a layer, and of those that go nowhere, None."""
        return {column.name: column.name for known in self.layers if known.id == layer for column in known.columns}


def _batch(layer: DatasetLayer, rows: list[Row]) -> RowBatch:
    keys, geometries = [row.source_key for row in rows], [row.geometry for row in rows]
    return batch_of(layer, keys, geometries, [row.values for row in rows])


@dataclass(frozen=True)
class Source(ABC):
    """A format; ``suffixes`` are the ends of the file names that it reads, lower case.

    ``losses`` are what the format itself cannot hold. ``heeds`` are the wishes, besides those on layer and place, that
    it knows what to do with; who can give columns other names can also choose a kind of shapes.
    """

    id: str
    title: Title
    suffixes: tuple[str, ...]
    losses: tuple[Loss, ...] = ()
    heeds: frozenset[Literal["encoding", "names", "address"]] = frozenset()

    def recognises(self, path: Path) -> bool:
        """Tell whether this source reads that path, going by its name."""
        return path.is_file() and path.name.lower().endswith(self.suffixes)

    def require_heeded(self, options: SourceOptions) -> None:
        """Raise ParameterError for a wish that would go unheard."""
        if options.encoding is not None and "encoding" not in self.heeds:
            raise ParameterError("encoding", f"a file of the format {self.id!r} says itself how its text is encoded")
        if options.names and "names" not in self.heeds:
            raise ParameterError("map", f"a file of the format {self.id!r} names its columns as its layers do")
        if options.address is not None and "address" not in self.heeds:
            raise ParameterError("address", f"a file of the format {self.id!r} says itself where things are")
        if options.geometry is not None and "names" not in self.heeds:
            raise ParameterError("geometry", f"a file of the format {self.id!r} has its layers apart")

    @abstractmethod
    def open(self, path: Path, options: SourceOptions, registry: Registry) -> Reading:
        """Look into a file, and return how to read it; raises SourceError when it cannot be read."""
