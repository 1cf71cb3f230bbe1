"""Shadows of buildings on the ground at an instant."""

import math
from typing import Annotated

import numpy as np
import shapely
from fastapi import APIRouter, Query, Request, Response

from api.review import InScheme, TheReviewVisit, geojson_response, geometry_json, since_json, small_box
from bim.review import FIRST_YEAR, LAST_YEAR, Reach, Scene, read_prisms, shadow_polygons, sun_at
from layers.errors import ParameterError
from layers.temporal import parse_instant, rfc3339

ROUTER = APIRouter(tags=["review of schemes"])
_MOST_KM2, _MOST_BUILDINGS = 25.0, 10_000
# The slider of the viewer goes to sunrise; shadows of a lower sun end at the reach.
_REACH_M = 4_000.0


# A plain function: it uses the synchronous driver, and FastAPI runs it beside the event loop.
@ROUTER.get("/bim/review/shadows", summary="Shadows on the ground at an instant")
def shadows(
    request: Request,
    visit: TheReviewVisit,
    bbox: Annotated[str, Query(max_length=200, description="west,south,east,north in degrees: up to 25 km²")],
    time: Annotated[str, Query(max_length=64, description="RFC 3339 instant: 2027-01-20T09:00:00+08:00")],
    scheme: InScheme = None,
) -> Response:
    """Return one MultiPolygon of shadows in a box, thrown by what stands in it and by what is high enough around.

    With it come azimuth (from true north, clockwise) and geometric elevation of the sun, degrees. With the sun below
    the horizon it is empty, and ``night`` is true. Buildings are blocks as high as the map has them, on flat ground.
    """
    box, instant = small_box(bbox, _MOST_KM2), parse_instant(time, "time")
    if not FIRST_YEAR <= instant.year < LAST_YEAR:
        raise ParameterError("time", f"{time!r} is not within {FIRST_YEAR} and {LAST_YEAR}, where the sun is known")
    anchor = ((box.west + box.east) / 2, (box.south + box.north) / 2)
    sun = sun_at(np.array([instant.timestamp()]), *anchor)
    direction = sun.directions[0]
    night = bool(direction[2] <= 0)
    told = {
        "time": rfc3339(instant),
        "azimuth_deg": round(float(sun.azimuth_deg[0]), 4),
        "elevation_deg": round(float(sun.elevation_deg[0]), 4),
        "night": night,
    }
    if night:
        empty = {"type": "MultiPolygon", "coordinates": []}
        return geojson_response(request, {"type": "Feature", "geometry": empty, "properties": told})
    reach = Reach(math.tan(math.radians(float(sun.elevation_deg[0]))), _REACH_M, _MOST_BUILDINGS)
    with visit.connect() as connection:
        prisms, since = read_prisms(connection, visit.sources_in(connection, scheme), box, reach)
    whole = shadow_polygons(prisms, Scene.empty(anchor).frame, direction)
    shown = shapely.intersection(whole, shapely.box(box.west, box.south, box.east, box.north))
    told |= {
        "buildings": len(prisms),
        "without_height": int(prisms.missing.sum()),
        "reach_m": _REACH_M,
        "data": since_json(since),
    }
    return geojson_response(
        request, {"type": "Feature", "geometry": geometry_json(_polygons(shown)), "properties": told}
    )


def _polygons(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    """Return the polygons of a geometry: what only touches the box is a point or a line."""
    parts = [part for part in shapely.get_parts(geometry).tolist() if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)
