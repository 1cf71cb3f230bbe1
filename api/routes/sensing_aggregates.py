"""What was observed in an area, by the cells of a grid."""

from dataclasses import dataclass
from datetime import UTC, timedelta
from datetime import datetime as instant
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from api.cells import cell_feature, outlines
from api.deps import TheAppState, ThePrincipal
from api.documents import document
from api.links import GEOJSON
from layers.access import decide
from layers.errors import NotFound, ParameterError
from layers.query import parse_bbox
from layers.space import Grid, grid_named
from layers.temporal import parse_when, rfc3339
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.sensing.rollups import AreaQuery, Cell, cells

ROUTER = APIRouter(tags=["sensors"])
_LAST = timedelta(hours=24)


@dataclass(frozen=True)
class AreaParameters:
    """Which observed property, when, where, and by which cells."""

    property: Annotated[str, Query(description="an observed property, by its name or number", max_length=200)]
    datetime: Annotated[
        str | None, Query(description="an interval START/END, both in it; without it the last 24 hours")
    ] = None
    grid: Annotated[str, Query(description="a grid and its level, such as h3:9 or beidou:5", max_length=40)] = (
        "beidou:5"
    )
    bbox: Annotated[str | None, Query(description="west,south,east,north in degrees, longitude first")] = None
    unit: Annotated[str | None, Query(description="only datastreams of this unit's symbol", max_length=40)] = None

    def query(self) -> AreaQuery:
        """Return what is asked for; raises ParameterError."""
        first, last = _times(self.datetime)
        grid, level = _grid(self.grid)
        named = self.property
        number = int(named) if named.isascii() and named.isdigit() and int(named) < 2**31 else named
        bbox = None if self.bbox is None else parse_bbox(self.bbox)
        return AreaQuery(number, first, last, grid, level, bbox, self.unit)


@ROUTER.get("/sensing/aggregates", summary="Observations of an area by cells of a grid", response_model=None)
def aggregates(
    parameters: Annotated[AreaParameters, Depends()], app_state: TheAppState, principal: ThePrincipal
) -> Response:
    """Return cells with count, mean, min and max of an observed property, one feature for each unit."""
    query = parameters.query()
    with app_state.database.reader.connect() as connection:
        found = cells(connection, decide(principal, "read", DATASTREAMS), query)
    times = f"{rfc3339(query.first)}/{rfc3339(query.last)}"
    head = {"property": parameters.property, "grid": query.grid.name, "level": query.level, "datetime": times}
    return document({"type": "FeatureCollection", **head, "features": _features(query.grid, found)}, GEOJSON)


def _features(grid: Grid, found: list[Cell]) -> list[dict[str, Any]]:
    shapes = outlines(grid, [one.code for one in found]) if found else []
    return [cell_feature(one.code, shape, _properties(one)) for one, shape in zip(found, shapes, strict=True)]


def _properties(cell: Cell) -> dict[str, Any]:
    return {
        "code": cell.code,
        "unit": cell.unit,
        "datastreams": cell.datastreams,
        "count": cell.count,
        "mean": cell.mean,
        "min": cell.min,
        "max": cell.max,
    }


def _times(text: str | None) -> tuple[instant, instant]:
    if text is None:
        now = instant.now(UTC)
        return now - _LAST, now
    when = parse_when(text)
    if when.first is None or when.last is None:
        raise ParameterError("datetime", "an aggregate needs both ends of the interval")
    return when.first, when.last


def _grid(text: str) -> tuple[Grid, int]:
    name, _, level = text.partition(":")
    if not (level.isascii() and level.isdigit() and len(level) < 3):
        raise ParameterError("grid", f"{text!r} is not a grid and a level, such as h3:9")
    try:
        return grid_named(name), int(level)
    except NotFound as error:
        raise ParameterError("grid", str(error)) from error
