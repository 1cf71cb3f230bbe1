"""Shapefiles, loose or in a zip, in whatever encoding."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layers.errors import SourceError
from layers.registry import Registry
from layers.source import Loss, Reading, SourceOptions
from layers.title import Title
from layers.vector.dbf import read_dbf
from layers.vector.encoding import choose_encoding
from layers.vector.reading import default_name, open_vector
from layers.vector.table import TableFeed, TableSource, require_mark, tables_of
from layers.vector.unpacked import Unpacked

_MARK = struct.pack(">I", 9994)
_SHP_HEAD = 100


@dataclass(frozen=True)
class ShapefileSource(TableSource):
    """Reads the .shp with its .dbf, .cpg and .prj beside it."""

    def open(self, path: Path, options: SourceOptions, registry: Registry) -> Reading:
        """Check that all of it is there, find out its encoding, and look through it once."""
        unpacked = Unpacked(path, ".shp") if path.name.lower().endswith(".zip") else None
        shape = path if unpacked is None else unpacked.path
        _require_whole(path, shape, self)
        feed = ShapefileFeed(path, shape, self, options.encoding)
        # The folder goes with it.
        feed.unpacked = unpacked
        return open_vector(feed, default_name(path), options, registry)


class ShapefileFeed(TableFeed):
    """The features of a Shapefile."""

    unpacked: Unpacked | None = None

    def __init__(self, path: Path, shape: Path, source: TableSource, wanted: str | None) -> None:
        """Find out how the text is encoded."""
        table = beside(shape, ".dbf")
        settings: dict[str, Any] = {}
        notes = []
        if table is not None:
            dbf = read_dbf(table)
            found = choose_encoding(path, dbf.samples(), wanted, _stated(shape) or dbf.language)
            settings["encoding"] = found.encoding.upper()
            notes = [] if found.note is None else [found.note]
        super().__init__(path, tables_of(shape)[0], source, shape, **settings)
        self.notes = notes


def beside(path: Path, suffix: str) -> Path | None:
    """Return the file beside it with that suffix, in large or small letters."""
    return next(
        (other for other in (path.with_suffix(suffix), path.with_suffix(suffix.upper())) if other.is_file()), None
    )


def _stated(shape: Path) -> str | None:
    """Return what the .cpg says; code pages may stand there by number."""
    page = beside(shape, ".cpg") or beside(shape, ".cst")
    if page is None:
        return None
    text = page.read_text(encoding="ascii", errors="replace").strip()
    return f"cp{text}" if text.isdigit() else text.removeprefix("ANSI ") or None


def _require_whole(path: Path, shape: Path, source: TableSource) -> None:
    require_mark(shape, source)
    with shape.open("rb") as handle:
        head = handle.read(_SHP_HEAD)
    stated, there = (
        (struct.unpack_from(">I", head, 24)[0] * 2 if len(head) == _SHP_HEAD else _SHP_HEAD),
        shape.stat().st_size,
    )
    if there < stated:
        raise SourceError(
            str(path), f"the file ends in the middle: {there} of its {stated} bytes are there; fetch it again"
        )
    if beside(shape, ".shx") is None:
        raise SourceError(str(path), "the .shx that belongs beside it is missing; ask for all parts of the Shapefile")


SOURCE = ShapefileSource(
    "shapefile",
    Title("Shapefile 文件", "Shapefile"),
    (".shp", ".zip"),
    losses=(
        Loss("names", Title("字段名截断为 10 字节", "names of columns are cut after 10 bytes"), most=10),
        Loss("timestamps", Title("没有时刻型,读入为文本", "there are days but no instants: those come back as text")),
        Loss("empty_text", Title("空文本读入为空值", "empty text comes back as nothing")),
    ),
    heeds=frozenset({"names", "encoding"}),
    marks=(_MARK,),
)
