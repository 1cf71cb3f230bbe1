"""Grids and their codes: cells by place and by code, covers, and layers counted by cell."""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, Query, Response

from api.cells import cell_feature, outlines
from api.deps import TheVisit
from api.documents import document
from api.links import GEOJSON
from api.routes.items import TimeParameters
from layers.access import readable
from layers.errors import NotFound, ParameterError
from layers.query import GridQuery, count_rows, gridded_statement, parse_bbox, parse_filters, summed_column
from layers.space import GRIDS, Grid, Gridded, grid_named
from layers.temporal import parse_when

ROUTER = APIRouter(tags=["grids"])
_MOST_SHOWN = 20_000
_OWN = {"grid", "level", "bbox", "sum", "datetime", "as_of", "f"}
Json = dict[str, Any]


@ROUTER.get("/grids", summary="The grids")
def grids() -> Json:
    """Return the grids by name, with their levels."""
    return {"grids": [{"name": one.name, "levels": [one.levels[0], one.levels[-1]]} for one in GRIDS.values()]}


@ROUTER.get("/grids/{name}/cell", summary="The code of a place")
def cell_of(
    name: str,
    lon: Annotated[float, Query(ge=-180, le=180, description="degrees, CGCS2000")],
    lat: Annotated[float, Query(ge=-90, le=90, description="degrees, CGCS2000")],
    level: Annotated[int, Query(ge=0, le=32, description="how fine")],
) -> Response:
    """Return the cell in which a place lies."""
    grid = grid_named(name)
    return document(_cell(grid, str(grid.encode(lon, lat, level)[0])), GEOJSON)


@ROUTER.get("/grids/{name}/cells", summary="The cells of an area")
def cells_of(
    name: str,
    bbox: Annotated[str, Query(description="west,south,east,north in degrees, longitude first")],
    level: Annotated[int, Query(ge=0, le=32, description="how fine")],
) -> Response:
    """Return the cells that a box shares points with, with their codes."""
    grid = grid_named(name)
    codes = grid.cover(parse_bbox(bbox).area(), level, _MOST_SHOWN)
    shapes = outlines(grid, codes)
    features = [cell_feature(code, shape, {"code": code}) for code, shape in zip(codes.tolist(), shapes, strict=True)]
    return document({"type": "FeatureCollection", "features": features}, GEOJSON)


@ROUTER.get("/grids/{name}/cells/{code}", summary="What a code says")
def cell(name: str, code: str) -> Response:
    """Return the cell of a code: outline, middle, parent and neighbours; of a wrong code, what is wrong with it."""
    grid = grid_named(name)
    if wrong := grid.check(code):
        raise ParameterError("code", wrong)
    return document(_cell(grid, code), GEOJSON)


@dataclass(frozen=True)
class GridParameters(TimeParameters):
    """The parameters of a request for a layer on a grid that are not columns."""

    grid: Annotated[str, Query(description="beidou, geosot or h3")] = "beidou"
    level: Annotated[int, Query(ge=0, le=32, description="how fine")] = 5
    bbox: Annotated[str | None, Query(description="west,south,east,north in degrees, longitude first")] = None
    sum: Annotated[str | None, Query(description="a column of numbers to be summed up")] = None


@ROUTER.get("/collections/{layer_id}/grid", summary="A layer counted by the cells of a grid")
def layer_on_grid(layer_id: str, visit: TheVisit, parameters: Annotated[GridParameters, Depends()]) -> Response:
    """Return cells with count, density, length, area and sum of what lies in them; any column filters by its value.

    A thing counts once, in the cell of a point on it; lengths, areas and sums are shared out by what lies inside.
    """
    app_state = visit.app_state
    layer, decision = readable(app_state.registry, visit.principal, layer_id)
    grid = _grid_named(parameters.grid)
    filters = {name: value for name, value in visit.query.items() if name not in _OWN}
    query = GridQuery(
        grid,
        parameters.level,
        parse_when(parameters.datetime, parameters.as_of),
        None if parameters.bbox is None else parse_bbox(parameters.bbox),
        summed_column(layer, decision, parameters.sum),
        parse_filters(layer, decision, filters),
    )
    with app_state.database.reader.connect() as connection:
        rows = connection.execute(gridded_statement(layer, decision, query)).all()
    gridded = count_rows(query, rows)
    return document(_counted(grid, query, gridded), GEOJSON)


def _grid_named(name: str) -> Grid:
    try:
        return grid_named(name)
    except NotFound as error:
        raise ParameterError("grid", str(error)) from error


def _cell(grid: Grid, code: str) -> Json:
    level = int(grid.level_of([code])[0])
    lon, lat = grid.centre([code])[0]
    properties = {
        "code": code,
        "grid": grid.name,
        "level": level,
        "lon": round(float(lon), 9),
        "lat": round(float(lat), 9),
        "parent": str(grid.parent([code])[0]) if level > grid.levels[0] else None,
        "neighbours": grid.neighbours(code).tolist(),
    }
    return cell_feature(code, outlines(grid, np.array([code]))[0], properties)


def _counted(grid: Grid, query: GridQuery, gridded: Gridded) -> Json:
    columns: dict[str, list[Any]] = {
        "code": gridded.codes.tolist(),
        "count": gridded.count.tolist(),
        "per_km2": np.round(gridded.per_km2, 3).tolist(),
        "length_m": np.round(gridded.length_m, 2).tolist(),
        "area_m2": np.round(gridded.area_m2, 2).tolist(),
        "area_share": np.round(gridded.area_m2 / gridded.cell_m2, 5).tolist(),
    }
    if query.column is not None:
        columns[f"sum_{query.column}"] = np.round(gridded.total, 6).tolist()
    shapes = outlines(grid, gridded.codes)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    features = [cell_feature(row["code"], shape, row) for row, shape in zip(rows, shapes, strict=True)]
    return {"type": "FeatureCollection", "grid": grid.name, "level": query.level, "features": features}
