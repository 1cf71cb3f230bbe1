"""Crosswalks between grids, and from a grid to the areas of a layer."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.deps import TheVisit
from api.documents import document
from api.routes.items import TimeParameters
from layers.access.decide import readable
from layers.errors import ParameterError
from layers.query.bbox import parse_bbox
from layers.query.crosswalk import cells_of, to_grid, to_layer
from layers.space.grids.registry import GRIDS, grid_named
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
    """What more a request for a crosswalk may say."""

    to_level: Annotated[int | None, Query(ge=0, le=32, description="how fine the other grid is")] = None


@ROUTER.get("/grids/{name}/crosswalk", summary="Which cells share ground with which other areas")
def grid_crosswalk(
    name: str,
    visit: TheVisit,
    asked: Annotated[CrosswalkBounds, Depends()],
    more: Annotated[CrosswalkParameters, Depends()],
) -> Response:
    """Return pairs with the shared area on the ellipsoid, and its share of the cell and, back, of the other area.

    The cells are those that the box shares points with, each of them whole.
    """
    cells = cells_of(grid_named(name), asked.level, parse_bbox(asked.bbox))
    if asked.to in GRIDS:
        if more.to_level is None:
            raise ParameterError("to_level", f"say how fine the cells of {asked.to} are to be")
        pairs = to_grid(cells, grid_named(asked.to), more.to_level)
    else:
        layer, decision = readable(visit.house.registry, visit.principal, asked.to)
        with visit.house.database.reader.connect() as connection:
            pairs = to_layer(connection, cells, layer, decision, parse_when(more.datetime, more.as_of))
    head = {"grid": name, "level": asked.level, "to": asked.to, "to_level": more.to_level}
    return document(head | {"cells": len(cells.codes), "pairs": pairs})
