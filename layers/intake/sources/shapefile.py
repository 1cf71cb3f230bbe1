"""Shapefiles, loose or in a zip, in any encoding."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layers.errors import SourceError
from layers.intake.source import Loss, Reading, SourceOptions
from layers.intake.vector.dbf import read_dbf
from layers.intake.vector.encoding import choose_encoding
from layers.intake.vector.reading import default_name, open_vector
from layers.intake.vector.table import TableFeed, TableSource, require_signature, tables_of
from layers.intake.vector.unpacked import Unpacked
from layers.registry import Registry
from layers.title import Title

_FILE_CODE = struct.pack(">I", 9994)
_SHP_HEAD = 100


@dataclass(frozen=True)
class ShapefileSource(TableSource):
    """Reads the .shp with its .dbf, .cpg and .prj beside it."""

    def open(self, path: Path, options: SourceOptions, registry: Registry) -> Reading:
        """Check that it is complete, detect its encoding, and survey it."""
        unpacked = Unpacked(path, ".shp") if path.name.lower().endswith(".zip") else None
        shape = path if unpacked is None else unpacked.path
        _require_complete(path, shape, self)
        feed = ShapefileFeed(path, shape, self, options.encoding)
        # Keeps the temporary folder as long as the feed.
        feed.unpacked = unpacked
        return open_vector(feed, default_name(path), options, registry)


class ShapefileFeed(TableFeed):
    """The features of a Shapefile."""

    unpacked: Unpacked | None = None

    def __init__(self, path: Path, shape: Path, source: TableSource, requested: str | None) -> None:
        """Detect the encoding of text."""
        table = beside(shape, ".dbf")
        settings: dict[str, Any] = {}
        notes = []
        if table is not None:
            dbf = read_dbf(table)
            choice = choose_encoding(path, dbf.samples(), requested, _declared_encoding(shape) or dbf.language)
            settings["encoding"] = choice.encoding.upper()
            notes = [] if choice.note is None else [choice.note]
        super().__init__(path, tables_of(shape)[0], source, shape, **settings)
        self.notes = notes


def beside(path: Path, suffix: str) -> Path | None:
    """Return the file beside it with that suffix, in upper or lower case."""
    return next(
        (other for other in (path.with_suffix(suffix), path.with_suffix(suffix.upper())) if other.is_file()), None
    )


def _declared_encoding(shape: Path) -> str | None:
    """Return the encoding in the .cpg, which may give code pages by number."""
    page = beside(shape, ".cpg") or beside(shape, ".cst")
    if page is None:
        return None
    text = page.read_text(encoding="ascii", errors="replace").strip()
    return f"cp{text}" if text.isdigit() else text.removeprefix("ANSI ") or None


def _require_complete(path: Path, shape: Path, source: TableSource) -> None:
    require_signature(shape, source)
    with shape.open("rb") as handle:
        head = handle.read(_SHP_HEAD)
    declared, size = (
        (struct.unpack_from(">I", head, 24)[0] * 2 if len(head) == _SHP_HEAD else _SHP_HEAD),
        shape.stat().st_size,
    )
    if size < declared:
        raise SourceError(str(path), f"the file is truncated: it has {size} of {declared} bytes; fetch it again")
    if beside(shape, ".shx") is None:
        raise SourceError(str(path), "the .shx file is missing beside it; ask for all files of the Shapefile")


SOURCE = ShapefileSource(
    "shapefile",
    Title("Shapefile 文件", "Shapefile"),
    (".shp", ".zip"),
    losses=(
        Loss("names", Title("字段名截断为 10 字节", "column names are truncated to 10 bytes"), most=10),
        Loss("timestamps", Title("没有时刻型,读入为文本", "there is no timestamp type: timestamps are read as text")),
        Loss("empty_text", Title("空文本读入为空值", "empty text is read as null")),
    ),
    supports=frozenset({"names", "encoding"}),
    signatures=(_FILE_CODE,),
)
