"""Readings stream by binary COPY into a temporary table of the session."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from psycopg import Cursor
from psycopg.types.json import Jsonb
from psycopg.types.range import TimestamptzRange

from twin.sensing.ingest.packed import COLUMNS, HEADER, TRAILER, Placed, packed
from twin.sensing.observation_id import month_of
from twin.sensing.reading import Reading, as_double

TYPES = dict(
    zip(
        COLUMNS,
        (
            "int4", "int4", "int8", "timestamptz", "int4", "timestamptz", "timestamptz", "float8", "jsonb", "jsonb",
            "int8", "tstzrange", "jsonb",
        ),
        strict=True,
    )
)  # fmt: skip
_MAKE = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS incoming ("
    + ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
    + ") ON COMMIT DELETE ROWS"
)
_COPY = f"COPY pg_temp.incoming ({', '.join(COLUMNS)}) FROM STDIN (FORMAT BINARY)"


def copy_readings(cursor: Cursor[Any], plain: Sequence[Placed], others: Iterable[Placed] = ()) -> None:
    """Put readings, each with its place in the batch, into ``pg_temp.incoming``, and nothing else."""
    cursor.execute("SET LOCAL client_min_messages = warning")
    cursor.execute(_MAKE)
    cursor.execute("TRUNCATE pg_temp.incoming")
    if plain:
        with cursor.copy(_COPY) as copy:
            copy.write(HEADER)
            for rows in packed(plain):
                copy.write(rows)
            copy.write(TRAILER)
    if others:
        with cursor.copy(_COPY) as copy:
            copy.set_types(list(TYPES.values()))
            for place, reading in others:
                copy.write_row(tuple(_row(place, reading)))


def _row(place: int, reading: Reading) -> Iterator[Any]:
    number = as_double(reading.result)
    yield from (place, month_of(reading.time), reading.datastream, reading.time, reading.sequence)
    yield from (reading.time_end, reading.result_time, number)
    yield from (Jsonb(reading.result) if number is None else None, _json(reading.quality), reading.feature)
    yield None if reading.valid_time is None else TimestamptzRange(*reading.valid_time, "[]")
    yield _json(reading.parameters)


def _json(value: Any) -> Jsonb | None:
    return None if value is None else Jsonb(value)
