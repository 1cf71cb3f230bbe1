"""Rasters: list, values at a place or along a line, and the pixels. Their tiles are served outside FastAPI."""

from typing import Annotated, Any

import numpy as np
import shapely
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse

from api.deps import BaseUrl, TheAppState, ThePrincipal
from api.documents import HEADLESS, document
from api.rasters import GEOTIFF, Rasters, raster_json
from api.routes.items import TimeParameters
from layers.errors import NotFound, ParameterError
from layers.raster import PixelValue, Raster, profile_along, value_at
from layers.temporal import parse_when, rfc3339
from tiles.raster.tilejson import raster_tilejson

ROUTER = APIRouter(tags=["rasters"])
MOST_SAMPLES = 2_000
_MOST_VERTICES = 1_000
Json = dict[str, Any]
Time = Annotated[TimeParameters, Depends()]


async def raster_of_request(raster_id: str, app_state: TheAppState, principal: ThePrincipal, time: Time) -> Raster:
    """Return the raster that a path names, in its state at the time that is asked for."""
    when = parse_when(time.datetime, time.as_of)
    return await Rasters(app_state.pool).find(principal, raster_id, when)


TheRaster = Annotated[Raster, Depends(raster_of_request)]


@ROUTER.get("/rasters", summary="The rasters")
async def rasters(app_state: TheAppState, principal: ThePrincipal, base: BaseUrl, time: Time) -> Json:
    """Return the rasters that you may see, in their state at a time."""
    listed = await Rasters(app_state.pool).all(principal, parse_when(time.datetime, time.as_of))
    return {"rasters": [raster_json(raster, base) for raster in listed]}


@ROUTER.get("/rasters/{raster_id}", summary="One raster")
async def raster(current: TheRaster, base: BaseUrl) -> Json:
    """Return bands with statistics, place, resampling and legend."""
    return raster_json(current, base)


@ROUTER.get("/rasters/{raster_id}/tiles.json", summary="TileJSON of a raster's colours")
async def tiles_json(current: TheRaster, base: BaseUrl) -> Json:
    """Return TileJSON 3.0.0."""
    return raster_tilejson(current, base)


@ROUTER.get("/rasters/{raster_id}/terrain.json", summary="TileJSON of a raster's heights")
async def terrain_json(current: TheRaster, base: BaseUrl) -> Json:
    """Return TileJSON 3.0.0 with Mapbox's encoding, for raster-dem sources."""
    if not current.style.elevation:
        raise NotFound(f"raster {current.id!r} is not declared as elevation; load it with --raster elevation=yes")
    return raster_tilejson(current, base, terrain=True)


@ROUTER.get("/rasters/{raster_id}/value", summary="What a raster has at a place")
def value(
    current: TheRaster,
    app_state: TheAppState,
    lon: Annotated[float, Query(ge=-180, le=180, description="degrees, CGCS2000")],
    lat: Annotated[float, Query(ge=-90, le=90, description="degrees, CGCS2000")],
) -> Response:
    """Return the values of all bands in the pixel in which a place lies; ``state`` says why there is none."""
    return document(_value_json(current, lon, lat, value_at(app_state.rasters.pool, current, lon, lat)))


@ROUTER.get("/rasters/{raster_id}/profile", summary="What a raster has along a line")
def profile(
    current: TheRaster,
    app_state: TheAppState,
    coords: Annotated[str, Query(description="LINESTRING(lon lat, lon lat, …) in degrees", max_length=40_000)],
    samples: Annotated[int, Query(ge=2, le=MOST_SAMPLES, description="how many places, the ends among them")] = 200,
    band: Annotated[int, Query(ge=1, le=16)] = 1,
) -> Response:
    """Return values at equal steps along a line, null where there is none, with metres from its beginning."""
    line = _line(coords)
    along = profile_along(app_state.rasters.pool, current, line, samples, current.band(band).number)
    points = zip(along.lonlat.tolist(), along.along_m.tolist(), along.values.tolist(), strict=True)
    listed = [
        {
            "lon": round(place[0], 9),
            "lat": round(place[1], 9),
            "along_m": round(far, 3),
            "value": None if np.isnan(v) else v,
        }
        for place, far, v in points
    ]
    head = {"raster": current.id, "band": band, "unit": current.band(band).unit or None, "date": rfc3339(current.date)}
    return document(head | {"length_m": round(float(along.along_m[-1]), 3), "points": listed})


