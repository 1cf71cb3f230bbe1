"""What became of latest readings since somebody looked: by the numbers of transactions, whoever wrote them.

A row was written since a snapshot if the number of its transaction (``xmin``) is not below those of all that were at
work then. That holds for whatever commits late and for what is written by hand, and needs neither triggers nor an
index. Rows of transactions that are at work for long come again and again: whoever asks knows them by their marks.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Text, bindparam, cast, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from layers.access import Decision, visible
from layers.temporal import When
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.catalog.things import LAYER as THINGS
from twin.store.sensing_models import latest

# Edits of these are edits of what is watched.
_LAYERS = (DATASTREAMS.id, THINGS.id)
_HORIZON = literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint", BigInteger)
# ``xmin`` has the lower 32 bits of a number, which is below that of all that did not begin yet.
_NEXT = literal_column("pg_snapshot_xmax(pg_current_snapshot())::text::bigint", BigInteger)
_LOW = 2**32 - 1
_XMIN = literal_column("latest.xmin::text::bigint", BigInteger)


def standing_statement(*layers: str) -> Select[Any]:
    """Return one row: the number below which no transaction is at work, and the version of what may be watched.

    The version is also that of other ``layers``.
    """
    versions: list[Any] = [func.onemap.tile_version(name, 0, 0, 0, func.now()) for name in (*_LAYERS, *layers)]
    columns: list[Any] = [_HORIZON.label("horizon"), func.concat_ws("/", *versions, type_=Text()).label("version")]
    return select(*columns)


def changed_statement(numbers: Collection[int], fresh: Collection[int], since: int) -> Select[Any]:
    """Return (datastream, mark) of those of ``numbers`` written since a horizon, and of all in ``fresh``."""
    written_by = _NEXT - (_NEXT - _XMIN).bitwise_and(_LOW)
    recent = written_by >= bindparam("since", since, type_=BigInteger)
    mark = func.concat_ws("/", latest.c.id, _XMIN, type_=Text()).label("mark")
    rows = select(latest.c.datastream, mark).where(latest.c.datastream == _any(numbers, "numbers"))
    return rows.where(or_(recent, latest.c.datastream == _any(fresh, "fresh")))


def shown_statement(numbers: Collection[int], decision: Decision, when: When) -> Select[Any]:
    """Return the latest readings of datastreams as somebody may see them, with what people need to read them."""
    streams = visible(DATASTREAMS, decision, when).subquery("stream")
    things = visible(THINGS, decision, when).subquery("thing")
    joined = streams.join(latest, latest.c.datastream == streams.c.fid)
    joined = joined.outerjoin(things, things.c.fid == streams.c.thing)
    point = func.ST_PointOnSurface(streams.c.geom)
    columns: list[ColumnElement[Any]] = [
        streams.c.fid.label("datastream"), streams.c.thing, streams.c.name, things.c.name.label("thing_name"),
        things.c.category, streams.c.property_name, latest.c.result, latest.c.result_json,
        streams.c.unit_symbol.label("unit"), latest.c.time, latest.c.quality, func.ST_X(point).label("lon"),
        func.ST_Y(point).label("lat"),
    ]  # fmt: skip
    return select(*columns).select_from(joined).where(streams.c.fid == _any(numbers, "numbers"))


def _any(numbers: Collection[int], name: str) -> Any:
    return func.any(cast(bindparam(name, sorted(numbers), type_=ARRAY(BigInteger)), ARRAY(BigInteger)))
