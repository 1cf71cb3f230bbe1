"""Views: lines of sight and landmarks, viewsheds, skylines."""

import math
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import shapely
from fastapi import APIRouter, Depends, Query, Request, Response

from api.buildings import place_of
from api.review import DECIMALS, InScheme, TheReviewVisit, geojson_response, geometry_json, since_json
from bim.review import (
    Placing,
    Reach,
    Scene,
    Surroundings,
    cells_polygon,
    extended,
    facade_points,
    grid_size,
    ground_points,
    landmark_shares,
    read_building,
    read_surroundings,
    sight,
    skyline,
    to_enu,
    to_map,
    viewshed,
)
from layers.errors import InputError, ParameterError
from layers.query import Bbox

ROUTER = APIRouter(tags=["review of schemes"])
Json = dict[str, Any]
_METRES_PER_DEGREE = 111_320.0
_MOST_EYES, _MOST_SIGHT_M = 100, 10_000.0
_MOST_CELLS, _MOST_BUILDINGS = 60_000, 20_000
_EVERYTHING = Reach(math.inf, most=_MOST_BUILDINGS)
Place = tuple[float, float, float]
Without = Annotated[
    list[str] | None, Query(max_length=50, description="what is thought away: buildings/12, or models/tower")
]


@dataclass(frozen=True)
class Ends:
    """From where, and at what, is looked."""

    eyes: Annotated[
        list[str],
        Query(alias="from", max_length=_MOST_EYES, description="longitude,latitude,height; up to 100 of them"),
    ]
    to: Annotated[str | None, Query(max_length=100, description="longitude,latitude,height of what is looked at")] = (
        None
    )
    building: Annotated[str | None, Query(max_length=100, description="or a building: buildings/12")] = None
    without: Without = None
    scheme: InScheme = None

    def __post_init__(self) -> None:
        """Refuse what looks at two things or at none."""
        if (self.to is None) == (self.building is None):
            raise ParameterError("to", "name either a place (to=lon,lat,height) or a building, and not both")

    @property
    def places(self) -> list[Place]:
        """Return where eyes are."""
        return [_over_ground(text, "from") for text in self.eyes]


@dataclass(frozen=True)
class Eye:
    """From where one looks around, how far, and what is thought away."""

    text: Annotated[str, Query(alias="from", max_length=100, description="longitude,latitude,height over the ground")]
    radius: Annotated[float, Query(ge=10, le=3_000, allow_inf_nan=False, description="how far is looked, metres")] = (
        500.0
    )
    without: Without = None
    scheme: InScheme = None

    @property
    def place(self) -> Place:
        """Return where it is."""
        return _over_ground(self.text, "from")

    def around(self, visit: TheReviewVisit) -> Surroundings:
        """Return what stands around it, without what is thought away."""
        return _read(visit, _around(self.place, self.radius), self.without, self.scheme)


# Plain functions: they compute, and FastAPI runs them beside the event loop.
@ROUTER.get("/bim/review/sight", summary="Lines of sight, and how much of a landmark is seen")
def lines_of_sight(request: Request, visit: TheReviewVisit, ends: Annotated[Ends, Depends()]) -> Response:
    """Return for each eye whether a place is seen, else what is in the way and where; or how much of a building is.

    Of a building counts the share of points on those of its walls that look the eye's way. Heights are metres over
    the ground. Lines are straight; the building that is looked at, and one that somebody looks out of, are in the
    way too, unless they are left out (``without=``) or the eye is before their wall.
    """
    eyes = ends.places
    target = None if ends.to is None else _over_ground(ends.to, "to")
    with visit.connect() as connection:
        sources = visit.sources_in(connection, ends.scheme)
        landmark = None if ends.building is None else read_building(connection, sources, ends.building)
        around = _between(eyes, target, None if landmark is None else shapely.total_bounds(landmark.outlines))
    stands = _read(visit, around, ends.without, ends.scheme)
    scene = stands.scene
    starts = to_enu(np.array(eyes), scene.frame)
    if target is not None:
        features = _lines(scene, eyes, starts, target)
    else:
        assert landmark is not None  # noqa: S101 - one of both is asked for
        # Of a building that a model stands for, the walls that are looked at are those of its block.
        scene = stands.without(landmark.owners.tolist()).scene.with_prisms(landmark)
        points = facade_points(landmark, Placing(1.0, 4.0, 4.0, all_storeys=True), scene.frame, stands.prisms)
        shares = landmark_shares(scene, starts, points)
        features = [
            _point(eye, {"building": ends.building, "share": round(float(share), 4), "visible": bool(share > 0)})
            for eye, share in zip(eyes, shares, strict=True)
        ]
    document = {"type": "FeatureCollection", "features": features, "rests_on": _rests_on(stands)}
    return geojson_response(request, document)


