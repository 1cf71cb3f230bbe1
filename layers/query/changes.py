"""What changed in a layer between two instants: added, removed, and changed by column."""

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BindParameter, Row, Select, Text, and_, bindparam, case, func, literal, null, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import ColumnElement

from layers.access.decision import Decision, shown_columns
from layers.access.rows import visible
from layers.base import Layer
from layers.query.bbox import Bbox
from layers.query.geojson import as_geojson
from layers.query.items import filters_of
from layers.temporal import When

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
GEOMETRY = "geometry"


@dataclass(frozen=True)
class ChangesQuery:
    """Two instants to compare, each with its own belief, and the page of differences."""

    before: When
    after: When
    limit: int
    bbox: Bbox | None = None
    last_fid: int | None = None


@dataclass(frozen=True)
class _Sides:
    """The columns of both instants, and the conditions under which they differ."""

    before: Any
    after: Any
    differs: dict[str, ColumnElement[bool]]


def changes_statement(layer: Layer, decision: Decision, query: ChangesQuery) -> Select[Any]:
    """Return a page of things that differ, in order of their numbers, and the first of the next page.

    Each row has ``fid``, ``kind``, the names of what ``differs``, both values of every column as ``old_…`` and
    ``new_…``, and the geometry as GeoJSON: the new one, of what was removed the old one.
    """
    sides, joined = _joined(layer, decision, query)
    before, after = sides.before, sides.after
    fid = func.coalesce(after.fid, before.fid)
    geometry = func.coalesce(after.geom, before.geom)
    values = [
        column.label(f"{side}_{name}")
        for name in sides.differs
        if name != GEOMETRY
        for side, column in (("old", before[name]), ("new", after[name]))
    ]
    selection = select(
        fid.label("fid"),
        _kind(sides).label("kind"),
        _names(sides).label("differs"),
        as_geojson(geometry).label("geometry"),
        *values,
    ).select_from(joined)
    conditions = [_is_change(sides)] + ([] if query.last_fid is None else [fid > query.last_fid])
    return selection.where(*conditions).order_by(fid).limit(query.limit + 1)


def counts_statement(layer: Layer, decision: Decision, query: ChangesQuery) -> Select[Any]:
    """Return one row: how many were added, removed and changed, and how many of these in each column."""
    sides, joined = _joined(layer, decision, query)
    kind = _kind(sides)
    counts = [
        func.count().filter(and_(_is_change(sides), kind == name)).label(name) for name in (ADDED, REMOVED, CHANGED)
    ]
    both = and_(sides.before.fid.is_not(None), sides.after.fid.is_not(None))
    columns = [func.count().filter(and_(both, differs)).label(f"in_{name}") for name, differs in sides.differs.items()]
    every: list[Any] = [*counts, *columns]
    return select(*every).select_from(joined)


def change(row: Row[Any], columns: list[str]) -> dict[str, Any]:
    """Return what a row says, without its geometry: kind, name, and old and new values of the columns that differ."""
    fields = row._mapping
    if row.kind == CHANGED:
        differing = [name for name in row.differs if name in columns]
        values = {name: {"old": fields[f"old_{name}"], "new": fields[f"new_{name}"]} for name in differing}
        name = {"name": fields["new_name"]} if "name" in columns else {}
        return {"kind": row.kind, **name, "differs": list(row.differs), "columns": values}
    side = "new" if row.kind == ADDED else "old"
    return {"kind": row.kind, "columns": {name: {side: fields[f"{side}_{name}"]} for name in columns}}


def _joined(layer: Layer, decision: Decision, query: ChangesQuery) -> tuple[_Sides, Any]:
    names = [column.name for column in shown_columns(layer, decision)]
    before, after = (
        _rows(layer, decision, when, query.bbox, names).subquery(label)
        for label, when in (("b", query.before), ("a", query.after))
    )
    differs: dict[str, ColumnElement[bool]] = {name: before.c[name].is_distinct_from(after.c[name]) for name in names}
    differs[GEOMETRY] = func.ST_AsBinary(before.c.geom).is_distinct_from(func.ST_AsBinary(after.c.geom))
    joined = before.join(after, before.c.fid == after.c.fid, full=True)
    return _Sides(before.c, after.c, differs), joined


def _rows(layer: Layer, decision: Decision, when: When, bbox: Bbox | None, names: list[str]) -> Select[Any]:
    """Return the rows of one instant that somebody may see."""
    rows = visible(layer, decision, when)
    columns = rows.selected_columns
    shown = rows.with_only_columns(columns.fid, columns.geom, *(columns[name] for name in names))
    return _with_own_names(shown.where(*filters_of(columns, bbox, {})))


def _kind(sides: _Sides) -> ColumnElement[str]:
    return case((sides.before.fid.is_(None), ADDED), (sides.after.fid.is_(None), REMOVED), else_=CHANGED)


def _is_change(sides: _Sides) -> ColumnElement[bool]:
    alone = or_(sides.before.fid.is_(None), sides.after.fid.is_(None))
    return or_(alone, *sides.differs.values())


def _names(sides: _Sides) -> ColumnElement[Any]:
    """Return the names of the columns that differ."""
    names = [case((differs, literal(name, Text))) for name, differs in sides.differs.items()]
    every: ColumnElement[Any] = array(names, type_=Text())
    return func.array_remove(every, null(), type_=ARRAY(Text))


def _with_own_names(statement: Select[Any]) -> Select[Any]:
    """Return a statement whose instants have names that no other one in the same statement has."""

    def renamed(element: Any, **_: Any) -> Any:
        if isinstance(element, BindParameter) and not element.unique:
            return bindparam(None, element.value, type_=element.type, unique=True)
        return None

    return cast("Select[Any]", visitors.replacement_traverse(statement, {}, renamed))
