"""The rows of a layer as zones over which something else is measured."""

from typing import Any

from sqlalchemy import Select, func

from layers.access.decision import Decision
from layers.access.rows import visible
from layers.base import Layer
from layers.errors import ParameterError
from layers.query.bbox import Bbox
from layers.query.items import filters_of
from layers.temporal import When


def zones_statement(layer: Layer, decision: Decision, when: When, bbox: Bbox, most: int) -> Select[Any]:
    """Return fid, name and WKB of the areas of a layer in a box, and one more than the most."""
    if layer.geometry not in ("Polygon", "MultiPolygon"):
        raise ParameterError("collection", f"layer {layer.id} has no areas; its shapes are {layer.geometry}s")
    rows = visible(layer, decision, when)
    columns = rows.selected_columns
    has_name = "name" in columns and "name" not in decision.masked
    name = columns["name"] if has_name else func.coalesce(None, None)
    selection = rows.with_only_columns(columns.fid, name.label("name"), func.ST_AsBinary(columns.geom).label("wkb"))
    return selection.where(*filters_of(columns, bbox, {})).order_by(columns.fid).limit(most + 1)
