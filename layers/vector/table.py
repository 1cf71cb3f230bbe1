"""Tables that GDAL reads: one declaration for each format that needs no more than that."""

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from xml.parsers import expat

import pyarrow as pa
import pyogrio
import pyogrio.errors
import pyogrio.raw

from layers.errors import SourceError
from layers.registry import Registry
from layers.row_batch import BATCH_ROWS
from layers.source import Reading, Source, SourceOptions
from layers.vector.arrow import ArrowFeed, Piece
from layers.vector.encoding import Finding
from layers.vector.feed import VectorSurvey
from layers.vector.reading import default_name, open_vector

_GEOMETRY = "wkb_geometry"
_HEAD, _TAIL = 1 << 16, 64
# Where in its own text the library was.
_SOURCE_LINE = re.compile(r"^/\S+\.cpp, \d+: ")
_LEADS_ON = b"<OGR"
_BROKEN = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pa.ArrowException,
    RuntimeError,
    OSError,
)


@dataclass(frozen=True)
class TableSource(Source):
    """A format of tables that GDAL reads; ``folder``: what has its suffix is a folder.

    ``marks`` are bytes of which one stands near a file's beginning, ``end`` stands near its end. ``lasting_ids`` tells
    that features keep their ids from one file to the next. ``idle`` are columns that GDAL shows for every file and that
    say nothing of the thing; ``sparse`` are those that go when no feature has a value. ``settings`` go to GDAL.
    ``counted``: it says how many features it has. ``xml``: it has to be well-formed to its end, of which GDAL's reader
    is not sure. ``outlines``: it has areas as closed lines.
    """

    heeds: frozenset[Literal["encoding", "names", "address"]] = frozenset({"names"})
    marks: tuple[bytes, ...] = ()
    end: bytes = b""
    folder: bool = False
    lasting_ids: bool = False
    xml: bool = False
    counted: bool = False
    outlines: bool = False
    idle: frozenset[str] = frozenset()
    sparse: frozenset[str] = frozenset()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def recognises(self, path: Path) -> bool:
        """Tell whether this source reads that path, going by its name."""
        return super().recognises(path) or (self.folder and path.is_dir() and path.name.endswith(self.suffixes))

    def open(self, path: Path, options: SourceOptions, registry: Registry) -> Reading:
        """Look through the table once, for its columns and its count."""
        if path.is_file():
            require_mark(path, self)
            if self.xml and not path.name.lower().endswith(".kmz"):
                _require_well_formed(path)
        tables = tables_of(path)
        table = options.table or (tables[0] if len(tables) == 1 else None)
        if table not in tables:
            found = "names no table with a geometry" if not tables else f"has the tables {', '.join(tables)}"
            raise SourceError(str(path), f"this {found}; name one of them with --table")
        name = default_name(path) if len(tables) == 1 else table
        encoding = self.encoding(path, options)
        settings: dict[str, Any] = {} if encoding is None else {"ENCODING": encoding.encoding.upper()}
        feed = TableFeed(path, table, self, **settings)
        feed.notes += [encoding.note] if encoding is not None and encoding.note is not None else []
        return open_vector(feed, name, options, registry)

    def encoding(self, path: Path, options: SourceOptions) -> Finding | None:
        """Return how text has to be read, None where GDAL is sure of it."""
        return None


def require_mark(path: Path, source: TableSource) -> None:
    """Raise SourceError where a file is not of that format.

    GDAL goes by what is in a file and not by its name, and some of what it knows leads on to other files.
    """
    with path.open("rb") as handle:
        head = handle.read(_HEAD)
        handle.seek(max(0, path.stat().st_size - _TAIL))
        tail = handle.read()
    if not head:
        raise SourceError(str(path), "this file is empty; fetch it again")
    if not any(mark in head for mark in source.marks) or _LEADS_ON in head:
        raise SourceError(str(path), f"this is no {source.title.en}, going by its first bytes; check what it is")
    if source.end not in tail:
        raise SourceError(str(path), "the file ends in the middle; fetch it again")


