"""Observations as they stream in, line by line, in a memory that does not grow with them."""

from typing import Protocol

from layers.errors import ParameterError
from twin.sensing.files.mapping import Mapping
from twin.sensing.files.series import Line
from twin.sensing.lines.csv import CsvLines
from twin.sensing.lines.ndjson import JsonLines

__all__ = ["CSV", "NDJSON", "LineReader", "reader_of"]
CSV, NDJSON = "text/csv", "application/x-ndjson"
_NDJSON = (NDJSON, "application/ndjson", "application/jsonl", "application/json-seq", "application/json")


class LineReader(Protocol):
    """Is given bytes as they come, and gives lines as they are whole; ``left_out`` are columns that it passes over."""

    left_out: set[str]

    def feed(self, piece: bytes) -> list[Line]:
        """Return the lines that are whole with this piece."""

    def finish(self) -> list[Line]:
        """Return the last line, which may have no end."""


def reader_of(content_type: str, mapping: Mapping) -> LineReader:
    """Return what reads a body of that type. Raises ParameterError."""
    kind, _, more = content_type.partition(";")
    charset = more.partition("charset=")[2].strip().strip('"') or "utf-8"
    if kind.strip().lower() == CSV:
        return CsvLines(mapping, charset)
    if kind.strip().lower() in _NDJSON:
        return JsonLines()
    raise ParameterError("Content-Type", f"{kind[:60]!r} is neither {CSV} nor {NDJSON}")
