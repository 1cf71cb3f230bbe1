"""Readings whose result is a number as rows of binary COPY, packed by columns and not value by value.

A row has its columns in the order of ``COLUMNS``, each behind its length; a null has the length -1.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.sensing.observation_id import FIRST_YEAR
from twin.sensing.reading import Reading

COLUMNS = (
    "place", "month", "datastream", "time", "sequence", "time_end", "result_time", "result", "result_json", "quality",
    "feature", "valid_time", "parameters",
)  # fmt: skip
HEADER, TRAILER = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
Placed = tuple[int, Reading]
_FORMS = {
    "place": ">i4", "month": ">i4", "datastream": ">i8", "time": ">i8", "sequence": ">i4", "time_end": ">i8",
    "result_time": ">i8", "result": ">f8",
}  # fmt: skip
_OPTIONAL = ("time_end", "result_time")
# PostgreSQL counts microseconds from here.
_EPOCH, _MICROSECOND = datetime(2000, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_EPOCH_64 = np.datetime64("2000-01-01", "us")
_FIRST_MONTH = 12 * (FIRST_YEAR - 1970)


def packed(readings: Sequence[Placed]) -> Iterator[bytes]:
    """Yield rows of readings that are plain (see ``twin.sensing.ingest.plain``), in an order of their own."""
    for present, group in _by_form(readings).items():
        yield _rows(present, group).tobytes()


def _by_form(readings: Iterable[Placed]) -> dict[tuple[str, ...], list[Placed]]:
    groups: dict[tuple[str, ...], list[Placed]] = defaultdict(list)
    forms = [(), _OPTIONAL[:1], _OPTIONAL[1:], _OPTIONAL]
    for one in readings:
        reading = one[1]
        groups[forms[(reading.time_end is not None) + 2 * (reading.result_time is not None)]].append(one)
    return groups


def _rows(present: tuple[str, ...], group: Sequence[Placed]) -> "NDArray[Any]":
    rows = np.zeros(len(group), _row_type(present))
    rows["columns"] = len(COLUMNS)
    for name in COLUMNS:
        rows[f"{name}_length"] = rows[name].itemsize if name in rows.dtype.names else -1
    readings = [reading for _, reading in group]
    rows["place"] = np.fromiter((place for place, _ in group), np.int64, len(group))
    rows["time"] = time = _integers(readings, lambda one: _microseconds(one.time))
    rows["month"] = (_EPOCH_64 + time).astype("datetime64[M]").astype(np.int64) - _FIRST_MONTH
    rows["datastream"] = _integers(readings, lambda one: one.datastream)
    rows["sequence"] = _integers(readings, lambda one: one.sequence)
    rows["result"] = np.fromiter((one.result for one in readings), np.float64, len(group))
    for name in present:
        rows[name] = _integers(readings, _OF[name])
    return rows


def _integers(readings: Sequence[Reading], value: Callable[[Reading], Any]) -> "NDArray[np.int64]":
    return np.fromiter(map(value, readings), np.int64, len(readings))


def _microseconds(instant: datetime | None) -> int:
    return 0 if instant is None else (instant - _EPOCH) // _MICROSECOND


_OF: dict[str, Callable[[Reading], Any]] = {
    "time_end": lambda one: _microseconds(one.time_end),
    "result_time": lambda one: _microseconds(one.result_time),
}


@cache
def _row_type(present: tuple[str, ...]) -> "np.dtype[Any]":
    fields = [("columns", ">i2")]
    for name in COLUMNS:
        fields.append((f"{name}_length", ">i4"))
        if name in _FORMS and (name in present or name not in _OPTIONAL):
            fields.append((name, _FORMS[name]))
    return np.dtype(fields)
