"""Tables that GDAL reads: most formats need only a declaration."""

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from xml.parsers import expat

import pyarrow as pa

from layers.errors import SourceError
from layers.intake.row_batch import BATCH_ROWS
from layers.intake.source import Reading, Source, SourceOptions
from layers.intake.vector.arrow import ArrowFeed, Piece
from layers.intake.vector.encoding import EncodingChoice
from layers.intake.vector.feed import VectorSurvey
from layers.intake.vector.reading import default_name, open_vector
from layers.registry import Registry

_GEOMETRY = "wkb_geometry"
_HEAD, _TAIL = 1 << 16, 64
# The position in the library's own source code.
_SOURCE_LINE = re.compile(r"^/\S+\.cpp, \d+: ")
_REDIRECT = b"<OGR"


@dataclass(frozen=True)
class TableSource(Source):
    """A format of tables that GDAL reads; ``folder``: it may be a folder with the suffix.

    One of the ``signatures`` is near a file's beginning, and ``end`` near its end. ``stable_ids``: features keep their
    ids from one file to the next. ``ignored`` are columns that GDAL adds to every file; ``optional`` are those dropped
    when no feature has a value. ``settings`` go to GDAL. ``counted``: it declares its number of features. ``xml``: it
    is checked to be well-formed, as GDAL's reader does not do so. ``closed_outlines``: areas are closed lines.
    """

    supports: frozenset[Literal["encoding", "names", "address"]] = frozenset({"names"})
    signatures: tuple[bytes, ...] = ()
    end: bytes = b""
    folder: bool = False
    stable_ids: bool = False
    xml: bool = False
    counted: bool = False
    closed_outlines: bool = False
    ignored: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def recognises(self, path: Path) -> bool:
        """Tell whether this source reads that path, judging by its name."""
        return super().recognises(path) or (self.folder and path.is_dir() and path.name.endswith(self.suffixes))

    def open(self, path: Path, options: SourceOptions, registry: Registry) -> Reading:
        """Survey the table for its columns and its count."""
        if path.is_file():
            require_signature(path, self)
            if self.xml and not path.name.lower().endswith(".kmz"):
                _require_well_formed(path)
        tables = tables_of(path)
        table = options.table or (tables[0] if len(tables) == 1 else None)
        if table not in tables:
            problem = "has no table with a geometry" if not tables else f"has the tables {', '.join(tables)}"
            raise SourceError(str(path), f"this {problem}; name one of them with --table")
        name = default_name(path) if len(tables) == 1 else table
        encoding = self.encoding(path, options)
        settings: dict[str, Any] = {} if encoding is None else {"ENCODING": encoding.encoding.upper()}
        feed = TableFeed(path, table, self, **settings)
        feed.notes += [encoding.note] if encoding is not None and encoding.note is not None else []
        return open_vector(feed, name, options, registry)

    def encoding(self, path: Path, options: SourceOptions) -> EncodingChoice | None:
        """Return the encoding of text, None where GDAL knows it."""
        return None


def require_signature(path: Path, source: TableSource) -> None:
    """Raise SourceError when a file is not of that format.

    GDAL detects formats by content, not by name, and some of its formats refer to other files.
    """
    with path.open("rb") as handle:
        head = handle.read(_HEAD)
        handle.seek(max(0, path.stat().st_size - _TAIL))
        tail = handle.read()
    if not head:
        raise SourceError(str(path), "this file is empty; fetch it again")
    if not any(mark in head for mark in source.signatures) or _REDIRECT in head:
        raise SourceError(str(path), f"this is not a {source.title.en}, judging by its first bytes; check its format")
    if source.end not in tail:
        raise SourceError(str(path), "the file is truncated; fetch it again")


def _require_well_formed(path: Path) -> None:
    try:
        with path.open("rb") as handle:
            expat.ParserCreate().ParseFile(handle)
    except expat.ExpatError as error:
        raise SourceError(
            str(path),
            f"this is not well-formed XML ({expat.ErrorString(error.code)}); fetch it again",
            f"line {error.lineno}",
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
        self._hidden = source.ignored
        self.closed_are_areas = source.closed_outlines
        self._filled: set[str] = set()
        self._noted: set[str] = set()

    def survey(self, key: str | None) -> VectorSurvey:
        """Survey the table, and leave out optional columns without values."""
        survey = super().survey(key)
        # Other formats count deleted features too, or only those that can be read.
        if self._source.counted and survey.count < (declared := self._info()["features"]):
            raise SourceError(str(self.path), f"the file is truncated: it has {survey.count} of {declared} features")
        empty = frozenset(name for name in self._source.optional if name not in self._filled)
        self._hidden |= empty
        columns = {name: kind for name, kind in survey.columns.items() if name not in empty}
        return replace(survey, columns=columns)

    def crs(self) -> str | None:
        """Return the CRS that the file declares."""
        crs = self._info()["crs"]
        return None if crs is None else str(crs)

    def _info(self) -> Any:
        with gdal_errors(self.path):
            return _gdal().read_info(self._at, layer=self._table, **self._settings)

    def pieces(self) -> Iterator[Piece]:
        """Stream the table."""
        self._filled = set()
        with ExitStack() as stack:
            with gdal_errors(self.path, self._note):
                meta, reader = stack.enter_context(self._opened())
            while (batch := self._next(reader)) is not None:
                yield self._piece(meta, batch)

    def _next(self, reader: Any) -> Any:
        with gdal_errors(self.path, self._note):
            return next(reader, None)

    def _piece(self, meta: Mapping[str, Any], batch: Any) -> Piece:
        columns = {name: batch.column(name) for name in meta["fields"] if name not in self._hidden}
        self._filled |= {name for name, column in columns.items() if column.null_count < len(column)}
        ids = batch.column(meta["fid_column"]).cast(pa.string()).to_pylist() if self._source.stable_ids else None
        return Piece(batch.column(meta["geometry_name"] or _GEOMETRY), columns, ids)

    def _opened(self) -> Any:
        return _gdal().raw.open_arrow(
            self._at, layer=self._table, use_pyarrow=True, return_fids=True, batch_size=BATCH_ROWS, **self._settings
        )

    def _note(self, message: str) -> None:
        if message not in self._noted:
            self._noted.add(message)
            self.notes.append(message)


def _gdal() -> Any:
    """Import the library here, as it loads GDAL and pandas, which other formats do not need."""
    import pyogrio
    import pyogrio.raw

    return pyogrio


def _gdal_error_types() -> tuple[type[Exception], ...]:
    errors = _gdal().errors
    return (
        errors.DataSourceError,
        errors.DataLayerError,
        errors.FeatureError,
        pa.ArrowException,
        RuntimeError,
        OSError,
    )


def tables_of(path: Path) -> list[str]:
    """Return the tables of a file that have a geometry."""
    with gdal_errors(path):
        return [str(name) for name, geometry in _gdal().list_layers(path) if geometry is not None]


@contextmanager
def gdal_errors(path: Path, note: Callable[[str], None] | None = None) -> Iterator[None]:
    """Turn GDAL's errors into SourceError, and its warnings into notes."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RuntimeWarning)
        try:
            yield
        except _gdal_error_types() as error:
            reason = _SOURCE_LINE.sub("", str(error).strip()).split("\n")[0].split(".; ")[0].rstrip(".")
            raise SourceError(str(path), f"this cannot be read ({reason}); fetch it again") from error
        finally:
            for warning in caught:
                if note is not None:
                    note(f"{path.name}: {warning.message}")
