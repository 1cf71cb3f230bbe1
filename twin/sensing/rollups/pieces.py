"""What a datastream observed in a span of time, in as few pieces as can be.

Whole blocks of five minutes are rolled up; what is before and after them comes from the observations themselves.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import FromClause, Select, func, literal_column, select, union_all
from sqlalchemy.sql.elements import ColumnElement

from twin.store.sensing_models import observation, rollup

# A sum is kept in units of this, see onemap.scaled.
UNIT = 2.0**60
_MICROSECOND = timedelta(microseconds=1)
_LAST = datetime.max.replace(tzinfo=UTC)
_NUMBERS = (
    "count", "total", "lowest", "highest",
    "first_time", "first_sequence", "first", "last_time", "last_sequence", "last",
)  # fmt: skip


def after(instant: datetime) -> datetime:
    """Return the instant (UTC) that comes next; after the last of the calendar there is none, and it is returned."""
    return min(instant, _LAST - _MICROSECOND) + _MICROSECOND


def pieces(spans: FromClause, *, rolled_up: bool = True) -> FromClause:
    """Return the pieces of each of ``spans``: the numbers of a rollup, and ``time``, by which one belongs to a bucket.

    ``spans`` has ``datastream``, ``begins`` and ``ends``, which is no longer in it. Unless ``rolled_up``, all pieces
    are observations.
    """
    begins, ends = spans.c.begins, spans.c.ends
    if not rolled_up:
        return _rows(spans, begins, ends).lateral("piece")
    # The first block that begins inside, and the one in which the span ends.
    first = func.onemap.block_of(begins + literal_column("interval '5 minutes' - interval '1 microsecond'"))
    last = func.onemap.block_of(ends)
    return union_all(
        _blocks(spans, first, last),
        _rows(spans, begins, func.least(first, ends)),
        _rows(spans, func.greatest(first, last), ends),
    ).lateral("piece")


def _blocks(spans: FromClause, first: ColumnElement[Any], last: ColumnElement[Any]) -> Select[Any]:
    r = rollup.c
    blocks = select(r.start.label("time"), *(r[name] for name in _NUMBERS)).correlate(spans)
    return blocks.where(r.datastream == spans.c.datastream, r.start >= first, r.start < last)


def _rows(spans: FromClause, begins: ColumnElement[Any], ends: ColumnElement[Any]) -> Select[Any]:
    o = observation.c
    one: tuple[Any, ...] = (
        o.time.label("time"), literal_column("1").label("count"), func.onemap.scaled(o.result).label("total"),
        o.result.label("lowest"), o.result.label("highest"), o.time.label("first_time"),
        o.sequence.label("first_sequence"), o.result.label("first"), o.time.label("last_time"),
        o.sequence.label("last_sequence"), o.result.label("last"),
    )  # fmt: skip
    rows: Select[Any] = select(*one).correlate(spans)
    return rows.where(o.datastream == spans.c.datastream, o.time >= begins, o.time < ends, o.result.is_not(None))


def mean_of(total: float, count: int, lowest: float, highest: float) -> float:
    """Return the mean of results from their sum in units of ``UNIT``; it is never outside of them."""
    return min(max(total / count * UNIT, lowest), highest)
