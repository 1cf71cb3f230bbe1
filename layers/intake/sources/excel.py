"""Workbooks of Excel."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from layers.errors import SourceError
from layers.intake.source import Loss, Reading, Source, SourceOptions
from layers.intake.vector.reading import default_name, open_vector
from layers.intake.vector.sheet import Cells, SheetFeed
from layers.registry import Registry
from layers.title import Title

_BROKEN = (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError, SyntaxError)
# What Excel shows for formulas with errors.
_ERRORS = {"#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!"}


@dataclass(frozen=True)
class ExcelSource(Source):
    """Reads one sheet with a header line; --table names it where there are several."""

    def open(self, path: Path, options: SourceOptions, registry: Registry) -> Reading:
        """Survey the sheet."""
        sheet, alone = choose_sheet(path, options.table)
        feed = ExcelFeed(path, sheet, options)
        return open_vector(feed, default_name(path) if alone else sheet, options, registry)


class ExcelFeed(SheetFeed):
    """The rows of a sheet."""

    def __init__(self, path: Path, sheet: str, options: SourceOptions) -> None:
        """Remember the sheet."""
        super().__init__(path, options.names, options.address, options.locate)
        self._sheet = sheet

    def lines(self) -> Iterator[tuple[str, Cells]]:
        """Stream the rows that are not empty, with the values of formulas when the file was last saved."""
        with _opened(self.path) as book:
            for number, cells in enumerate(_rows(book[self._sheet]), start=1):
                values = [_plain(cell) for cell in cells]
                if any(value is not None and str(value).strip() for value in values):
                    yield f"row {number}", values


def choose_sheet(path: Path, name: str | None) -> tuple[str, bool]:
    """Return the sheet that is meant, and whether it is the only one that is not empty."""
    sheets = _sheets(path)
    sheet = name or (sheets[0] if len(sheets) == 1 else None)
    if sheet is None or sheet not in sheets:
        problem = f"has the sheets {', '.join(sheets)}" if sheets else "has only empty sheets"
        raise SourceError(str(path), f"this {problem}; name one of them with --table")
    return sheet, len(sheets) == 1


def _plain(cell: Any) -> Any:
    """Return a cell's value; dates become midnight, and errors of formulas None."""
    if isinstance(cell, str) and cell in _ERRORS:
        return None
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return datetime.combine(cell, time())
    return cell


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    # Imported here, as other formats do not need it.
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, *_BROKEN) as error:
        raise SourceError(str(path), f"this is not a complete Excel workbook ({error}); fetch it again") from error
    try:
        yield book
    except (zipfile.BadZipFile, EOFError, SyntaxError) as error:
        raise SourceError(str(path), f"this workbook is truncated ({error}); fetch it again") from error
    finally:
        book.close()


def _rows(sheet: Any) -> Iterator[Cells]:
    # The dimensions that a file declares are often wrong.
    sheet.reset_dimensions()
    yield from sheet.iter_rows(values_only=True)


def _sheets(path: Path) -> list[str]:
    """Return the sheets that are not empty."""
    with _opened(path) as book:
        return [
            sheet.title
            for sheet in book.worksheets
            if any(cell is not None for cells in _rows(sheet) for cell in cells)
        ]


SOURCE = ExcelSource(
    "excel",
    Title("Excel 表格", "Excel workbook"),
    (".xlsx", ".xlsm"),
    losses=(Loss("empty_text", Title("空文本读入为空值", "empty text is read as null")),),
    supports=frozenset({"names", "address"}),
)
