"""Parquet: one quantity a column, or one observation a row, read in groups of rows."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from layers.errors import SourceError
from layers.intake import open_parquet, parquet_batches, unreadable_parquet
from layers.title import Title
from twin.sensing.files.columns import contents_of, recognise
from twin.sensing.files.format import Format
from twin.sensing.files.mapping import Mapping
from twin.sensing.files.rows import RowReader
from twin.sensing.files.series import Contents, Line, ObservationFile

_ROWS, _MOST_COLUMNS = 5000, 10_000


class ParquetFile(ObservationFile):
    """A Parquet file that is open for reading."""

    def __init__(self, path: Path, mapping: Mapping) -> None:
        """Read its metadata."""
        if mapping.year is not None:
            raise SourceError(str(path), "its times are as they stand; only weather files take a year")
        self._path, self._mapping = path, mapping
        with open_parquet(self._path) as file:
            self._header, self._count = list(file.schema_arrow.names), file.metadata.num_rows
        if len(self._header) > _MOST_COLUMNS:
            raise SourceError(str(path), f"it has more than {_MOST_COLUMNS} columns")
        self._columns = recognise(path, self._header, mapping)

    @property
    def contents(self) -> Contents:
        """Return what is taken of it."""
        return contents_of(self._path, self._columns, self._mapping, self._count)

    def lines(self) -> Iterator[tuple[int, Line]]:
        """Stream its rows, counted from 1."""
        used = self._used()
        reader = RowReader(used, self._columns, self._mapping)
        with open_parquet(self._path) as file:
            number = 0
            for batch in parquet_batches(self._path, file, used, _ROWS):
                columns = [self._values(batch.column(name)) for name in used]
                for cells in zip(*columns, strict=True):
                    number += 1
                    yield number, reader.line(f"row {number}", cells)

    def _used(self) -> list[str]:
        long = self._columns.long
        wanted = {*self._columns.times, *(vars(long).values() if long else (one.key for one in self._columns.series))}
        return [name for name in self._header if name in wanted]

    def _values(self, column: Any) -> Sequence[Any]:
        """Return values of Python; nanoseconds, which datetimes do not have, are cut to microseconds."""
        kind = column.type
        if pa.types.is_timestamp(kind) and kind.unit == "ns":
            column = column.cast(pa.timestamp("us", kind.tz), safe=False)
        try:
            values: Sequence[Any] = column.to_pylist()
        except (pa.ArrowException, ValueError, OverflowError) as error:
            raise unreadable_parquet(self._path, error) from error
        return values


class ParquetFormat(Format):
    """Opens Parquet files."""

    def open(self, path: Path, mapping: Mapping) -> ObservationFile:
        """Look into a Parquet file."""
        return ParquetFile(path, mapping)


FORMAT = ParquetFormat("parquet", Title("Parquet 文件", "Parquet"), (".parquet",))
