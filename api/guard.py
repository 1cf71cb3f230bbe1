"""The guard of all routes: who asks, and whether they may, is settled from the headers, before a body is read.

``ADMISSIONS`` is the one table of what each route asks for, the most it reads, and what it keeps. A refused request is
answered at once, and its connection closed: nothing of its body is read, and nothing of it is kept but that it was.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter
from starlette.routing import Match, Route, WebSocketRoute

from api.app_state import AppState
from api.authorise import record_refusal
from layers.access import Action, Resource, decide, require
from layers.errors import Forbidden, InputError, NotFound

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
KIB, MIB = 1024, 1024 * 1024
# A document that somebody writes or draws.
DOCUMENT = 4 * MIB
# The multipart overhead of an uploaded file, and the size of an empty document.
_FORM = 64 * KIB
_EMPTY = 4 * KIB


@dataclass(frozen=True)
class Admission:
    """What a route asks for: an act on a resource, or nothing where the rows themselves are filtered.

    ``reads`` is the most bytes of a body (``UPLOAD``: the setting upload_bytes); ``keeps`` says what the act stores.
    """

    action: Action | None = None
    resource: Resource | None = None
    reads: int = 0
    keeps: str = ""

    @property
    def most(self) -> int:
        """Return the most bytes of a body; an act that needs none may have an empty document."""
        return self.reads or (_EMPTY if self.action in ("write", "administer") else 0)


UPLOAD = -1
# Open to everybody; what is shown is decided layer by layer and row by row.
OPEN = Admission()
_DECISION = "the decision, and who took it"
_READ: dict[str, Resource] = {
    "/jobs": "jobs", "/jobs/{number}": "jobs", "/loads": "loads", "/loads/{number}": "loads",
    "/loads/{number}/quality": "loads", "/quarantine": "quarantine", "/quarantine/{number}": "quarantine",
    "/rules": "rules", "/sensing/devices": "devices", "/scenarios": "scenarios", "/scenarios/wind/facades": "scenarios",
    "/scenarios/wind/facades/eta": "scenarios", "/scenarios/wind/field": "scenarios",
    "/scenarios/wind/masts": "scenarios",
    "/scenarios/wind/profile": "scenarios", "/scenarios/wind/section": "scenarios",
    "/scenarios/{scenario_id}": "scenarios", "/scenarios/{scenario_id}/runs": "scenarios",
    "/scenarios/{scenario_id}/runs/{number}": "scenarios",
    "/scenarios/{scenario_id}/runs/{number}/objects": "scenarios",
    "/scenarios/{scenario_id}/runs/{number}/report": "scenarios",
    "/scenarios/{scenario_id}/runs/{number}/tasks": "tasks", "/tasks/{number}": "tasks", "/users": "users",
    "/users/areas": "users", "/warnings": "warnings",
}  # fmt: skip
ADMISSIONS: dict[tuple[str, str], Admission] = {
    **{
        ("GET", path): OPEN
        for path in (
            "/", "/3dtiles/layers/{layer}/content/{level}/{x}/{y}.glb",
            "/3dtiles/layers/{layer}/subtrees/{level}/{x}/{y}.subtree", "/3dtiles/layers/{layer}/tileset.json",
            "/3dtiles/{model}/content.glb", "/3dtiles/{model}/tileset.json", "/bim/annotations",
            "/bim/annotations/{number}", "/bim/bindings", "/bim/models", "/bim/models/{model}",
            "/bim/models/{model}/clashes", "/bim/models/{model}/elements",
            "/bim/models/{model}/elements/{element}", "/bim/models/{model}/extract.glb", "/bim/models/{model}/legend",
            "/bim/models/{model}/materials", "/bim/models/{model}/path", "/bim/models/{model}/pick",
            "/bim/models/{model}/placement", "/bim/models/{model}/readings",
            "/bim/models/{model}/rooms", "/bim/models/{model}/systems", "/bim/review/rules", "/bim/review/shadows",
            "/bim/review/sight", "/bim/review/skyline", "/bim/review/sunlight", "/bim/review/viewshed", "/bim/schemes",
            "/bim/schemes/compare", "/bim/schemes/{scheme}", "/bim/schemes/{scheme}/corridors",
            "/bim/schemes/{scheme}/report",
            "/bim/schemes/{scheme}/sunlight", "/catalog", "/collections",
            "/collections/{layer_id}", "/collections/{layer_id}/changes",
            "/collections/{layer_id}/grid", "/collections/{layer_id}/grid/tiles/{z}/{x}/{y}.mvt",
            "/collections/{layer_id}/instants", "/collections/{layer_id}/items", "/collections/{layer_id}/items/{fid}",
            "/collections/{layer_id}/items/{fid}/lineage", "/collections/{layer_id}/quality",
            "/collections/{layer_id}/queryables", "/collections/{layer_id}/tiles",
            "/collections/{layer_id}/tiles/WebMercatorQuad",
            "/collections/{layer_id}/tiles/WebMercatorQuad/{z}/{row}/{col}", "/conformance", "/geocode",
            "/geocode/reverse", "/geocode/suggest", "/grids", "/grids/{name}/cell", "/grids/{name}/cells",
            "/grids/{name}/cells/{code}", "/grids/{name}/crosswalk", "/healthz", "/matches", "/matches/{number}",
            "/measure", "/metrics", "/objects", "/objects/{code}", "/objects/{code}/children/{layer}",
            "/jobs/{number}/report", "/openapi.json", "/rasters", "/rasters/{raster_id}", "/rasters/{raster_id}/file",
            "/rasters/{raster_id}/profile",
            "/rasters/{raster_id}/terrain.json", "/rasters/{raster_id}/terrain/{z}/{x}/{y}.png",
            "/rasters/{raster_id}/tiles.json", "/rasters/{raster_id}/tiles/{z}/{x}/{y}.{form}",
            "/rasters/{raster_id}/value", "/readyz", "/search", "/sensing/aggregates", "/sensing/alarm-rules",
            "/sensing/alarm-rules/{number}", "/sensing/buckets", "/sensing/changes",
            "/sensing/observations", "/sensorthings/v1.1",
            "/sensorthings/v1.1/{path}", "/sensorthings/v2.0", "/sensorthings/v2.0/{path}", "/session",
            "/tileMatrixSets",
            "/tileMatrixSets/WebMercatorQuad", "/tiles/{layer_ids}.json", "/tiles/{layer_ids}/{z}/{x}/{y}.mvt",
            "/viewer", "/viewer/linked", "/viewer/static/{version}/{name}", "/viewer/style.json",
            "/viewer/vendor/pydeck.js",
        )
    },
    **{
        ("GET", path): Admission("read", resource)
        for path, resource in _READ.items()
    },
    ("POST", "/session"): Admission(reads=4 * KIB, keeps="a cookie in the browser"),
    ("DELETE", "/session"): OPEN,
    ("POST", "/geocode/batch"): Admission(reads=DOCUMENT),
    ("POST", "/rasters/{raster_id}/zonal"): Admission(reads=DOCUMENT),
    # Each request within is asked for as if it had come alone.
    ("POST", "/sensorthings/v1.1/$batch"): Admission(reads=DOCUMENT, keeps="what its requests keep"),
    ("POST", "/bim/annotations"): Admission("write", "annotations", 64 * KIB, "the annotation"),
    ("PATCH", "/bim/annotations/{number}"): Admission("write", "annotations", 64 * KIB, "it as it was and is"),
    ("DELETE", "/bim/annotations/{number}"): Admission("write", "annotations", keeps="the annotation as it was"),
    ("POST", "/bim/annotations/{number}/answers"): Admission("write", "annotations", 64 * KIB, "the answer"),
    ("POST", "/bim/annotations/{number}/resolve"): Admission("write", "annotations", keeps=_DECISION),
    ("POST", "/bim/annotations/{number}/reopen"): Admission("write", "annotations", keeps=_DECISION),
    ("POST", "/bim/bindings"): Admission("write", "bindings", DOCUMENT, "the bindings"),
    ("POST", "/bim/schemes"): Admission("write", "schemes", DOCUMENT, "the scheme"),
    ("PATCH", "/bim/schemes/{scheme}"): Admission("write", "schemes", DOCUMENT, "the scheme"),
    ("DELETE", "/bim/schemes/{scheme}"): Admission("write", "schemes", keeps="that the scheme is gone"),
    ("PATCH", "/bim/models/{model}/placement"): Admission("write", "placements", 4 * KIB, "its place, who and why"),
    ("DELETE", "/bim/models/{model}/placement"): Admission("write", "placements", keeps="its place, who and why"),
    ("POST", "/codes/{layer}"): Admission("write", "codes", keeps="codes"),
    ("DELETE", "/jobs/{number}"): Admission("write", "jobs", keeps="that the job shall stop"),
    ("POST", "/jobs/checks"): Admission("write", "loads", UPLOAD, "the files, until retention ends, and a job"),
    ("POST", "/jobs/loads"): Admission("write", "loads", UPLOAD, "the file, until retention ends, and a job"),
    ("POST", "/jobs/models"): Admission("write", "loads", UPLOAD, "the file, until retention ends, and a job"),
    ("POST", "/matches/accept"): Admission("write", "matches", DOCUMENT, _DECISION),
    ("POST", "/matches/{layer}"): Admission("write", "matches", keeps="a job and its proposals"),
    ("POST", "/matches/{number}/accept"): Admission("write", "matches", DOCUMENT, _DECISION),
    ("POST", "/matches/{number}/refuse"): Admission("write", "matches", DOCUMENT, _DECISION),
    ("POST", "/matches/{number}/undo"): Admission("write", "matches", DOCUMENT, _DECISION),
    ("POST", "/quarantine/release"): Admission("write", "quarantine", DOCUMENT, _DECISION),
    ("POST", "/quarantine/{number}/release"): Admission("write", "quarantine", DOCUMENT, _DECISION),
    ("POST", "/quarantine/{number}/discard"): Admission("write", "quarantine", DOCUMENT, _DECISION),
    ("PUT", "/rules/{rule_id}"): Admission("write", "rules", DOCUMENT, "the rule"),
    ("DELETE", "/rules/{rule_id}"): Admission("write", "rules", keeps="that the rule is gone"),
    ("POST", "/scenarios/wind/library"): Admission("write", "scenarios", DOCUMENT, "a job and its fields"),
    ("POST", "/scenarios/{scenario_id}/runs"): Admission("write", "scenarios", DOCUMENT, "a run"),
    ("DELETE", "/scenarios/{scenario_id}/runs/{number}"): Admission("write", "scenarios", keeps="that it is gone"),
    ("POST", "/scenarios/{scenario_id}/runs/{number}/damages"): Admission("write", "scenarios", DOCUMENT, "reports"),
    ("DELETE", "/scenarios/{scenario_id}/runs/{number}/damages/{damage}"): Admission("write", "scenarios"),
    ("POST", "/scenarios/{scenario_id}/runs/{number}/show"): Admission("write", "scenarios", keeps="which is shown"),
    ("DELETE", "/scenarios/{scenario_id}/runs/{number}/show"): Admission("write", "scenarios", keeps="which is shown"),
    ("POST", "/sensing/observations"): Admission("write", "sensing", UPLOAD, "observations"),
    ("POST", "/sensing/alarm-rules"): Admission("write", "sensing", DOCUMENT, "the rule, and what it finds"),
    ("PATCH", "/sensing/alarm-rules/{number}"): Admission("write", "sensing", DOCUMENT, "the rule, and what it finds"),
    ("DELETE", "/sensing/alarm-rules/{number}"): Admission("write", "sensing", keeps="that the rule is gone"),
    ("POST", "/sensing/alarms/{number}/acknowledge"): Admission("write", "sensing", keeps=_DECISION),
    **{
        (method, "/sensorthings/v1.1/{path}"): Admission("write", "sensing", DOCUMENT, "sensors, and observations")
        for method in ("PATCH", "PUT", "DELETE")
    },
    ("POST", "/sensorthings/v1.1/{path}"): Admission("write", "observations", DOCUMENT, "sensors, and observations"),
    ("POST", "/sensing/devices"): Admission("write", "devices", 64 * KIB, "the device, and hashes of its secret"),
    ("DELETE", "/sensing/devices/{name}"): Admission("write", "devices", keeps="that the device is gone"),
    ("POST", "/sensing/devices/{name}/rotate"): Admission("write", "devices", keeps="hashes of its secret"),
    ("POST", "/sensing/devices/{name}/block"): Admission("write", "devices", 4 * KIB, _DECISION),
    ("POST", "/sensing/devices/{name}/release"): Admission("write", "devices", keeps=_DECISION),
    ("POST", "/tasks/{number}"): Admission("write", "tasks", DOCUMENT, _DECISION),
    ("POST", "/users"): Admission("administer", "users", DOCUMENT, "the person"),
    ("PATCH", "/users/{name}"): Admission("administer", "users", DOCUMENT, "the person"),
    ("POST", "/users/{name}/token"): Admission("administer", "users", DOCUMENT, "a checksum of the token"),
    ("DELETE", "/users/{name}/token"): Admission("administer", "users", keeps="when the token ended"),
    ("POST", "/warnings"): Admission("write", "warnings", DOCUMENT, "the warning, and runs that it starts"),
}  # fmt: skip

# Sockets, by their addresses. What is sent to them is not read.
SOCKETS: dict[str, Admission] = {"/sensing/changes/socket": OPEN}


class Guard:
    """Decides for each request whether it is admitted, and how much of its body is read."""

    def __init__(self, app_state: AppState, routers: Iterable[APIRouter]) -> None:
        """Guard the routes of these routers, in the order in which they are looked through."""
        self._app_state = app_state
        every = [route for router in routers for route in router.routes]
        self._routes = [route for route in every if isinstance(route, Route)]
        self._sockets = [route for route in every if isinstance(route, WebSocketRoute)]

    def admission_of(self, scope: Message) -> Admission | None:
        """Return the admission of a request's route, or None for an unknown address."""
        for route in self._routes:
            if route.matches(scope)[0] is Match.FULL:
                return ADMISSIONS[scope["method"], route.path_format]
        return None

    def admit_socket(self, scope: Message) -> None:
        """Raise what a socket is refused for: an unknown address, or a page of another site that opens it.

        Browsers open sockets for any page, and send our cookies along where the two sites are neighbours.
        """
        _require_text(scope)
        if not any(route.matches(scope)[0] is Match.FULL and route.path in SOCKETS for route in self._sockets):
            raise NotFound("there is no socket at this address; /openapi.json lists what there is")
        headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        if origin is not None and origin.lower().decode("latin-1") not in _own_origins(self._app_state, headers):
            raise Forbidden("the Origin is another site's: its pages may not open sockets here")

    async def admit(self, scope: Message, receive: Receive) -> Receive:
        """Return the receive for the body of an admitted request; raises the refusal, which is then recorded."""
        _require_text(scope)
        admission = self.admission_of(scope)
        if admission is None:
            # No route reads the body.
            return receive
        # Routes that are open ask by themselves who it is, those of health do not: the database may be away.
        if admission.action is not None and admission.resource is not None:
            principal = await self._app_state.identity.of(scope["headers"])
            if admission.action != "read" and not decide(principal, admission.action, admission.resource).allowed:
                await asyncio.to_thread(
                    record_refusal, self._app_state, principal, admission.action, admission.resource
                )
            require(principal, admission.action, admission.resource)
        most = self._app_state.settings.upload_bytes + _FORM if admission.reads == UPLOAD else admission.most
        return _capped(receive, dict(scope["headers"]), most)


