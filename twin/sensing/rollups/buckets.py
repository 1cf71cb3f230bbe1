"""Observations of datastreams by buckets of time: count, mean, least, greatest, first and last result of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    FromClause,
    Select,
    Subquery,
    bindparam,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from layers.errors import NotFound, ParameterError
from twin.sensing.entities.view import View
from twin.sensing.rollups.duration import ZONE, Duration, fitting
from twin.sensing.rollups.pieces import after, mean_of, pieces
from twin.store.sensing_models import latest

MOST_DATASTREAMS, MOST_BUCKETS = 100, 50_000
# What is shown of those who do not say.
LAST = timedelta(days=1)


@dataclass(frozen=True)
class BucketQuery:
    """Which datastreams, between which instants (both are in it; None is where the data begin and end), how long."""

    datastreams: Sequence[int]
    first: datetime | None = None
    last: datetime | None = None
    every: Duration | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """The observations of a datastream from ``start`` on; buckets without any are left out."""

    start: datetime
    count: int
    mean: float
    min: float
    max: float
    first: float
    last: float


@dataclass(frozen=True)
class Series:
    """A datastream with its buckets in order of time."""

    datastream: int
    name: str | None
    unit: str | None
    thing: int | None
    thing_name: str | None
    observed_property: str | None
    buckets: list[Bucket] = field(default_factory=list)


def buckets(connection: Connection, view: View, query: BucketQuery) -> tuple[Duration, list[Series]]:
    """Return how long buckets are, and the datastreams in the order in which they are asked for.

    Raises NotFound for a datastream that the view does not show, and ParameterError for too many of anything.
    """
    series = _series(connection, view, query.datastreams)
    span = _span(connection, query)
    if span is None:
        return query.every or fitting(LAST), series
    every = query.every or fitting(span[1] - span[0])
    _require_few(every, span, len(series))
    known = {one.datastream: one.buckets for one in series}
    rows = connection.execute(_statement(list(known), span, every))
    for number, group in groupby(rows, key=lambda row: row.datastream):
        known[number].extend(_buckets(group))
    return every, series


Span = tuple[datetime, datetime]


def _series(connection: Connection, view: View, numbers: Sequence[int]) -> list[Series]:
    if not 1 <= len(set(numbers)) <= MOST_DATASTREAMS:
        raise ParameterError("datastreams", f"name from 1 to {MOST_DATASTREAMS} datastreams by their numbers")
    streams, things = view.stream_rows().subquery("stream"), view.thing_rows().subquery("thing")
    s = streams.c
    rows = select(s.fid, s.name, s.unit_symbol, s.thing, things.c.name.label("thing_name"), s.property_name)
    rows = rows.select_from(streams.outerjoin(things, things.c.fid == s.thing)).where(s.fid == func.any(_list(numbers)))
    found = {row.fid: Series(*row) for row in connection.execute(rows)}
    missing = next((number for number in numbers if number not in found), None)
    if missing is not None:
        raise NotFound(f"there is no datastream {missing}")
    return [found[number] for number in dict.fromkeys(numbers)]


def _list(numbers: Sequence[int]) -> Any:
    return bindparam("numbers", sorted(set(numbers)), type_=ARRAY(BigInteger))


def _span(connection: Connection, query: BucketQuery) -> Span | None:
    """Return the first instant and the one after the last, or None where nothing was observed."""
    if query.first is not None and query.last is not None:
        return query.first, after(query.last)
    begins, ends, newest = connection.execute(_extent(query.datastreams)).one()
    if newest is None:
        return None
    if query.first is None and query.last is None:
        return newest - LAST, after(newest)
    span = query.first or begins, after(query.last or ends)
    return span if span[0] < span[1] else None


def _extent(numbers: Sequence[int]) -> Select[Any]:
    rows = select(func.min(latest.c.first_time), func.max(latest.c.last_time), func.max(latest.c.time))
    return rows.where(latest.c.datastream == func.any(_list(numbers)))


def _require_few(every: Duration, span: Span, series: int) -> None:
    number = every.buckets_in(span[1] - span[0]) * series
    if number > MOST_BUCKETS:
        raise ParameterError(
            "every", f"these are up to {number} buckets of {every.name}, and {MOST_BUCKETS} are allowed; take longer "
            "ones, a shorter time, or fewer datastreams",
        )  # fmt: skip


def _statement(numbers: Sequence[int], span: Span, every: Duration) -> Select[Any]:
    time = DateTime(timezone=True)
    streams = select(func.unnest(_list(numbers)).label("datastream")).subquery("stream")
    spans = select(
        streams.c.datastream, literal(span[0], time).label("begins"), literal(span[1], time).label("ends")
    ).subquery("span")
    return _aggregated(spans, pieces(spans, rolled_up=every.is_of_blocks(span[0])), every)


def _aggregated(spans: Subquery, piece: FromClause, every: Duration) -> Select[Any]:
    p, stream = piece.c, spans.c.datastream
    start = every.beginning(p.time).label("start")
    first = func.array_agg(aggregate_order_by(p.first, p.first_time, p.first_sequence))
    last = func.array_agg(aggregate_order_by(p.last, p.last_time.desc(), p.last_sequence.desc()))
    rows: Select[Any] = select(
        stream, start, func.sum(p.count).label("number"), func.sum(p.total).label("total"),
        func.min(p.lowest).label("lowest"), func.max(p.highest).label("highest"), first[1].label("first"),
        last[1].label("last"),
    )  # fmt: skip
    return rows.select_from(spans.join(piece, true())).group_by(stream, start).order_by(stream, start)


def _buckets(rows: Any) -> Iterator[Bucket]:
    for row in rows:
        mean = mean_of(row.total, row.number, row.lowest, row.highest)
        yield Bucket(row.start.astimezone(ZONE), row.number, mean, row.lowest, row.highest, row.first, row.last)
