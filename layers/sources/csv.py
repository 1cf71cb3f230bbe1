"""Text tables: CSV, with commas, semicolons or tabs between their columns, in whatever encoding."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from layers.errors import SourceError
from layers.registry import Registry
from layers.source import Loss, Reading, Source, SourceOptions
from layers.title import Title
from layers.vector.encoding import choose_encoding
from layers.vector.reading import default_name, open_vector
from layers.vector.sheet import Cells, SheetFeed

# So much of a file is looked at to find out its encoding.
_SAMPLE = 4 << 20
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DELIMITERS = ",;\t|"
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
# WKT of a district may be long.
_LONGEST_CELL = 1 << 27


@dataclass(frozen=True)
class CsvSource(Source):
    """Reads a table with a line of names on top."""

    def open(self, path: Path, options: SourceOptions, registry: Registry) -> Reading:
        """Find out encoding and delimiter, and look through the table once."""
        feed = CsvFeed(path, options)
        return open_vector(feed, default_name(path), options, registry)


class CsvFeed(SheetFeed):
    """The rows of a text table."""

    def __init__(self, path: Path, options: SourceOptions) -> None:
        """Find out encoding and delimiter."""
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
                raise SourceError(str(self.path), f"this is no whole table ({error})", f"line {line}") from error
            except UnicodeDecodeError as error:
                raise SourceError(
                    str(self.path), f"this is not {self._encoding} text ({error.reason})", f"after line {line}"
                ) from error

    def _find_encoding(self, wanted: str | None) -> str:
        with self.path.open("rb") as handle:
            head = handle.read(_SAMPLE)
        if not head.strip():
            raise SourceError(str(self.path), "this is empty: not even a line that names the columns")
        marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
        if marked is not None and wanted is None:
            return marked
        if b"\0" in head and wanted is None:
            raise SourceError(str(self.path), "this is no text; check what it is")
        found = choose_encoding(self.path, head.removeprefix(_MARKS[0][0]).splitlines(), wanted, None)
        # UTF-8 is what is expected of a text table.
        if found.note is not None and found.encoding != "utf-8":
            self.notes.append(found.note)
        return "utf-8-sig" if found.encoding == "utf-8" else found.encoding

    def _find_delimiter(self) -> str:
        """Return the delimiter that stands most often in the line of names, outside of quotes."""
        with self.path.open(encoding=self._encoding, newline="") as handle:
            names = next((line for line in handle if line.strip()), "")
        bare = _QUOTED.sub("", names)
        return max(_DELIMITERS, key=bare.count)


SOURCE = CsvSource(
    "csv",
    Title("CSV 表格", "CSV table"),
    (".csv", ".tsv"),
    losses=(Loss("empty_text", Title("空文本读入为空值", "empty text comes back as nothing")),),
    heeds=frozenset({"names", "encoding", "address"}),
)