def _own_origins(app_state: AppState, headers: dict[bytes, bytes]) -> set[str]:
    """Return the origins of our own pages: by the name under which we are asked, and by that which is set."""
    host = headers.get(b"host", b"").decode("latin-1").lower()
    public = app_state.settings.public_url
    return {f"http://{host}", f"https://{host}"} | ({"/".join(public.lower().split("/")[:3])} if public else set())


def _require_text(scope: Message) -> None:
    """Refuse a NUL in an address, which PostgreSQL cannot store in a text."""
    if b"\0" in unquote_to_bytes(scope.get("raw_path") or scope["path"]) or b"%00" in scope["query_string"]:
        raise InputError("the address contains the character NUL (%00), which no name can have")


def _capped(receive: Receive, headers: dict[bytes, bytes], most: int) -> Receive:
    """Return a receive limited to ``most`` bytes of a body; a larger Content-Length is refused at once."""
    length = headers.get(b"content-length", b"").lstrip(b"0")
    if length.isdigit() and (len(length) > len(str(most)) or int(length) > most):
        raise _too_large(most)
    received = 0

    async def capped() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise _too_large(most)
        return message

    return capped


def _too_large(most: int) -> InputError:
    return InputError(f"body: it is larger than {most} bytes, the most that this address takes")