def _require_well_formed(path: Path) -> None:
    try:
        with path.open("rb") as handle:
            expat.ParserCreate().ParseFile(handle)
    except expat.ExpatError as error:
        raise SourceError(
            str(path), f"this is no whole XML ({expat.ErrorString(error.code)}); fetch it again", f"line {error.lineno}"
        ) from error


class TableFeed(ArrowFeed):
    """The features of one table; ``at`` is where GDAL finds the file, if not under its own path."""

    def __init__(self, path: Path, table: str, source: TableSource, at: Path | None = None, **settings: Any) -> None:
        """Remember path and table."""
        super().__init__(path)
        self._table = table
        self._source = source
        self._at = at or path
        self._settings = {**source.settings, **settings}
        self._hidden = source.idle
        self.closed_are_areas = source.outlines
        self._filled: set[str] = set()
        self._said: set[str] = set()

    def survey(self, key: str | None) -> VectorSurvey:
        """Look through the table, and leave out the columns that are there for every file and here hold nothing."""
        survey = super().survey(key)
        # Others count the deleted ones too, or count what they find.
        if self._source.counted and survey.count < (stated := self._info()["features"]):
            raise SourceError(
                str(self.path), f"the file ends in the middle: {survey.count} of its {stated} features are there"
            )
        empty = frozenset(name for name in self._source.sparse if name not in self._filled)
        self._hidden |= empty
        columns = {name: kind for name, kind in survey.columns.items() if name not in empty}
        return replace(survey, columns=columns)

    def crs(self) -> str | None:
        """Return what the file says."""
        stated = self._info()["crs"]
        return None if stated is None else str(stated)

    def _info(self) -> Any:
        with telling(self.path):
            return pyogrio.read_info(self._at, layer=self._table, **self._settings)

    def pieces(self) -> Iterator[Piece]:
        """Stream the table."""
        self._filled = set()
        with ExitStack() as stack:
            with telling(self.path, self._note):
                meta, reader = stack.enter_context(self._opened())
            while (batch := self._next(reader)) is not None:
                yield self._piece(meta, batch)

    def _next(self, reader: Any) -> Any:
        with telling(self.path, self._note):
            return next(reader, None)

    def _piece(self, meta: Mapping[str, Any], batch: Any) -> Piece:
        columns = {name: batch.column(name) for name in meta["fields"] if name not in self._hidden}
        self._filled |= {name for name, column in columns.items() if column.null_count < len(column)}
        ids = batch.column(meta["fid_column"]).cast(pa.string()).to_pylist() if self._source.lasting_ids else None
        return Piece(batch.column(meta["geometry_name"] or _GEOMETRY), columns, ids)

    def _opened(self) -> Any:
        return pyogrio.raw.open_arrow(
            self._at, layer=self._table, use_pyarrow=True, return_fids=True, batch_size=BATCH_ROWS, **self._settings
        )

    def _note(self, said: str) -> None:
        if said not in self._said:
            self._said.add(said)
            self.notes.append(said)


def tables_of(path: Path) -> list[str]:
    """Return the tables of a file that have a geometry."""
    with telling(path):
        return [str(name) for name, geometry in pyogrio.list_layers(path) if geometry is not None]


@contextmanager
def telling(path: Path, note: Callable[[str], None] | None = None) -> Iterator[None]:
    """Turn what GDAL says of a broken file into a SourceError, and what it warns of into notes."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RuntimeWarning)
        try:
            yield
        except _BROKEN as error:
            reason = _SOURCE_LINE.sub("", str(error).strip()).split("\n")[0].split(".; ")[0].rstrip(".")
            raise SourceError(str(path), f"this cannot be read ({reason}); fetch it again") from error
        finally:
            for warning in caught:
                if note is not None:
                    note(f"{path.name}: {warning.message}")
