"""Tables: CSV in any encoding and with any delimiter, and sheets of workbooks; one quantity a column, or a line."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from layers.errors import SourceError
from layers.intake import SHEET_SUFFIXES, sheet_lines
from layers.title import Title
from twin.sensing.files.columns import contents_of, recognise
from twin.sensing.files.format import Format
from twin.sensing.files.mapping import Mapping
from twin.sensing.files.rows import RowReader
from twin.sensing.files.series import Contents, Line, ObservationFile

_EXAMPLES, _CHUNK = 1000, 1 << 20
_PLACE = re.compile(r"\d+")


class TableFile(ObservationFile):
    """A table that is open for reading."""

    def __init__(self, path: Path, mapping: Mapping) -> None:
        """Read its header line, and what series the first lines are of."""
        self._path, self._mapping = path, mapping
        if mapping.year is not None:
            raise SourceError(str(path), "the times of a table are as they stand; only weather files take a year")
        lines = self._cells()
        first = next(lines, None)
        if first is None:
            raise SourceError(str(path), "this is empty: it has no header line")
        self._header = ["" if cell is None else str(cell).strip() for cell in first[1]]
        examples = []
        if mapping.long is not None and mapping.long.column in self._header:
            at = self._header.index(mapping.long.column)
            examples = [str(cells[at]).strip() for _, cells in islice(lines, _EXAMPLES) if at < len(cells)]
        self._columns = recognise(path, self._header, mapping, examples)

    @property
    def contents(self) -> Contents:
        """Return what is taken of the table."""
        size = _newlines(self._path) if self._path.suffix.lower() in (".csv", ".tsv") else None
        return contents_of(self._path, self._columns, self._mapping, size)

    def lines(self) -> Iterator[tuple[int, Line]]:
        """Stream the rows under the header line, each with the number of its line."""
        reader = RowReader(self._header, self._columns, self._mapping)
        for place, cells in islice(self._cells(), 1, None):
            number = _PLACE.search(place)
            yield 0 if number is None else int(number[0]), reader.line(place, cells)

    def _cells(self) -> Iterator[tuple[str, list[object]]]:
        for place, cells in sheet_lines(self._path, self._mapping.sheet, self._mapping.encoding):
            yield place, list(cells)


def _newlines(path: Path) -> int:
    with path.open("rb") as handle:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: handle.read(_CHUNK), b""))


class TableFormat(Format):
    """Opens tables."""

    def open(self, path: Path, mapping: Mapping) -> ObservationFile:
        """Look into a table."""
        return TableFile(path, mapping)


FORMAT = TableFormat("csv", Title("CSV、Excel 表格", "CSV and Excel tables"), SHEET_SUFFIXES)
