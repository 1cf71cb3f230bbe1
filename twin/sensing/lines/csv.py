"""Lines of a table with one observation each: ``datastream,time,result``, perhaps ``sequence`` and ``quality``."""

import csv
from collections.abc import Iterable
from pathlib import Path

from layers.errors import InputError, ParameterError
from twin.sensing.files.columns import recognise
from twin.sensing.files.mapping import Mapping
from twin.sensing.files.rows import RowReader
from twin.sensing.files.series import Fault, Line
from twin.sensing.lines.splitting import LONGEST, Splitter

_QUOTE = b'"'
_MOST_COLUMNS = 1000


class CsvLines:
    """Reads a table whose first line names the columns; what is quoted may go over several lines."""

    def __init__(self, mapping: Mapping, charset: str) -> None:
        """Begin at the first line."""
        self._mapping, self._charset = mapping, charset
        self._splitter = Splitter()
        self._rows: RowReader | None = None
        self._open: list[bytes] = []
        self._began = self._quotes = self._length = 0
        self.left_out: set[str] = set()
        try:
            "".encode(charset)
        except (LookupError, UnicodeError) as error:
            raise ParameterError("charset", f"{charset[:40]!r} is not a known encoding") from error

    def feed(self, piece: bytes) -> list[Line]:
        """Return the rows that are whole with this piece. Raises InputError for a header line that does not do."""
        return self._lines(self._splitter.feed(piece))

    def finish(self) -> list[Line]:
        """Return the last row, which may have no end."""
        lines = self._lines(self._splitter.finish())
        return [*lines, self._unclosed()] if self._open else lines

    def _lines(self, lines: Iterable[tuple[int, bytes | None]]) -> list[Line]:
        found = []
        for number, text in lines:
            line = self._take(number, text)
            if line is not None:
                found.append(line)
        return found

    def _take(self, number: int, text: bytes | None) -> Line | None:
        if text is None:
            self._open.clear()
            return _faulty(f"line {number}", "size", f"it is longer than {LONGEST} bytes")
        if not self._open:
            self._began, self._quotes, self._length = number, 0, 0
        self._open.append(text)
        self._quotes += text.count(_QUOTE)
        self._length += len(text) + 1
        if self._quotes % 2:
            return self._unclosed() if self._length > LONGEST else None
        record = b"\n".join(self._open)
        self._open.clear()
        return self._row(f"line {self._began}", record) if record.strip() else None

    def _unclosed(self) -> Line:
        """Return that a quote does not end; the lines that it took are as many values."""
        count = len(self._open)
        self._open.clear()
        return _faulty(f"line {self._began}", "quote", f"a quote does not end within {count} lines", count)

    def _row(self, place: str, record: bytes) -> Line | None:
        try:
            text = record.decode(self._charset).removeprefix("\ufeff")
            cells = next(csv.reader([text], strict=True))
        except UnicodeError as error:
            why = getattr(error, "reason", error)  # some encodings of Python tell none
            return self._refuse(place, "encoding", f"this is not {self._charset} text ({why})")
        except csv.Error as error:
            return self._refuse(place, "format", f"this is no row of a table ({error})")
        if self._rows is None:
            self._rows = self._begin([cell.strip() for cell in cells])
            return None
        return self._rows.line(place, cells)

    def _refuse(self, place: str, why: str, reason: str) -> Line:
        if self._rows is None:
            raise InputError(f"body, {place}: {reason}")
        return _faulty(place, why, reason)

    def _begin(self, header: list[str]) -> RowReader:
        if len(header) > _MOST_COLUMNS:
            raise InputError(f"body: a table has at most {_MOST_COLUMNS} columns")
        columns = recognise(Path("body"), header, self._mapping)
        if not columns.by_number:
            raise InputError(
                "body: its header line is not datastream,time,result; a table with a column for each quantity is"
                " loaded with: twin observations load"
            )
        self.left_out = {one.what for one in columns.left_out}
        return RowReader(header, columns, self._mapping)


def _faulty(place: str, why: str, reason: str, count: int = 1) -> Line:
    return Line(place, faults=(Fault(why, reason, count),))
