"""What an object lies in, and what lies in it."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Text, cast, func, null, select
from sqlalchemy.sql.elements import ColumnElement

from layers.access.decide import Decision, decide, shown_columns
from layers.access.principals import Principal
from layers.access.rows import visible
from layers.base import Layer
from layers.registry import Registry
from layers.store.dataset_layer import DatasetLayer
from layers.temporal import now

# What things lie in, the widest first; a thing has none of those before it in itself.
_WHOLES = ("boundaries", "landuse", "buildings")
MOST_WHOLES, MOST_COUNTED = 10, 1000
# Layers of things that are worked out from others and lie somewhere all the same.
_LIVING = ("iot", "incidents")
_TOLD = ("name", "name_en", "class", "division_code")


def wholes(
    connection: Connection, registry: Registry, principal: Principal, layer: Layer, fid: int, shape: Any
) -> dict[str, list[dict[str, Any]]]:
    """Return the divisions, parcels and buildings in which a point on the shape lies, by layer."""
    point = func.ST_PointOnSurface(shape)
    found = {}
    for known, decision in _seen(registry, principal):
        if known.id not in _WHOLES:
            continue
        other = _rows(known, decision, lambda geom: func.ST_Intersects(geom, point))
        rows = connection.execute(other.limit(MOST_WHOLES)).mappings().all()
        told = [dict(row) for row in rows if (known.id, row["fid"]) != (layer.id, fid)]
        if told:
            found[known.id] = told
    return found


def parts(  # noqa: PLR0913 - who asks, for what, and which page of it
    connection: Connection,
    registry: Registry,
    principal: Principal,
    layer: Layer,
    shape: Any,
    *,
    only: str | None = None,
    after: int = 0,
    limit: int = 10,
) -> dict[str, dict[str, Any]]:
    """Return what lies in an area with a point of it, by layer: how much, and a page in order of numbers.

    Of parcels and the like only what is narrower than the object itself counts.

    ``count`` is exact up to 1000, and 1001 says more. ``next`` is the ``after`` of the next page.
    """
    found = {}
    wider = {layer.id, "boundaries", *_WHOLES[: _WHOLES.index(layer.id) if layer.id in _WHOLES else None]}
    for known, decision in _seen(registry, principal):
        if known.id in wider or (only is not None and known.id != only):
            continue
        rows = _rows(known, decision, lambda geom: _lies_in(geom, shape))
        counted = select(func.count()).select_from(rows.limit(MOST_COUNTED + 1).subquery())
        count = int(connection.execute(counted).scalar_one())
        if not count:
            continue
        fid = rows.selected_columns.fid
        page = connection.execute(rows.where(fid > after).order_by(fid).limit(limit + 1)).mappings().all()
        following = page[limit - 1]["fid"] if len(page) > limit else None
        found[known.id] = {"count": count, "items": [dict(row) for row in page[:limit]], "next": following}
    return found


def _seen(registry: Registry, principal: Principal) -> Iterator[tuple[Layer, Decision]]:
    for layer in registry:
        decision = decide(principal, "read", layer)
        if decision.allowed and (isinstance(layer, DatasetLayer) or layer.theme in _LIVING):
            yield layer, decision


def _lies_in(geom: ColumnElement[Any], shape: Any) -> ColumnElement[bool]:
    near = geom.op("&&", is_comparison=True)(shape)
    inside: ColumnElement[bool] = near & func.ST_Intersects(shape, func.ST_PointOnSurface(geom))
    return inside


def _rows(layer: Layer, decision: Decision, condition: Any) -> Any:
    rows = visible(layer, decision, now())
    columns = rows.selected_columns
    shown = {column.name for column in shown_columns(layer, decision)}
    told = [(columns[name] if name in shown else cast(null(), Text)).label(name) for name in _TOLD]
    code = columns.code if "code" in columns else cast(null(), Text).label("code")
    kept = rows.with_only_columns(columns.fid, code, *told)
    return kept.where(condition(columns.geom))
