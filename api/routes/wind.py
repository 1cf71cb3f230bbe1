"""The wind scenario's own routes: fields, façades, sections and profiles for the sliders, and the library."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from api.authorise import authorise
from api.body import TheBody, documented, json_of
from api.deps import BaseUrl, TheAppState, ThePrincipal
from api.links import GEOJSON, JSON
from layers.access import Decision, require
from layers.errors import InputError
from layers.ops.jobs import job
from layers.temporal import parse_instant
from tiles.app import matches
from twin.scenarios.wind.forcing.stations import FusionRules
from twin.scenarios.wind.service import pictures
from twin.scenarios.wind.service.lookup import Scene, WindQuery, facade_document, facade_eta, scene_of
from twin.scenarios.wind.service.masts import document, masts_of
from twin.scenarios.wind.service.pictures import Line, View
from twin.scenarios.wind.service.screen import screen_of
from twin.scenarios.wind.service.status import submit_library

ROUTER = APIRouter(tags=["wind"])
_BINARY, _PNG = "application/octet-stream", "image/png"
# Responses depend on the principal.
_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
_Speed = Annotated[float, Query(description="m/s over open country at 10 m, mean of ten minutes")]
_From = Annotated[float, Query(alias="from", description="where it blows from, degrees clockwise from north")]
_Quality = Annotated[
    Literal["best", "preview", "fine"], Query(description="of the fields; two that are compared have the same one")
]
_Run = Annotated[int | None, Query(ge=1, lt=2**63, description="a run whose changed district is meant")]
_Lon = Annotated[float, Query(ge=-180, le=180)]
_Lat = Annotated[float, Query(ge=-90, le=90)]


@dataclass(frozen=True)
class WindRequest:
    """A wind, and the district that it blows through."""

    wind: WindQuery
    scene: Scene
    decision: Decision

    @property
    def view(self) -> View:
        """Return the fields of this wind as the principal may see them."""
        plane, screen = self.scene.survey.site.plane, screen_of(self.scene.city, self.decision)
        return View(self.scene.library(self.wind), plane, screen)


# Plain functions: they use the synchronous driver and compute, and FastAPI runs them beside the event loop.
def wind_request(
    app_state: TheAppState,
    principal: ThePrincipal,
    speed: _Speed,
    from_deg: _From,
    run: _Run = None,
    quality: _Quality = "best",
) -> WindRequest:
    """Read the wind and find its district."""
    decision = require(principal, "read", "scenarios")
    return WindRequest(
        WindQuery(speed, from_deg, quality), scene_of(app_state.database, app_state.scenarios_home, run), decision
    )


TheWind = Annotated[WindRequest, Depends(wind_request)]


@ROUTER.get("/scenarios/wind/field", summary="Gusts at a height", response_class=Response)
def field(
    wind: TheWind,
    height: Annotated[float, Query(ge=0, le=700, description="metres above the ground; the nearest kept one")] = 2.0,
    f: Annotated[Literal["bin", "png"], Query(description="numbers or a picture")] = "bin",
) -> Response:
    """Return u, v and gust as float32 (header Twin-Shape; rows from the south), or gusts as a picture by classes."""
    view = wind.view
    gusts = view.screen.map(view.library.map(wind.wind, height))
    site = wind.scene.survey.site
    box = site.bounds(site.half_m)
    headers = {
        "Twin-Shape": f"3,{len(gusts.axis)},{len(gusts.axis)}",
        "Twin-Bounds": f"{box.west:.7f},{box.south:.7f},{box.east:.7f},{box.north:.7f}",
        **_PRIVATE,
    }
    if f == "png":
        return Response(pictures.png(gusts), media_type=_PNG, headers=headers)
    return Response(pictures.raw(gusts), media_type=_BINARY, headers=headers)


@ROUTER.get("/scenarios/wind/facades", summary="Cells of the façades", response_class=Response)
def facades(request: Request, app_state: TheAppState, principal: ThePrincipal, run: _Run = None) -> Response:
    """Return the façade cells as GeoJSON, thin polygons with base and top; the tag changes with the district."""
    decision = require(principal, "read", "scenarios")
    body = orjson.dumps(facade_document(scene_of(app_state.database, app_state.scenarios_home, run), decision))
    # Grades and names may change while the geometry does not.
    tag = sha256(body).hexdigest()[:16]
    headers = {"ETag": f'"{tag}"', **_PRIVATE}
    if matches(request.headers.get("if-none-match", "").encode("latin-1"), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=GEOJSON, headers=headers)


@ROUTER.get("/scenarios/wind/facades/eta", summary="Demand over design of the façades", response_class=Response)
def facades_eta(wind: TheWind) -> Response:
    """Return demand over design of each façade cell as little-endian float32, in the order of the cells."""
    values = facade_eta(wind.scene, wind.wind, wind.decision)
    return Response(values.tobytes(), media_type=_BINARY, headers=_PRIVATE)


@ROUTER.get("/scenarios/wind/section", summary="The wind in an upright section")
def section(wind: TheWind, from_lon: _Lon, from_lat: _Lat, to_lon: _Lon, to_lat: _Lat) -> dict[str, Any]:
    """Return mean, gust, along and upward speed by distance and height over a line."""
    line = Line((from_lon, from_lat), (to_lon, to_lat))
    return pictures.section(wind.view, line, wind.wind)


@ROUTER.get("/scenarios/wind/profile", summary="The wind over a place by height")
def profile(wind: TheWind, lon: _Lon, lat: _Lat) -> dict[str, Any]:
    """Return mean, gust and direction by height."""
    return pictures.profile(wind.view, (lon, lat), wind.wind)


@ROUTER.get("/scenarios/wind/masts", summary="The wind of the masts")
def masts(
    app_state: TheAppState,
    principal: ThePrincipal,
    at: Annotated[str | None, Query(description="as of when, RFC 3339 with offset; by default the latest")] = None,
    oldest: Annotated[int, Query(ge=1, le=180, description="readings older than so many minutes are left out")] = 30,
) -> dict[str, Any]:
    """Return the wind over open country by the open masts above roofs, and of each of them why it is not used."""
    require(principal, "read", "scenarios")
    instant = datetime.now(UTC) if at is None else parse_instant(at, "at")
    with app_state.database.reader.connect() as connection:
        read = masts_of(connection, instant, instant)
    return document(read, instant, FusionRules(oldest=timedelta(minutes=oldest)))


@ROUTER.post(
    "/scenarios/wind/library",
    summary="Build the wind fields of the district",
    status_code=202,
    openapi_extra=documented(JSON, description='{"quality": "preview"} or {"quality": "fine"}'),
)
def build_library(
    app_state: TheAppState, principal: ThePrincipal, base: BaseUrl, response: Response, body: TheBody
) -> dict[str, Any]:
    """Queue the solving of all directions; those in the library already are not solved again."""
    options = json_of(body)
    if not isinstance(options, dict) or options.keys() - {"quality"}:
        raise InputError('body: this must be {"quality": "preview"} or {"quality": "fine"}')
    authorise(app_state, principal, "write", "scenarios", {"library": options})
    number = submit_library(app_state.database, str(options.get("quality", "preview")), principal.name)
    response.headers["Location"] = f"{base}/jobs/{number}"
    return {"job": number, "state": job(app_state.database, number).state}
