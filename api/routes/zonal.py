"""Zonal statistics of rasters: by polygons that are sent, by the areas of a layer, or by the cells of a grid."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import shapely
from fastapi import APIRouter, Depends, Query, Response
from shapely.geometry import mapping, shape

from api.body import TheBody, documented, object_of
from api.deps import TheHouse, ThePrincipal
from api.documents import document
from api.links import GEOJSON
from api.rasters import statistics_json
from api.routes.rasters import TheRaster
from layers.access.decide import readable
from layers.errors import NotFound, ParameterError
from layers.query.bbox import Bbox, parse_bbox
from layers.query.zones import zones_statement
from layers.raster.coverage import require_rule
from layers.raster.raster import Raster
from layers.raster.zonal import MOST_ZONES, ZonalQuery, zonal
from layers.space.grids.registry import grid_named
from layers.temporal import parse_when, rfc3339

ROUTER = APIRouter(tags=["rasters"])
_MOST_PERCENTILES = 20
Json = dict[str, Any]


@dataclass(frozen=True)
class ZonalParameters:
    """Which zones, unless polygons are sent, and what is asked of them."""

    collection: Annotated[str | None, Query(description="a layer of areas, whose rows are the zones")] = None
    grid: Annotated[str | None, Query(description="beidou, geosot or h3: its cells are the zones")] = None
    level: Annotated[int | None, Query(ge=0, le=32, description="how fine the grid")] = None
    bbox: Annotated[str | None, Query(description="west,south,east,north: where zones are looked for")] = None
    band: Annotated[int, Query(ge=1, le=16)] = 1
    rule: Annotated[str, Query(description="fraction: by the share inside; centre: by the middle")] = "fraction"
    percentiles: Annotated[str | None, Query(description="such as 10,90", max_length=200)] = None


@dataclass(frozen=True)
class Zone:
    """A zone with what it is called."""

    id: Any
    shape: Any
    properties: Json


@dataclass(frozen=True)
class _Visit:
    house: TheHouse
    principal: ThePrincipal


@ROUTER.post(
    "/rasters/{raster_id}/zonal",
    summary="Statistics of a raster by zones",
    openapi_extra=documented(GEOJSON, description="Polygons: a geometry, a feature or a collection of features"),
)
def zonal_statistics(
    found: TheRaster,
    asked: Annotated[ZonalParameters, Depends()],
    visit: Annotated[_Visit, Depends()],
    body: TheBody,
) -> Response:
    """Return the zones as features with count, min, max, mean, std, sum, percentiles, areas and shares of classes."""
    query = ZonalQuery(asked.band, require_rule(asked.rule), _percentiles(asked.percentiles))
    zones = list(_zones(found, asked, visit, object_of(body)))
    if len(zones) > MOST_ZONES:
        raise ParameterError("bbox", f"more than {MOST_ZONES} zones are in this area; ask for a smaller one")
    shapes = np.array([zone.shape for zone in zones], dtype=object)
    results = zonal(visit.house.rasters.pool, found, shapes, query) if zones else []
    features = [
        {
            "type": "Feature",
            "id": zone.id,
            "geometry": mapping(zone.shape),
            "properties": zone.properties | statistics_json(found, result, query),
        }
        for zone, result in zip(zones, results, strict=True)
    ]
    band = found.band(query.band)
    stated = {"raster": found.id, "band": band.number, "unit": band.unit or None, "date": rfc3339(found.date)}
    return document({"type": "FeatureCollection", **stated, "rule": query.rule, "features": features}, GEOJSON)


def _zones(found: Raster, asked: ZonalParameters, visit: _Visit, sent: Json) -> Iterator[Zone]:
    ways = [bool(sent), asked.collection is not None, asked.grid is not None]
    if sum(ways) != 1:
        raise ParameterError("zones", "say which zones by one of polygons in the body, collection= and grid=")
    if sent:
        if asked.bbox is not None:
            raise ParameterError("bbox", "the polygons that are sent say themselves where they are")
        return _sent(sent)
    bbox = Bbox(*found.bounds) if asked.bbox is None else parse_bbox(asked.bbox)
    return _cells(asked, bbox) if asked.grid is not None else _rows(asked, visit, bbox)


def _sent(sent: Json) -> Iterator[Zone]:
    features = sent.get("features") if sent.get("type") == "FeatureCollection" else [sent]
    if not isinstance(features, list):
        raise ParameterError("body", "a FeatureCollection has a list of features")
    for number, feature in enumerate(features[: MOST_ZONES + 1]):
        stated = feature if isinstance(feature, dict) else {}
        geometry = stated.get("geometry") if stated.get("type") == "Feature" else stated
        properties = stated.get("properties") if stated.get("type") == "Feature" else {}
        yield Zone(stated.get("id", number), _polygon(geometry, f"zone {number + 1}"), dict(properties or {}))


def _polygon(stated: Any, place: str) -> Any:
    try:
        found = shapely.force_2d(shape(stated))
    except (AttributeError, KeyError, TypeError, ValueError, shapely.errors.ShapelyError):
        raise ParameterError("body", f"{place} has no geometry of GeoJSON") from None
    if found.geom_type not in ("Polygon", "MultiPolygon") or found.is_empty:
        raise ParameterError("body", f"{place} is a {found.geom_type}, and zones are polygons")
    places = shapely.get_coordinates(found)
    if not (np.isfinite(places).all() and (np.abs(places) <= [180.0, 90.0]).all()):
        raise ParameterError("body", f"{place} has coordinates that are no degrees, longitude first")
    return found


def _cells(asked: ZonalParameters, bbox: Bbox) -> Iterator[Zone]:
    try:
        grid = grid_named(str(asked.grid))
    except NotFound as error:
        raise ParameterError("grid", str(error)) from error
    if asked.level is None:
        raise ParameterError("level", "a grid needs its level, too")
    codes = grid.cover(bbox.area(), asked.level, MOST_ZONES)
    for code, outline in zip(codes.tolist(), grid.outline(codes), strict=True):
        yield Zone(code, outline, {"code": code})


def _rows(asked: ZonalParameters, visit: _Visit, bbox: Bbox) -> Iterator[Zone]:
    house = visit.house
    layer, decision = readable(house.registry, visit.principal, str(asked.collection))
    statement = zones_statement(layer, decision, parse_when(None), bbox, MOST_ZONES)
    with house.database.reader.connect() as connection:
        rows = connection.execute(statement).all()
    for row in rows:
        yield Zone(row.fid, shapely.from_wkb(row.wkb), {"name": row.name})


def _percentiles(text: str | None) -> tuple[float, ...]:
    if text is None:
        return ()
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError("percentiles", f"{text!r} is no list of numbers") from None
    if len(found) > _MOST_PERCENTILES or not all(0 <= one <= 100 for one in found):
        raise ParameterError("percentiles", f"up to {_MOST_PERCENTILES} numbers from 0 to 100 may be asked for")
    return found
