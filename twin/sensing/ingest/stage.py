"""Readings stream by binary COPY into a temporary table of the session."""

from collections.abc import Iterable, Iterator
from typing import Any

from psycopg import Cursor
from psycopg.types.json import Jsonb
from psycopg.types.range import TimestamptzRange

from twin.sensing.observation_id import month_of
from twin.sensing.reading import Reading

_TYPES = {
    "place": "int4",
    "month": "int4",
    "datastream": "int8",
    "time": "timestamptz",
    "sequence": "int4",
    "time_end": "timestamptz",
    "result_time": "timestamptz",
    "result": "float8",
    "result_json": "jsonb",
    "quality": "jsonb",
    "feature": "int8",
    "valid_time": "tstzrange",
    "parameters": "jsonb",
}
_MAKE = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS incoming ("
    + ", ".join(f"{name} {kind}" for name, kind in _TYPES.items())
    + ") ON COMMIT DELETE ROWS"
)
_COPY = f"COPY pg_temp.incoming ({', '.join(_TYPES)}) FROM STDIN (FORMAT BINARY)"


def copy_readings(cursor: Cursor[Any], readings: Iterable[tuple[int, Reading]]) -> None:
    """Put readings, each with its place in the batch, into ``pg_temp.incoming``, and nothing else."""
    cursor.execute("SET LOCAL client_min_messages = warning")
    cursor.execute(_MAKE)
    cursor.execute("TRUNCATE pg_temp.incoming")
    with cursor.copy(_COPY) as copy:
        copy.set_types(list(_TYPES.values()))
        for place, reading in readings:
            copy.write_row(tuple(_row(place, reading)))


def _row(place: int, reading: Reading) -> Iterator[Any]:
    number = as_number(reading.result)
    yield from (place, month_of(reading.time), reading.datastream, reading.time, reading.sequence)
    yield from (reading.time_end, reading.result_time, number)
    yield from (Jsonb(reading.result) if number is None else None, _json(reading.quality), reading.feature)
    yield None if reading.valid_time is None else TimestamptzRange(*reading.valid_time, "[]")
    yield _json(reading.parameters)


def as_number(result: Any) -> float | None:
    """Return a result as the double that it is kept as, or None for what is no number or would lose digits."""
    if isinstance(result, bool) or not isinstance(result, int | float):
        return None
    if isinstance(result, int) and abs(result) > 2**53:
        return None
    return float(result)


def _json(value: Any) -> Jsonb | None:
    return None if value is None else Jsonb(value)