@ROUTER.get("/rasters/{raster_id}/file", summary="The pixels of a raster", response_class=FileResponse)
def file(current: TheRaster, app_state: TheAppState, request: Request) -> Response:
    """Return the cloud-optimised GeoTIFF, or the ranges of it that are asked for."""
    if HEADLESS in request.scope:
        # So that the response does not read the file, which may be large.
        request.scope["method"] = "HEAD"
    path = app_state.rasters.pool.files.path(current.file)
    return FileResponse(path, media_type=GEOTIFF, filename=f"{current.id}.tif", headers={"Cache-Control": "no-cache"})


@ROUTER.get("/rasters/{raster_id}/tiles/{z}/{x}/{y}.{form}", summary="A raster tile", response_model=None)
async def tile(  # noqa: PLR0913, PLR0917 - each is a parameter of the request
    raster_id: str,
    z: str,
    x: str,
    y: str,
    form: str,
    colormap: str | None = None,
    rescale: str | None = None,
    resampling: str | None = None,
    band: str | None = None,
    size: str | None = None,
) -> None:
    """Return a PNG or WebP tile (``form``), transparent where there is no value; 304 if unchanged."""
    raise NotFound(f"/rasters/{raster_id}/tiles/{z}/{x}/{y}.{form}: tiles are .png or .webp, and are read with GET")


@ROUTER.get("/rasters/{raster_id}/terrain/{z}/{x}/{y}.png", summary="A terrain tile", response_model=None)
async def terrain_tile(raster_id: str, z: str, x: str, y: str) -> None:
    """Return heights as terrain-RGB: metres = −10000 + (R·65536 + G·256 + B) / 10, 0 m where there is none."""
    raise NotFound(f"/rasters/{raster_id}/terrain/{z}/{x}/{y}.png has no such method")


def _value_json(current: Raster, lon: float, lat: float, pixel: PixelValue) -> Json:
    has_value = [number is not None for number in pixel.values]
    state = ("value" if any(has_value) else "no data") if pixel.inside else "outside"
    bands = []
    for band, number in zip(current.bands, pixel.values, strict=True):
        stands_for = None if number is None or current.kind != "categorical" else current.class_of(number)
        fields = {"band": band.number, "title": band.title.json(), "value": number, "unit": band.unit or None}
        bands.append(fields | ({"class": stands_for.title.json()} if stands_for else {}))
    centre = None if pixel.centre is None else [round(part, 9) for part in pixel.centre]
    return {
        "raster": current.id,
        "date": rfc3339(current.date),
        "lon": lon,
        "lat": lat,
        "state": state,
        "pixel": {"column": pixel.column, "row": pixel.row, "centre": centre},
        "pixel_m": list(current.pixel_m),
        "bands": bands,
    }


def _line(text: str) -> "np.ndarray[Any, Any]":
    try:
        line = shapely.from_wkt(text)
    except shapely.errors.GEOSException as error:
        raise ParameterError("coords", f"this is not LINESTRING(lon lat, lon lat, …): {error}") from error
    places = shapely.get_coordinates(line)
    if line is None or line.geom_type != "LineString" or not np.isfinite(places).all():
        raise ParameterError("coords", "this is no LINESTRING(lon lat, lon lat, …)")
    if len(places) > _MOST_VERTICES:
        raise ParameterError("coords", f"{len(places)} points are too many; {_MOST_VERTICES} is the most")
    if not ((np.abs(places) <= [180, 90]).all() and len(np.unique(places, axis=0)) > 1):
        raise ParameterError("coords", "the line needs at least two different points, in degrees, longitude first")
    return np.asarray(places)
