"""Zonal statistics of rasters: by polygons that are sent, by the areas of a layer, or by the cells of a grid."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import shapely
from fastapi import APIRouter, Depends, Query, Response
from shapely.geometry import mapping, shape

from api.body import TheBody, documented, object_of
from api.deps import TheAppState, ThePrincipal
from api.documents import document
from api.links import GEOJSON
from api.rasters import statistics_json
from api.routes.rasters import TheRaster
from layers.access import readable
from layers.errors import NotFound, ParameterError
from layers.query import Bbox, parse_bbox, zones_statement
from layers.raster import MOST_ZONES, Raster, ZonalQuery, require_rule, zonal
from layers.space import grid_named
from layers.temporal import parse_when, rfc3339

ROUTER = APIRouter(tags=["rasters"])
_MOST_PERCENTILES = 20
Json = dict[str, Any]


@dataclass(frozen=True)
class ZonalParameters:
    """The zones, unless polygons are sent, and the statistics."""

    collection: Annotated[str | None, Query(description="a layer of areas, whose rows are the zones")] = None
    grid: Annotated[str | None, Query(description="beidou, geosot or h3: its cells are the zones")] = None
    level: Annotated[int | None, Query(ge=0, le=32, description="how fine the grid")] = None
    bbox: Annotated[str | None, Query(description="west,south,east,north: where zones are looked for")] = None
    band: Annotated[int, Query(ge=1, le=16)] = 1
    rule: Annotated[str, Query(description="fraction: by the share inside; centre: by the middle")] = "fraction"
    percentiles: Annotated[str | None, Query(description="such as 10,90", max_length=200)] = None


@dataclass(frozen=True)
class Zone:
    """A zone with its id and properties."""

    id: Any
    shape: Any
    properties: Json


@dataclass(frozen=True)
class _Visit:
    app_state: TheAppState
    principal: ThePrincipal


@ROUTER.post(
    "/rasters/{raster_id}/zonal",
    summary="Statistics of a raster by zones",
    openapi_extra=documented(GEOJSON, description="Polygons: a geometry, a feature or a collection of features"),
)
def zonal_statistics(
    current: TheRaster,
    parameters: Annotated[ZonalParameters, Depends()],
    visit: Annotated[_Visit, Depends()],
    body: TheBody,
) -> Response:
    """Return the zones as features with count, min, max, mean, std, sum, percentiles, areas and shares of classes."""
    query = ZonalQuery(parameters.band, require_rule(parameters.rule), _percentiles(parameters.percentiles))
    zones = list(_zones(current, parameters, visit, object_of(body)))
    if len(zones) > MOST_ZONES:
        raise ParameterError("bbox", f"more than {MOST_ZONES} zones are in this area; ask for a smaller one")
    shapes = np.array([zone.shape for zone in zones], dtype=object)
    results = zonal(visit.app_state.rasters.pool, current, shapes, query) if zones else []
    features = [
        {
            "type": "Feature",
            "id": zone.id,
            "geometry": mapping(zone.shape),
            "properties": zone.properties | statistics_json(current, result, query),
        }
        for zone, result in zip(zones, results, strict=True)
    ]
    band = current.band(query.band)
    head = {"raster": current.id, "band": band.number, "unit": band.unit or None, "date": rfc3339(current.date)}
    return document({"type": "FeatureCollection", **head, "rule": query.rule, "features": features}, GEOJSON)


def _zones(current: Raster, parameters: ZonalParameters, visit: _Visit, body: Json) -> Iterator[Zone]:
    ways = [bool(body), parameters.collection is not None, parameters.grid is not None]
    if sum(ways) != 1:
        raise ParameterError("zones", "give the zones by exactly one of: polygons in the body, collection= or grid=")
    if body:
        if parameters.bbox is not None:
            raise ParameterError("bbox", "it cannot be combined with polygons in the body")
        return _body_zones(body)
    bbox = Bbox(*current.bounds) if parameters.bbox is None else parse_bbox(parameters.bbox)
    return _cells(parameters, bbox) if parameters.grid is not None else _rows(parameters, visit, bbox)


def _body_zones(body: Json) -> Iterator[Zone]:
    features = body.get("features") if body.get("type") == "FeatureCollection" else [body]
    if not isinstance(features, list):
        raise ParameterError("body", "a FeatureCollection needs a list of features")
    for number, feature in enumerate(features[: MOST_ZONES + 1]):
        fields = feature if isinstance(feature, dict) else {}
        geometry = fields.get("geometry") if fields.get("type") == "Feature" else fields
        properties = fields.get("properties") if fields.get("type") == "Feature" else {}
        yield Zone(fields.get("id", number), _polygon(geometry, f"zone {number + 1}"), dict(properties or {}))


def _polygon(geometry: Any, place: str) -> Any:
    try:
        polygon = shapely.force_2d(shape(geometry))
    except (AttributeError, KeyError, TypeError, ValueError, shapely.errors.ShapelyError):
        raise ParameterError("body", f"{place} has no GeoJSON geometry") from None
    if polygon.geom_type not in ("Polygon", "MultiPolygon") or polygon.is_empty:
        raise ParameterError("body", f"{place} is a {polygon.geom_type}; zones must be polygons")
    places = shapely.get_coordinates(polygon)
    if not (np.isfinite(places).all() and (np.abs(places) <= [180.0, 90.0]).all()):
        raise ParameterError("body", f"{place} has coordinates that are not degrees, longitude first")
    return polygon


def _cells(parameters: ZonalParameters, bbox: Bbox) -> Iterator[Zone]:
    try:
        grid = grid_named(str(parameters.grid))
    except NotFound as error:
        raise ParameterError("grid", str(error)) from error
    if parameters.level is None:
        raise ParameterError("level", "give the level of the grid")
    codes = grid.cover(bbox.area(), parameters.level, MOST_ZONES)
    for code, outline in zip(codes.tolist(), grid.outline(codes), strict=True):
        yield Zone(code, outline, {"code": code})


def _rows(parameters: ZonalParameters, visit: _Visit, bbox: Bbox) -> Iterator[Zone]:
    app_state = visit.app_state
    layer, decision = readable(app_state.registry, visit.principal, str(parameters.collection))
    statement = zones_statement(layer, decision, parse_when(None), bbox, MOST_ZONES)
    with app_state.database.reader.connect() as connection:
        rows = connection.execute(statement).all()
    for row in rows:
        yield Zone(row.fid, shapely.from_wkb(row.wkb), {"name": row.name})


def _percentiles(text: str | None) -> tuple[float, ...]:
    if text is None:
        return ()
    try:
        ranks = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError("percentiles", f"{text!r} is not a list of numbers") from None
    if len(ranks) > _MOST_PERCENTILES or not all(0 <= one <= 100 for one in ranks):
        raise ParameterError("percentiles", f"up to {_MOST_PERCENTILES} numbers from 0 to 100 are allowed")
    return ranks
