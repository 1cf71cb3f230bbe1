"""Cells of grids as features of GeoJSON."""

from typing import Any

import shapely
from numpy.typing import ArrayLike

from layers.space import Grid

Json = dict[str, Any]


def cell_feature(code: str, shape: Json, properties: Json) -> Json:
    """Return a cell as a feature."""
    return {"type": "Feature", "id": code, "geometry": shape, "properties": properties}


def outlines(grid: Grid, codes: ArrayLike) -> list[Json]:
    """Return outlines as GeoJSON; nine decimals keep the lines of the finest lattice apart."""
    return [_rounded(shapely.geometry.mapping(outline)) for outline in grid.outline(codes)]


def _rounded(shape: Json) -> Json:
    return {"type": shape["type"], "coordinates": _round(shape["coordinates"])}


def _round(part: Any) -> Any:
    return round(part, 9) if isinstance(part, float) else [_round(each) for each in part]
