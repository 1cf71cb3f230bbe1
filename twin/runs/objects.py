"""The ranked objects of a run, page by page."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select, tuple_

from layers.access import Decision
from layers.errors import ParameterError
from layers.query import no_cursor, read_cursor, write_cursor
from twin.hazard import Level
from twin.runs.visibility import is_visible
from twin.store.models import run_feature as table

_LAST_RANK = 2**31 - 1
_EDGES = ("XMin", "YMin", "XMax", "YMax")
_SHOWN = (
    "fid",
    "key",
    "name",
    "name_en",
    "category",
    "level",
    "levels",
    "value",
    "series",
    "unit",
    "base_m",
    "height_m",
    "rank",
    "reason_zh",
    "reason_en",
    "owner",
    "phone",
    "people",
    "screening",
    "detail",
)


@dataclass(frozen=True)
class Cursor:
    """The last object of a page."""

    rank: int
    fid: int

    def __str__(self) -> str:
        """Return the cursor as it stands in links."""
        return write_cursor(self.rank, self.fid)


def parse_cursor(text: str) -> Cursor:
    """Read the cursor of a ``next`` link."""
    rank, fid = read_cursor(text)
    if rank > _LAST_RANK:
        raise no_cursor(text)
    return Cursor(rank, fid)


def parse_level(text: str) -> Level:
    """Read a level by its number or English name."""
    by_name = {level.title.en: level for level in Level} | {str(int(level)): level for level in Level}
    try:
        return by_name[text.strip().lower()]
    except KeyError:
        names = ", ".join(level.title.en for level in Level)
        raise ParameterError("level", f"{text!r} is not a level; use {names}, or 0 to {int(Level.RED)}") from None


@dataclass(frozen=True)
class ObjectsQuery:
    """The selection of objects: from a level on, of one kind, after a cursor."""

    limit: int
    level: Level = Level.NONE
    kind: str | None = None
    after: Cursor | None = None


def objects_statement(run: int, decision: Decision, query: ObjectsQuery) -> Select[Any]:
    """Select one page of a run's objects, the worst first, and the first one of the next page."""
    conditions = [
        table.c.run == run,
        table.c.kind == "objects",
        table.c.level >= int(query.level),
        is_visible(table, decision),
    ]
    if query.kind is not None:
        conditions.append(table.c.category == query.kind)
    if query.after is not None:
        conditions.append(tuple_(table.c.rank, table.c.fid) > (query.after.rank, query.after.fid))
    columns = [table.c[name] for name in _SHOWN if name not in decision.masked]
    place = func.ST_PointOnSurface(table.c.geom)
    edges = [getattr(func, f"ST_{edge}")(table.c.geom).label(edge.lower()) for edge in _EDGES]
    rows = select(*columns, func.ST_X(place).label("lon"), func.ST_Y(place).label("lat"), *edges).where(*conditions)
    return rows.order_by(table.c.rank, table.c.fid).limit(query.limit + 1)


def object_json(row: Row[Any]) -> dict[str, Any]:
    """Return one object as JSON; its ``kind`` is what it is (a sign, a crane), ``lon`` and ``lat`` lie on it."""
    values = {str(name): value for name, value in row._mapping.items()}
    bbox = [round(values.pop(edge.lower()), 7) for edge in _EDGES]
    level, kind = Level(values.pop("level")), values.pop("category")
    reason = {"zh": values.pop("reason_zh"), "en": values.pop("reason_en")}
    place = {"lon": round(values.pop("lon"), 7), "lat": round(values.pop("lat"), 7), "bbox": bbox}
    described = {"level": int(level), "level_title": level.title.json(), "color": level.color, "reason": reason}
    return values | {"kind": kind} | described | place
