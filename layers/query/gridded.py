"""A layer on a grid: what a request asks for, and the rows that are counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Row, Select, func, literal

from layers.access.decision import Decision, shown_columns
from layers.access.rows import visible
from layers.base import Layer
from layers.errors import ParameterError
from layers.query.bbox import Bbox
from layers.query.items import filters_of
from layers.space.gridding import Gridded, gridded
from layers.space.grids.base import Grid
from layers.temporal import When

# More things than this are not counted for one request.
MOST_THINGS = 200_000
MOST_CELLS = 20_000


@dataclass(frozen=True)
class GridQuery:
    """Which cells a layer is counted by, and what of it: ``column`` is summed up as well."""

    grid: Grid
    level: int
    when: When
    bbox: Bbox | None = None
    column: str | None = None
    equal: Mapping[str, Any] = field(default_factory=dict)


def summed_column(layer: Layer, decision: Decision, name: str | None) -> str | None:
    """Return the column to sum up; raises ParameterError where it holds no numbers."""
    if name is None:
        return None
    numbers = [one.name for one in shown_columns(layer, decision) if one.type in ("integer", "real")]
    if name not in numbers:
        choices = ", ".join(numbers) or "none"
        raise ParameterError("sum", f"layer {layer.id} has no numbers in {name!r}; it has {choices}")
    return name


def gridded_statement(layer: Layer, decision: Decision, query: GridQuery) -> Select[Any]:
    """Return geometry and value of the things that are counted, and one more than the most."""
    rows = visible(layer, decision, query.when)
    columns = rows.selected_columns
    value = literal(None) if query.column is None else columns[query.column]
    conditions = filters_of(columns, query.bbox, query.equal)
    selection = rows.with_only_columns(func.ST_AsBinary(columns.geom).label("wkb"), value.label("value"))
    return selection.where(*conditions).limit(MOST_THINGS + 1)


def count_rows(query: GridQuery, rows: Sequence[Row[Any]]) -> Gridded:
    """Count the rows of a statement."""
    if len(rows) > MOST_THINGS:
        raise ParameterError("bbox", f"more than {MOST_THINGS} things are in this area; ask for a smaller one")
    shapes = shapely.from_wkb([row.wkb for row in rows])
    values = None if query.column is None else np.array([row.value for row in rows], dtype=np.float64)
    return gridded(query.grid, query.level, np.asarray(shapes, dtype=object), values, MOST_CELLS)
