"""Crosswalks between grids, and from a grid to the areas of a layer."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.deps import TheVisit
from api.documents import document
from api.routes.items import TimeParameters
from layers.access import readable
from layers.errors import ParameterError
from layers.query import cells_of, parse_bbox, to_grid, to_layer
from layers.space import GRIDS, grid_named
from layers.temporal import parse_when

ROUTER = APIRouter(tags=["grids"])


@dataclass(frozen=True)
class CrosswalkBounds:
    """From which cells, to what."""

    to: Annotated[str, Query(description="another grid, or a layer of areas such as boundaries")]
    bbox: Annotated[str, Query(description="west,south,east,north in degrees, longitude first")]
    level: Annotated[int, Query(ge=0, le=32, description="how fine")]


@dataclass(frozen=True)
class CrosswalkParameters(TimeParameters):
    """Optional parameters of a crosswalk."""

    to_level: Annotated[int | None, Query(ge=0, le=32, description="how fine the other grid is")] = None


@ROUTER.get("/grids/{name}/crosswalk", summary="Which cells share ground with which other areas")
def grid_crosswalk(
    name: str,
    visit: TheVisit,
    bounds: Annotated[CrosswalkBounds, Depends()],
    parameters: Annotated[CrosswalkParameters, Depends()],
) -> Response:
    """Return pairs with the shared area on the ellipsoid, and its share of the cell and, back, of the other area.

    The cells are those that the box shares points with, each of them whole.
    """
    cells = cells_of(grid_named(name), bounds.level, parse_bbox(bounds.bbox))
    if bounds.to in GRIDS:
        if parameters.to_level is None:
            raise ParameterError("to_level", f"give the level of the cells of {bounds.to}")
        pairs = to_grid(cells, grid_named(bounds.to), parameters.to_level)
    else:
        layer, decision = readable(visit.app_state.registry, visit.principal, bounds.to)
        with visit.app_state.database.reader.connect() as connection:
            pairs = to_layer(connection, cells, layer, decision, parse_when(parameters.datetime, parameters.as_of))
    head = {"grid": name, "level": bounds.level, "to": bounds.to, "to_level": parameters.to_level}
    return document(head | {"cells": len(cells.codes), "pairs": pairs})
