"""Crosswalks from a grid to another one, or to the areas of a layer."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, Text, cast, func, null

from layers.access.decision import Decision, shown_columns
from layers.access.rows import visible
from layers.base import Layer
from layers.errors import ParameterError
from layers.query.bbox import SRID, Bbox
from layers.query.items import filters_of
from layers.space.crosswalk import Crosswalk, crosswalk
from layers.space.grids.base import Codes, Grid
from layers.temporal import When

MOST_CELLS = 20_000
MOST_AREAS = 5_000
Json = dict[str, Any]


@dataclass(frozen=True)
class CellsOf:
    """The cells of a grid over a box."""

    codes: Codes
    shapes: "np.ndarray[Any, Any]"


def cells_of(grid: Grid, level: int, bbox: Bbox) -> CellsOf:
    """Return the cells of a level that a box shares points with."""
    codes = grid.cover(bbox.area(), level, MOST_CELLS)
    return CellsOf(codes, grid.outline(codes))


def to_grid(cells: CellsOf, grid: Grid, level: int) -> list[Json]:
    """Return which cells of another grid share ground with each cell."""
    codes = grid.cover(shapely.multipolygons(shapely.get_parts(shapely.union_all(cells.shapes))), level, MOST_CELLS)
    pairs = crosswalk(cells.shapes, grid.outline(codes))
    return [row | {"to": str(codes[at])} for row, at in _rows(cells, pairs)]


def to_layer(connection: Connection, cells: CellsOf, layer: Layer, decision: Decision, when: When) -> list[Json]:
    """Return which areas of a layer share ground with each cell: number, code, division code and name of each."""
    if "Polygon" not in layer.geometry:
        raise ParameterError("to", f"layer {layer.id} has no areas")
    rows = visible(layer, decision, when)
    columns = rows.selected_columns
    shown = {column.name for column in shown_columns(layer, decision)}
    names_or_null = [
        (columns[name] if name in shown else cast(null(), Text)).label(name) for name in ("name", "division_code")
    ]
    box = func.ST_MakeEnvelope(*shapely.total_bounds(cells.shapes).tolist(), SRID)
    conditions = [*filters_of(columns, None, {}), func.ST_Intersects(columns.geom, box)]
    selection = rows.with_only_columns(
        columns.fid, columns.code, *names_or_null, func.ST_AsBinary(columns.geom).label("wkb")
    )
    areas = connection.execute(selection.where(*conditions).order_by(columns.fid).limit(MOST_AREAS + 1)).all()
    if len(areas) > MOST_AREAS:
        raise ParameterError("bbox", f"more than {MOST_AREAS} areas of {layer.id} are here; ask for a smaller one")
    shapes = np.asarray(shapely.from_wkb([row.wkb for row in areas]), dtype=object)
    pairs = crosswalk(cells.shapes, shapes)
    names = ("fid", "code", "division_code", "name")
    return [row | {"to": {name: getattr(areas[at], name) for name in names}} for row, at in _rows(cells, pairs)]


def _rows(cells: CellsOf, pairs: Crosswalk) -> list[tuple[Json, int]]:
    columns = zip(pairs.first, pairs.second, pairs.area_m2, pairs.share, pairs.share_back, strict=True)
    return [
        (
            {
                "from": str(cells.codes[one]),
                "area_m2": round(float(area), 2),
                "share": round(float(share), 6),
                "share_back": round(float(share_back), 6),
            },
            int(other),
        )
        for one, other, area, share, share_back in columns
    ]
