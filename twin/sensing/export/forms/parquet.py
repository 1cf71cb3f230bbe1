"""Parquet, a group of rows for each page; times are of microseconds in the zone that is asked for."""

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from twin.sensing.export.form import Form
from twin.sensing.export.pages import Page, Wanted, as_text
from twin.sensing.reading import as_double


class _Sink:
    """A file that is written and at once given on."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)

    def flush(self) -> None:
        """Do nothing: what is written is taken."""

    def close(self) -> None:
        self.closed = True


class ParquetForm(Form):
    """Writes groups of rows."""

    def write(self, pages: Iterator[Page], wanted: Wanted) -> Iterator[bytes]:
        """Yield the file in pieces."""
        sink, schema = _Sink(), schema_in(wanted.zone)
        with pyarrow.parquet.ParquetWriter(pa.PythonFile(sink, "w"), schema, compression="zstd") as writer:
            for page in pages:
                writer.write_table(table_of(page, schema))
                yield sink.taken()
        yield sink.taken()


def schema_in(zone: tzinfo) -> pa.Schema:
    """Return the columns; results that are no numbers are texts, or JSON."""
    time, word = pa.timestamp("us", _name_of(zone)), pa.string()
    return pa.schema(
        [
            ("datastream", pa.int64()), ("name", word), ("thing", pa.int64()), ("thing_name", word),
            ("observed_property", word), ("unit", word), ("time", time), ("time_end", time), ("result", pa.float64()),
            ("text", word), ("sequence", pa.int32()), ("quality", word),
        ]
    )  # fmt: skip


def table_of(page: Page, schema: pa.Schema) -> pa.Table:
    """Return a page as a table."""
    stream, rows = page
    numbers = [as_double(one.result) for one in rows]
    columns = {
        "datastream": [stream.number] * len(rows),
        "name": [stream.name] * len(rows),
        "thing": [stream.thing] * len(rows),
        "thing_name": [stream.thing_name] * len(rows),
        "observed_property": [stream.observed_property] * len(rows),
        "unit": [stream.unit] * len(rows),
        "time": [one.time for one in rows],
        "time_end": [one.end for one in rows],
        "result": numbers,
        "text": [None if n is not None else as_text(one.result) for n, one in zip(numbers, rows, strict=True)],
        "sequence": [one.sequence for one in rows],
        "quality": [as_text(one.quality) or None for one in rows],
    }
    return pa.table(columns, schema=schema)


def _name_of(zone: tzinfo) -> str:
    """Return a zone's name as Arrow has it: UTC, +08:00, or that of the database of zones."""
    name = getattr(zone, "key", None) or str(zone)
    return "UTC" if name == "UTC" else str(name).removeprefix("UTC")


FORM = ParquetForm("parquet", "application/vnd.apache.parquet", ".parquet")
