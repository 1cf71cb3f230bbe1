"""Pages of observations, each read by itself, so that a slow reader holds neither a connection nor a snapshot.

Each page asks anew whether the datastream is seen: what is graded higher meanwhile ends the export.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

import orjson
from sqlalchemy import BigInteger, Connection, Row, bindparam, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from layers.errors import NotFound
from twin.sensing.entities.view import View
from twin.sensing.reading import from_double
from twin.store.sensing_models import feature_of_interest, observation

MOST_STREAMS = 1000
_ROWS = 10_000
Connect = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True)
class Stream:
    """What is told of a datastream; ``place`` is that of its thing as GeoJSON, or None."""

    number: int
    name: str
    thing: int
    thing_name: str
    observed_property: str
    unit: str
    place: bytes | None


@dataclass(frozen=True)
class Wanted:
    """Which observations are asked for, by datastreams and time (closed at both ends), in times of which zone."""

    streams: tuple[int, ...]
    first: datetime | None = None
    last: datetime | None = None
    zone: tzinfo = UTC
    places: bool = False


@dataclass(frozen=True)
class Observed:
    """One observation as it is exported; a result is a number, or any other value of JSON."""

    time: datetime
    end: datetime | None
    result: Any
    sequence: int
    quality: Any
    place: bytes | None = None


Page = tuple[Stream, Sequence[Observed]]


def streams_wanted(connection: Connection, view: View, numbers: Sequence[int]) -> list[Stream]:
    """Return the datastreams of these numbers in their order. Raises NotFound; one that is hidden is not there."""
    streams, things = view.stream_rows().subquery(), view.thing_rows().subquery()
    asked = bindparam("numbers", list(numbers), type_=ARRAY(BigInteger))
    names: list[Any] = [streams.c[name] for name in ("fid", "name", "thing", "property_name", "unit_symbol")]
    place, nowhere = func.ST_AsGeoJSON(streams.c.geom, 7, 0), func.ST_IsEmpty(streams.c.geom)
    statement = select(
        *names, things.c.name.label("thing_name"), place.label("place"), nowhere.label("nowhere")
    ).select_from(streams.outerjoin(things, things.c.fid == streams.c.thing))
    found = {row.fid: row for row in connection.execute(statement.where(streams.c.fid == func.any(asked)))}
    absent = next((number for number in numbers if number not in found), None)
    if absent is not None:
        raise NotFound(f"there is no datastream {absent}")
    return [_stream(found[number]) for number in numbers]


def streams_of(connection: Connection, view: View, things: Sequence[int]) -> list[int]:
    """Return the numbers of the datastreams of things, in their order. Raises NotFound."""
    rows = view.thing_rows()
    asked = bindparam("things", list(things), type_=ARRAY(BigInteger))
    fid = rows.selected_columns.fid
    there = set(connection.execute(rows.with_only_columns(fid).where(fid == func.any(asked))).scalars())
    absent = next((number for number in things if number not in there), None)
    if absent is not None:
        raise NotFound(f"there is no thing {absent}")
    streams = view.stream_rows()
    c = streams.selected_columns
    own = streams.with_only_columns(c.fid).where(c.thing == func.any(asked)).order_by(c.thing, c.fid)
    return list(connection.execute(own).scalars())


def read_pages(connect: Connect, view: Callable[[], View], wanted: Wanted) -> Iterator[Page]:
    """Yield the observations of each datastream in order of time, page by page. Raises NotFound."""
    for number in wanted.streams:
        after: tuple[datetime, int] | None = None
        while True:
            with connect() as connection:
                seen = view()
                (stream,) = streams_wanted(connection, seen, [number])
                rows = connection.execute(_statement(number, wanted, after)).all()
                places = _places(connection, seen, rows) if wanted.places else {}
            if rows:
                yield stream, [_observed(row, wanted.zone, places.get(row.feature, stream.place)) for row in rows]
            if len(rows) < _ROWS:
                break
            after = rows[-1].time, rows[-1].sequence


def refreshed(view: View) -> View:
    """Return what somebody sees at this very moment."""
    return replace(view, at=datetime.now(UTC))


def _statement(number: int, wanted: Wanted, after: tuple[datetime, int] | None) -> Any:
    c = observation.c
    statement = select(c.time, c.sequence, c.time_end, c.result, c.result_json, c.quality, c.feature)
    statement = statement.where(c.datastream == number).order_by(c.time, c.sequence).limit(_ROWS)
    if wanted.first is not None:
        statement = statement.where(c.time >= wanted.first)
    if wanted.last is not None:
        statement = statement.where(c.time <= wanted.last)
    if after is not None:
        # The first condition lets whole months be passed over.
        statement = statement.where(c.time >= after[0], tuple_(c.time, c.sequence) > after)
    return statement


def _places(connection: Connection, view: View, rows: Sequence[Row[Any]]) -> dict[int, bytes]:
    """Return the shapes of features of interest, of those that are seen: where things were when they observed."""
    c = feature_of_interest.c
    numbers = bindparam("features", sorted({row.feature for row in rows if row.feature}), type_=ARRAY(BigInteger))
    shown = select(c.id, func.ST_AsGeoJSON(c.geom, 7, 0).label("place")).where(c.id == func.any(numbers))
    shown = shown.where(c.geom.is_not(None), view.features())
    return {row.id: row.place.encode() for row in connection.execute(shown)}


def _stream(row: Any) -> Stream:
    place = None if row.nowhere or row.place is None else row.place.encode()
    texts = (row.property_name or "", row.unit_symbol or "")
    return Stream(row.fid, row.name or "", row.thing, row.thing_name or "", *texts, place)


def _observed(row: Row[Any], zone: tzinfo, place: bytes | None) -> Observed:
    result = row.result_json if row.result is None else from_double(row.result)
    end = None if row.time_end is None else row.time_end.astimezone(zone)
    return Observed(row.time.astimezone(zone), end, result, row.sequence, row.quality, place)


def as_text(value: Any) -> str:
    """Return a value of JSON as a cell: a text without its quotes, all else as JSON, nothing for nothing."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
