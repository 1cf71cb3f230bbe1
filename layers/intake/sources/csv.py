"""Text tables: CSV, with commas, semicolons or tabs between their columns, in any encoding."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from layers.errors import SourceError
from layers.intake.source import Loss, Reading, Source, SourceOptions
from layers.intake.vector.encoding import choose_encoding
from layers.intake.vector.reading import default_name, open_vector
from layers.intake.vector.sheet import Cells, SheetFeed
from layers.registry import Registry
from layers.title import Title

# The bytes of a file from which its encoding is detected.
_SAMPLE = 4 << 20
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DELIMITERS = ",;\t|"
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
# The WKT of a district may be long.
_LONGEST_CELL = 1 << 27


@dataclass(frozen=True)
class CsvSource(Source):
    """Reads a table with a header line."""

    def open(self, path: Path, options: SourceOptions, registry: Registry) -> Reading:
        """Detect encoding and delimiter, and survey the table."""
        feed = CsvFeed(path, options)
        return open_vector(feed, default_name(path), options, registry)


class CsvFeed(SheetFeed):
    """The rows of a text table."""

    def __init__(self, path: Path, options: SourceOptions) -> None:
        """Detect encoding and delimiter."""
        super().__init__(path, options.names, options.address, options.locate)
        self._encoding = self._find_encoding(options.encoding)
        self._delimiter = self._find_delimiter()

    def lines(self) -> Iterator[tuple[str, Cells]]:
        """Stream the lines that are not empty."""
        csv.field_size_limit(_LONGEST_CELL)
        with self.path.open(encoding=self._encoding, newline="") as handle:
            reader = csv.reader(handle, delimiter=self._delimiter, strict=True)
            line = 1
            try:
                for cells in reader:
                    if any(cell.strip() for cell in cells):
                        yield f"line {line}", cells
                    line = reader.line_num + 1
            except csv.Error as error:
                raise SourceError(str(self.path), f"this is not a complete table ({error})", f"line {line}") from error
            except UnicodeDecodeError as error:
                raise SourceError(
                    str(self.path), f"this is not {self._encoding} text ({error.reason})", f"after line {line}"
                ) from error

    def _find_encoding(self, requested: str | None) -> str:
        with self.path.open("rb") as handle:
            head = handle.read(_SAMPLE)
        if not head.strip():
            raise SourceError(str(self.path), "this is empty: it has no header line")
        declared = next((name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), None)
        if declared is not None and requested is None:
            return declared
        if b"\0" in head and requested is None:
            raise SourceError(str(self.path), "this is not text; check its format")
        choice = choose_encoding(self.path, head.removeprefix(_BYTE_ORDER_MARKS[0][0]).splitlines(), requested, None)
        # UTF-8 is expected of a text table, so it needs no note.
        if choice.note is not None and choice.encoding != "utf-8":
            self.notes.append(choice.note)
        return "utf-8-sig" if choice.encoding == "utf-8" else choice.encoding

    def _find_delimiter(self) -> str:
        """Return the most frequent delimiter of the header line, outside quotes."""
        with self.path.open(encoding=self._encoding, newline="") as handle:
            header = next((line for line in handle if line.strip()), "")
        unquoted = _QUOTED.sub("", header)
        return max(_DELIMITERS, key=unquoted.count)


SOURCE = CsvSource(
    "csv",
    Title("CSV 表格", "CSV table"),
    (".csv", ".tsv"),
    losses=(Loss("empty_text", Title("空文本读入为空值", "empty text is read as null")),),
    supports=frozenset({"names", "encoding", "address"}),
)
