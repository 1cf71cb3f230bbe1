"""The containers of an object, and its parts."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Text, cast, func, null, select
from sqlalchemy.sql.elements import ColumnElement

from layers.access.decision import Decision, decide, shown_columns
from layers.access.principals import Principal
from layers.access.rows import visible
from layers.base import Layer
from layers.registry import Registry
from layers.store.dataset_layer import DatasetLayer
from layers.temporal import now

# Layers that contain others, the widest first; an object contains none of the layers before its own.
_CONTAINERS = ("boundaries", "landuse", "buildings")
MOST_CONTAINERS, MOST_COUNTED = 10, 1000
# Themes of derived layers whose objects have a place as well.
_DERIVED_THEMES = ("iot", "incidents")
_ATTRIBUTES = ("name", "name_en", "class", "division_code")


def containers(
    connection: Connection, registry: Registry, principal: Principal, layer: Layer, fid: int, shape: Any
) -> dict[str, list[dict[str, Any]]]:
    """Return the divisions, parcels and buildings in which a point on the shape lies, by layer."""
    point = func.ST_PointOnSurface(shape)
    by_layer = {}
    for container, decision in _readable_layers(registry, principal):
        if container.id not in _CONTAINERS:
            continue
        other = _rows(container, decision, lambda geom: func.ST_Intersects(geom, point))
        rows = connection.execute(other.limit(MOST_CONTAINERS)).mappings().all()
        items = [dict(row) for row in rows if (container.id, row["fid"]) != (layer.id, fid)]
        if items:
            by_layer[container.id] = items
    return by_layer


def parts(  # noqa: PLR0913 - the principal, the object, and the page
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
    """Return the objects whose inner point lies in an area, by layer: their count, and a page in order of fid.

    Of the container layers only those narrower than the object itself count.

    ``count`` is exact up to 1000; 1001 means more. ``next`` is the ``after`` of the next page.
    """
    by_layer = {}
    wider = {layer.id, "boundaries", *_CONTAINERS[: _CONTAINERS.index(layer.id) if layer.id in _CONTAINERS else None]}
    for part_layer, decision in _readable_layers(registry, principal):
        if part_layer.id in wider or (only is not None and part_layer.id != only):
            continue
        rows = _rows(part_layer, decision, lambda geom: _lies_in(geom, shape))
        counted = select(func.count()).select_from(rows.limit(MOST_COUNTED + 1).subquery())
        count = int(connection.execute(counted).scalar_one())
        if not count:
            continue
        fid = rows.selected_columns.fid
        page = connection.execute(rows.where(fid > after).order_by(fid).limit(limit + 1)).mappings().all()
        following = page[limit - 1]["fid"] if len(page) > limit else None
        by_layer[part_layer.id] = {"count": count, "items": [dict(row) for row in page[:limit]], "next": following}
    return by_layer


def _readable_layers(registry: Registry, principal: Principal) -> Iterator[tuple[Layer, Decision]]:
    for layer in registry:
        decision = decide(principal, "read", layer)
        if decision.allowed and (isinstance(layer, DatasetLayer) or layer.theme in _DERIVED_THEMES):
            yield layer, decision


def _lies_in(geom: ColumnElement[Any], shape: Any) -> ColumnElement[bool]:
    near = geom.op("&&", is_comparison=True)(shape)
    inside: ColumnElement[bool] = near & func.ST_Intersects(shape, func.ST_PointOnSurface(geom))
    return inside


def _rows(layer: Layer, decision: Decision, condition: Any) -> Any:
    rows = visible(layer, decision, now())
    columns = rows.selected_columns
    shown = {column.name for column in shown_columns(layer, decision)}
    attributes = [(columns[name] if name in shown else cast(null(), Text)).label(name) for name in _ATTRIBUTES]
    code = columns.code if "code" in columns else cast(null(), Text).label("code")
    selection = rows.with_only_columns(columns.fid, code, *attributes)
    return selection.where(condition(columns.geom))
