"""Sources and readings; the formats themselves are in ``layers.intake.sources``."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import psycopg

from layers.errors import ParameterError
from layers.intake.rejection import RejectedRow
from layers.intake.row_batch import BATCH_ROWS, RowBatch, batch_of
from layers.registry import Registry
from layers.space.local_grid import LocalGrid
from layers.store.dataset_layer import DatasetLayer
from layers.title import Title

OWN_PRECEDENCE = 100
# The kinds of shapes to choose from in a file with several.
GeometryKind = Literal["points", "lines", "areas"]


class Located(NamedTuple):
    """The place of an address (EPSG:4490), the confidence from 0 to 1, and the matched text of the map."""

    lon: float
    lat: float
    confidence: float
    matched: str


# Returns the place of an address, or the reason why there is none with enough confidence.
Locator = Callable[[str], Located | str]


class Row(NamedTuple):
    """One object for one layer.

    ``geometry`` is WKB in EPSG:4490, longitude first, of the layer's geometry type. ``values`` are those of the typed
    columns by name, and of ``quality`` and ``grade`` where the source has them.
    """

    layer: str
    source_key: str
    geometry: bytes
    values: Mapping[str, Any]


class Original(NamedTuple):
    """The original of one row in a source: its place, properties, and geometry as WKB in the source's CRS."""

    place: str
    properties: Mapping[str, Any]
    geometry: bytes | str | None


@dataclass(frozen=True)
class DatasetFacts:
    """The facts of a source's dataset; a higher ``precedence`` hides lower ones."""

    id: str
    title: Title
    precedence: int = OWN_PRECEDENCE
    source: str = ""
    licence: str = ""


@dataclass(frozen=True)
class SourceOptions:
    """The options of a source.

    The layer to fill, the CRS and the table of the file, and the column that is its features' key; ``grids`` are the
    local grids that ``crs`` may name. ``crs`` and ``encoding`` override what the file declares; ``names`` are pairs of
    a column's name in the file and its new name. ``geometry`` is the one kind of shapes to take from a file.
    ``address`` is the column of a table with the addresses to geocode, by ``locate``.
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


# Kinds of losses: see ``Loss``.
LossKind = Literal["names", "booleans", "timestamps", "wide_integers", "attributes", "parts", "empty_text", "places"]


@dataclass(frozen=True)
class Loss:
    """Something that a format cannot store, or not unchanged.

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
    has all objects of its layers. None means the convex hull of its rows of ``reference_layer``, or, where that is None
    or empty, of each layer itself.
    ``total`` is the last ``position`` of ``rows``, for a progress bar. ``derived`` names values that are
    computed once all rows are read (see ``layers.intake.ingest.derive``). ``notes`` fills while rows are read.
    ``accuracy_m`` is the accuracy of the transformation from ``source_crs`` to the map; None: unknown.
    ``refused`` fills with refused rows while rows are read; the reader may clear it at any time. ``read`` counts by
    layer all rows of the source, refused or not.
    """

    path: Path
    layers: tuple[DatasetLayer, ...]
    dataset: DatasetFacts
    source_crs: str
    date: datetime | None = None
    extent: bytes | None = None
    reference_layer: str | None = None
    total: int | None = None
    position: int = 0
    derived: tuple[str, ...] = ()
    accuracy_m: float | None = None
    notes: list[str] = field(default_factory=list)
    refused: list[RejectedRow] = field(default_factory=list)
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

    def originals(self, ordinals: Mapping[str, Set[int]]) -> Iterator[tuple[str, int, Original]]:
        """Read again, and yield the originals of some rows: by layer, and ordinal (from 1) within it."""
        counts: Counter[str] = Counter()
        for row in replace(self, refused=[], read=Counter(), notes=[]).rows():
            counts[row.layer] += 1
            if counts[row.layer] in ordinals.get(row.layer, ()):
                yield row.layer, counts[row.layer], Original(row.source_key, row.values, row.geometry)

    def attach(self, cursor: "psycopg.Cursor[Any]", load: int, date: datetime) -> None:
        """Write what belongs to the rows in tables of its own, in the transaction of the load of that number.

        The rows are in their layers by then; ``date`` is the instant that they describe.
        """

    def labels(self, layer: str) -> Mapping[str, str | None]:
        """Return the source's names of the columns, with the column of the layer that each fills, or None."""
        return {column.name: column.name for each in self.layers if each.id == layer for column in each.columns}


def _batch(layer: DatasetLayer, rows: list[Row]) -> RowBatch:
    keys, geometries = [row.source_key for row in rows], [row.geometry for row in rows]
    return batch_of(layer, keys, geometries, [row.values for row in rows])


@dataclass(frozen=True)
class Source(ABC):
    """A format; ``suffixes`` are the ends of the file names that it reads, lower case.

    ``losses`` are those of the format itself. ``supports`` are the options that it supports, besides those on layer and
    CRS; a source that can rename columns can also choose a kind of shapes.
    """

    id: str
    title: Title
    suffixes: tuple[str, ...]
    losses: tuple[Loss, ...] = ()
    supports: frozenset[Literal["encoding", "names", "address"]] = frozenset()

    def recognises(self, path: Path) -> bool:
        """Tell whether this source reads that path, going by its name."""
        return path.is_file() and path.name.lower().endswith(self.suffixes)

    def require_supported(self, options: SourceOptions) -> None:
        """Raise ParameterError for an option that the source does not support."""
        if options.encoding is not None and "encoding" not in self.supports:
            raise ParameterError(
                "encoding", f"a file of the format {self.id!r} declares its own encoding; leave the option out"
            )
        if options.names and "names" not in self.supports:
            raise ParameterError(
                "map", f"columns of the format {self.id!r} are fixed and cannot be renamed; leave the option out"
            )
        if options.address is not None and "address" not in self.supports:
            raise ParameterError(
                "address", f"a file of the format {self.id!r} has its own geometries; leave the option out"
            )
        if options.geometry is not None and "names" not in self.supports:
            raise ParameterError(
                "geometry", f"the format {self.id!r} has its own layers, and no shapes to choose; leave the option out"
            )

    @abstractmethod
    def open(self, path: Path, options: SourceOptions, registry: Registry) -> Reading:
        """Survey a file, and return a reading of it; raises SourceError when it cannot be read."""
