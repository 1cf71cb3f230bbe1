"""Tables without geometries, line by line: for those who read a table that is no layer."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from layers.errors import SourceError
from layers.intake.source import SourceOptions
from layers.intake.sources.csv import CsvFeed
from layers.intake.sources.excel import ExcelFeed, choose_sheet

_TEXT, _BOOKS = (".csv", ".tsv"), (".xlsx", ".xlsm")
_CHUNK = 1 << 20
SHEET_SUFFIXES = (*_TEXT, *_BOOKS)


def sheet_lines(
    path: Path, table: str | None = None, encoding: str | None = None
) -> Iterator[tuple[str, Sequence[Any]]]:
    """Stream the lines of a text table or of a sheet of a workbook that are not empty, each with its place.

    The first names the columns; ``encoding`` is that of a text table whose text does not tell. Raises SourceError for
    a file that cannot be read.
    """
    name = path.name.lower()
    if not path.is_file():
        raise SourceError(str(path), "there is no such file")
    if name.endswith(_BOOKS):
        sheet, _ = choose_sheet(path, table)
        return ExcelFeed(path, sheet, SourceOptions()).lines()
    if name.endswith(_TEXT):
        return CsvFeed(path, SourceOptions(encoding=encoding or _utf_8_if_it_is(path))).lines()
    raise SourceError(str(path), f"this is no table; read are {', '.join(SHEET_SUFFIXES)}")


def _utf_8_if_it_is(path: Path) -> str | None:
    """Return utf-8 for text that is, however few of its letters tell it from another encoding; else None."""
    try:
        with path.open(encoding="utf-8") as handle:
            while handle.read(_CHUNK):
                pass
    except UnicodeDecodeError:
        return None
    return "utf-8"