@ROUTER.get("/bim/review/viewshed", summary="What can be seen of the ground")
def seen_ground(
    request: Request,
    visit: TheReviewVisit,
    eye: Annotated[Eye, Depends()],
    spacing: Annotated[float, Query(ge=0.5, le=100, allow_inf_nan=False, description="metres between points")] = 5.0,
    height: Annotated[float, Query(ge=0, le=1000, allow_inf_nan=False, description="of what is looked at")] = 0.0,
) -> Response:
    """Return the ground around an eye that is seen as one MultiPolygon of cells, and its share of all free ground.

    ``height`` looks at what is so high over the ground instead, as heads are at 1.6 m: whoever sees is seen, so it is
    also from where the eye's place is seen.
    """
    stands, place, radius = eye.around(visit), eye.place, eye.radius
    scene = stands.scene
    start = to_enu(np.array([place]), scene.frame)[0]
    circle = to_map(shapely.Point(start[0], start[1]).buffer(radius, 64), scene.frame)
    if grid_size(circle, spacing, scene.frame) > _MOST_CELLS:
        raise ParameterError("spacing", f"more than {_MOST_CELLS:,} points: take a larger spacing or a smaller radius")
    ground = ground_points(circle, spacing, scene.frame, stands.prisms).points
    seen = viewshed(scene, start, ground + np.array([0.0, 0.0, height]))
    told: Json = {
        "from": list(place), "radius_m": radius, "spacing_m": spacing, "height_m": height, "points": len(ground),
        "seen": int(seen.sum()), "share": round(float(seen.mean()), 4) if len(seen) else 0.0,
        "area_m2": round(float(seen.sum() * spacing**2), 1), "rests_on": _rests_on(stands),
    }  # fmt: skip
    cells = cells_polygon(scene, ground[seen], spacing)
    shape = shapely.MultiPolygon([part for part in shapely.get_parts(cells).tolist() if part.geom_type == "Polygon"])
    return geojson_response(request, {"type": "Feature", "geometry": geometry_json(shape), "properties": told})


@ROUTER.get("/bim/review/skyline", summary="The skyline around a place")
def seen_skyline(
    request: Request,
    visit: TheReviewVisit,
    eye: Annotated[Eye, Depends()],
    step: Annotated[float, Query(ge=0.1, le=10, allow_inf_nan=False, description="degrees between directions")] = 1.0,
) -> Response:
    """Return the elevation of the skyline by azimuth, with the building that makes it and how far it is.

    Azimuth is from true north, clockwise; elevation 0, without a building, is the level of the eye.
    """
    stands, place = eye.around(visit), eye.place
    scene = stands.scene
    found = skyline(scene, to_enu(np.array([place]), scene.frame)[0], step)
    line = [
        {
            "azimuth_deg": round(azimuth, 4),
            "elevation_deg": round(elevation, 3),
            "distance_m": None if math.isinf(distance) else round(distance, 2),
            "building": owner or None,
        }
        for azimuth, elevation, distance, owner in zip(*(part.tolist() for part in found), strict=True)
    ]
    told = {"radius_m": eye.radius, "skyline": line, "rests_on": _rests_on(stands)}
    return geojson_response(request, _point(place, told))


def _over_ground(text: str, parameter: str) -> Place:
    lon, lat, height = place_of(text, parameter)
    if not 0 <= height <= 10_000:
        raise ParameterError(parameter, f"{height:g} m is no height over the ground from 0 to 10,000 m")
    return lon, lat, height


def _lines(scene: Scene, eyes: list[Place], starts: Any, target: Place) -> list[Json]:
    found = sight(scene, starts, np.tile(to_enu(np.array([target]), scene.frame), (len(starts), 1)))
    at = scene.geodetic(found.at)
    features = []
    for eye, free, owner, (lon, lat, height) in zip(eyes, found.free, found.blocked_by, at.tolist(), strict=True):
        told: Json = {"visible": bool(free), "blocked_by": None if free else str(owner)}
        if not free:
            told["at"] = [round(lon, DECIMALS), round(lat, DECIMALS), round(height, 3)]
        geometry = {"type": "LineString", "coordinates": [list(eye), list(target)]}
        features.append({"type": "Feature", "geometry": geometry, "properties": told})
    return features


def _point(place: Place, properties: Json) -> Json:
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": list(place)}, "properties": properties}


def _rests_on(stands: Surroundings) -> Json:
    return {
        "buildings": len(stands.prisms) - len(stands.replaced),
        "without_height": int(stands.prisms.missing.sum()),
        "models": list(stands.models),
        "data": since_json(stands.since),
    }


def _read(visit: TheReviewVisit, box: Bbox, without: list[str] | None, scheme: str | None) -> Surroundings:
    most_triangles = visit.app_state.settings.tile_triangles
    with visit.connect() as connection:
        sources = visit.sources_in(connection, scheme)
        stands = read_surroundings(connection, sources, box, _EVERYTHING, (), most_triangles)
    there = {*stands.prisms.owners.tolist(), *(f"models/{name}" for name in stands.models)}
    for name in without or ():
        if name not in there:
            raise ParameterError("without", f"{name[:80]!r} is not among what stands around, such as buildings/12")
    return stands.without(without or ())


def _around(place: Place, metres: float) -> Bbox:
    lon, lat, _ = place
    return extended(Bbox(lon, lat, lon, lat), metres)


def _between(eyes: list[Place], target: Place | None, bounds: Any) -> Bbox:
    """Return the box that all lines lie in; raises InputError where it is too large."""
    lons, lats = ([eye[axis] for eye in eyes] for axis in (0, 1))
    if target is not None:
        bounds = np.array([target[0], target[1], target[0], target[1]])
    west, south = min(*lons, bounds[0]), min(*lats, bounds[1])
    east, north = max(*lons, bounds[2]), max(*lats, bounds[3])
    narrow = math.cos(math.radians((south + north) / 2))
    length = math.hypot((east - west) * narrow, north - south) * _METRES_PER_DEGREE
    if length > _MOST_SIGHT_M:
        raise InputError(f"these places lie {length / 1000:,.1f} km apart; {_MOST_SIGHT_M / 1000:g} km is the most")
    return Bbox(float(west), float(south), float(east), float(north))
