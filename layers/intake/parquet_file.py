"""Parquet files, read in groups of rows; whatever of one cannot be read is told with its path."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from layers.errors import SourceError


def open_parquet(path: Path) -> Any:
    """Return a file that is open for reading (pyarrow's ``ParquetFile``). Raises SourceError."""
    try:
        return pyarrow.parquet.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise unreadable_parquet(path, error) from error


def parquet_batches(path: Path, file: Any, columns: list[str], rows: int) -> Iterator[Any]:
    """Yield some columns of an open file in record batches of so many rows. Raises SourceError."""
    batches = file.iter_batches(batch_size=rows, columns=columns)
    while True:
        try:
            batch = next(batches, None)
        except (pa.ArrowException, OSError) as error:
            raise unreadable_parquet(path, error) from error
        if batch is None:
            return
        yield batch


def unreadable_parquet(path: Path, error: Exception) -> SourceError:
    """Return the error of a file of which something cannot be read."""
    reason = str(error).split("\n")[0].rstrip(".")
    return SourceError(str(path), f"this cannot be read ({reason}); fetch it again")
