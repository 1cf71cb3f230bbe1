"""Metadata of tiles: TileJSON, tilesets, the tile matrix set. The tiles themselves are served outside FastAPI."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from api.app_state import AppState
from api.deps import BaseUrl, TheAppState, ThePrincipal
from api.links import JSON, MVT, link
from layers.access import Decision, readable
from layers.base import MAX_ZOOM, Layer
from layers.errors import NotFound, ParameterError
from layers.query import Bounds
from tiles.address import HALF, TILE_MATRIX_SET
from tiles.grid import Measure
from tiles.tilejson import tilejson

ROUTER = APIRouter(tags=["tiles"])
_WEB_MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
_DEFINITION = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{TILE_MATRIX_SET}"
# A pixel of OGC's scales is 0.28 mm (17-083r4, 6.1).
_PIXEL_M = 0.00028


@ROUTER.get("/tiles/{layer_ids}.json", summary="TileJSON of one or several layers")
async def tile_json(layer_ids: str, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl) -> dict[str, Any]:
    """Return TileJSON 3.0.0; several layers, with commas between, share one tile."""
    names = layer_ids.split(",")
    if len(names) > app_state.settings.tile_layers:
        raise ParameterError("layers", f"{len(names)} layers are too many for one tile")
    pairs = [readable(app_state.registry, principal, name) for name in names]
    return tilejson([layer for layer, _ in pairs], base, await _bounds(app_state, pairs))


@ROUTER.get("/tiles/{layer_ids}/{z}/{x}/{y}.mvt", summary="A vector tile", response_model=None)
async def tile(layer_ids: str, z: str, x: str, y: str, datetime: str | None = None, as_of: str | None = None) -> None:
    """Return a Mapbox vector tile of one or several layers; 204 if empty, 304 if unchanged."""
    raise NotFound(f"/tiles/{layer_ids}/{z}/{x}/{y}.mvt has no such method")


@ROUTER.get("/collections/{layer_id}/tiles", summary="Tilesets of a layer")
async def tilesets(layer_id: str, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl) -> dict[str, Any]:
    """Return the list of tilesets (OGC 20-057, 8); there is one."""
    layer = readable(app_state.registry, principal, layer_id)[0]
    own = f"{base}/collections/{layer.id}/tiles"
    return {"tilesets": [_tileset(layer, base)], "links": [link("self", own, JSON, "This document")]}


@ROUTER.get("/collections/{layer_id}/tiles/WebMercatorQuad", summary="A tileset")
async def tileset(layer_id: str, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl) -> dict[str, Any]:
    """Return one tileset's metadata (OGC 17-083r4, 6.3)."""
    layer, decision = readable(app_state.registry, principal, layer_id)
    bounds = await _bounds(app_state, [(layer, decision)])
    box = {"boundingBox": {"lowerLeft": bounds[:2], "upperRight": bounds[2:]}} if bounds else {}
    return _tileset(layer, base) | box


@ROUTER.get(
    "/collections/{layer_id}/tiles/WebMercatorQuad/{z}/{row}/{col}",
    summary="A vector tile, by OGC API - Tiles",
    response_model=None,
)
async def ogc_tile(
    layer_id: str, z: str, row: str, col: str, datetime: str | None = None, as_of: str | None = None
) -> None:
    """Return the same tiles as ``/tiles/{id}/{z}/{x}/{y}.mvt``; row is y and col is x."""
    raise NotFound(f"/collections/{layer_id}/tiles/WebMercatorQuad/{z}/{row}/{col} has no such method")


@dataclass(frozen=True)
class GridTileParameters:
    """The parameters of a tile of a layer on a grid."""

    grid: Annotated[str, Query(description="beidou, geosot or h3")] = "beidou"
    level: Annotated[int, Query(description="how fine")] = 5
    measure: Annotated[Measure, Query(description="what is measured in each cell")] = "count"
    sum: Annotated[str | None, Query(description="the column of numbers of the measure sum")] = None
    datetime: Annotated[str | None, Query(description="RFC 3339 instant, date, or interval a/b")] = None
    as_of: Annotated[str | None, Query(description="as it was known at this RFC 3339 instant")] = None


@ROUTER.get("/collections/{layer_id}/grid/tiles/{z}/{x}/{y}.mvt", summary="A layer on a grid as a vector tile")
async def grid_tile(
    layer_id: str, z: str, x: str, y: str, parameters: Annotated[GridTileParameters, Depends()]
) -> None:
    """Return the cells of a grid with ``code`` and ``value``: count, per_km2, length_m, area_m2, area_share or sum."""
    raise NotFound(f"/collections/{layer_id}/grid/tiles/{z}/{x}/{y}.mvt has no such method")


@ROUTER.get("/tileMatrixSets", summary="Tile matrix sets")
async def tile_matrix_sets(base: BaseUrl) -> dict[str, Any]:
    """Return the tile matrix sets that we have; there is one."""
    own = link("self", f"{base}/tileMatrixSets/{TILE_MATRIX_SET}", JSON, TILE_MATRIX_SET)
    return {"tileMatrixSets": [{"id": TILE_MATRIX_SET, "uri": _DEFINITION, "links": [own]}]}


@ROUTER.get("/tileMatrixSets/WebMercatorQuad", summary="The tile matrix set WebMercatorQuad")
async def tile_matrix_set() -> dict[str, Any]:
    """Return the definition of WebMercatorQuad (OGC 17-083r4, annex D.1)."""
    return {
        "id": TILE_MATRIX_SET,
        "uri": _DEFINITION,
        "crs": _WEB_MERCATOR,
        "orderedAxes": ["X", "Y"],
        "tileMatrices": [_matrix(zoom) for zoom in range(MAX_ZOOM + 1)],
    }


def _matrix(zoom: int) -> dict[str, Any]:
    cell = 2 * HALF / 256 / (1 << zoom)
    return {
        "id": str(zoom),
        "scaleDenominator": cell / _PIXEL_M,
        "cellSize": cell,
        "pointOfOrigin": [-HALF, HALF],
        "tileWidth": 256,
        "tileHeight": 256,
        "matrixWidth": 1 << zoom,
        "matrixHeight": 1 << zoom,
    }


def _tileset(layer: Layer, base: str) -> dict[str, Any]:
    own = f"{base}/collections/{layer.id}/tiles/{TILE_MATRIX_SET}"
    return {
        "title": f"{layer.title.zh} {layer.title.en}",
        "dataType": "vector",
        "crs": _WEB_MERCATOR,
        "tileMatrixSetURI": _DEFINITION,
        "layers": [{"id": layer.id, "dataType": "vector"}],
        "links": [
            link("self", own, JSON, "This tileset"),
            link("item", f"{own}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", MVT, "Tiles", templated=True),
            link(
                "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme",
                f"{base}/tileMatrixSets/{TILE_MATRIX_SET}",
                JSON,
                "Tile matrix set",
            ),
            link("describedby", f"{base}/tiles/{layer.id}.json", JSON, "TileJSON"),
        ],
    }


async def _bounds(app_state: AppState, layers: list[tuple[Layer, Decision]]) -> Bounds | None:
    facts = await app_state.catalogue.facts(layers)
    boxes = [fact.bounds for fact in facts.values() if fact.bounds is not None]
    if not boxes:
        return None
    wests, souths, easts, norths = zip(*boxes, strict=True)
    return min(wests), min(souths), max(easts), max(norths)
