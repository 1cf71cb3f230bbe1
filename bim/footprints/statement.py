"""The SQL of footprints: compiled once for a layer and a form of reader, executed by the driver for each request."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Double, Integer, LargeBinary, Select, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from bim.footprints.shown import Footprints
from bim.tiling import PER_DEGREE, Cell
from layers.access import AREA, CLEARANCE, outline, parameters
from layers.store import driver_sql
from layers.style import Single
from layers.temporal import When

_PLACEHOLDER = datetime(2000, 1, 1, tzinfo=UTC)
_EDGES = ("west", "south", "east", "north")
_BOUND = {*_EDGES, "most", "at_first", "at_last", "as_of", CLEARANCE, AREA}
Statement = tuple[bytes, dict[str, Any]]


def members(connection: Connection, shown: Footprints, cell: Cell, most: int) -> list[tuple[Any, ...]]:
    """Return the rows whose middle lies in a cell, with their geometry as WKB; one more than ``most`` tells of more."""
    values = dict(zip(_EDGES, cell.bounds, strict=True))
    return _rows(connection, shown, content_statement, {**values, "most": most + 1})


def cells(connection: Connection, shown: Footprints) -> tuple[Any, ...]:
    """Return the one row of ``cells_statement``."""
    (row,) = _rows(connection, shown, cells_statement, {})
    return row


def content_statement(shown: Footprints) -> Select[Any]:
    """Return the things of a cell in order of their numbers."""
    west, south, east, north = (_bound(name, Double()) for name in _EDGES)
    rows = shown.rows(func.ST_MakeEnvelope(west, south, east, north, 4490))
    inside = (rows.c.x >= west, rows.c.x < east, rows.c.y >= south, rows.c.y < north)
    names = ("fid", "code", "name", "base", "top", "missing", "colored_by")
    statement = select(*(rows.c[name] for name in names), func.ST_AsBinary(rows.c.geom, "NDR").label("wkb"))
    return statement.where(*inside).order_by(rows.c.fid).limit(_bound("most", Integer()))


def cells_statement(shown: Footprints) -> Select[Any]:
    """Return one row of all finest cells: packed, things without a height, west, south, east, north, base and top.

    Packed are column, row and number of things of each cell, whole numbers of four bytes, the high one first.
    """
    rows = shown.rows()
    x, y = (cast(func.floor(place * float(PER_DEGREE)), Integer).label(place.name) for place in (rows.c.x, rows.c.y))
    west, south, east, north = (getattr(func, f"ST_{edge}")(rows.c.box) for edge in ("XMin", "YMin", "XMax", "YMax"))
    reach = {
        "west": func.min(west), "south": func.min(south), "east": func.max(east), "north": func.max(north),
        "base": func.min(rows.c.base), "top": func.max(rows.c.top), "missing": func.sum(rows.c.missing),
        "number": cast(func.count(), Integer),
    }  # fmt: skip
    grouped = select(x, y, *(value.label(name) for name, value in reach.items()))
    cell = grouped.where(rows.c.x.is_not(None)).group_by(x, y).subquery("cell")
    packed = func.int4send(cell.c.x).op("||")(func.int4send(cell.c.y)).op("||")(func.int4send(cell.c.number))
    nothing = cast("", LargeBinary)
    return select(
        func.string_agg(packed, aggregate_order_by(nothing, cell.c.x, cell.c.y)),
        cast(func.sum(cell.c.missing), Integer),
        func.min(cell.c.west), func.min(cell.c.south), func.max(cell.c.east), func.max(cell.c.north),
        func.min(cell.c.base), func.max(cell.c.top),
    )  # fmt: skip


def _rows(
    connection: Connection, shown: Footprints, build: Callable[[Footprints], Select[Any]], values: dict[str, Any]
) -> list[tuple[Any, ...]]:
    sql, fixed = _compiled(_form(shown), build)
    given = fixed | values | shown.when.parameters() | parameters(shown.decision)
    # psycopg's own: in binary, without a row object for each row.
    driver: Any = connection.connection.dbapi_connection
    with driver.cursor(binary=True) as cursor:
        cursor.execute(sql, given, prepare=True)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


@lru_cache(maxsize=512)
def _compiled(form: Footprints, build: Callable[[Footprints], Select[Any]]) -> Statement:
    sql, values = driver_sql(build(form))
    return sql.encode(), {name: value for name, value in values.items() if name not in _BOUND}


def _form(shown: Footprints) -> Footprints:
    """Return what the text of statements depends on: no values, which each request binds."""
    instant = _PLACEHOLDER if shown.when.is_instant else None
    as_of = None if shown.when.as_of is None else _PLACEHOLDER
    when = When(instant, instant, as_of, shown.when.explicit)
    paint = Single("") if shown.colored_by is None else shown.paint
    return replace(shown, decision=outline(shown.decision), when=when, paint=paint)


def _bound(name: str, kind: Any) -> BindParameter[Any]:
    return bindparam(name, type_=kind)
