"""OGC SensorThings 1.1: sensors and what they observe, read and written by the addresses of the standard."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.body import TheBody, documented
from api.deps import BaseUrl, TheAppState, ThePrincipal
from api.sensorthings.acts import Acts
from api.sensorthings.answer import answer, respond, root
from api.sensorthings.device_acts import DeviceActs
from twin.sensing.entities.view import View

ROUTER = APIRouter(tags=["sensors"])
ROOT = "/sensorthings/v1.1"
_PATH = f"{ROOT}/{{path:path}}"
_JSON = "application/json"
Address = Annotated[str, Path(description="what is meant, such as Things(1)/Datastreams")]


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.get(ROOT, summary="SensorThings: which sets there are", response_model=None)
def service(base: BaseUrl) -> Response:
    """Return the addresses of all sets of entities, and the classes of conformance."""
    return respond(root(base + ROOT))


@ROUTER.get(_PATH, summary="SensorThings: a set, an entity, or a part of one", response_model=None)
def read(path: Address, request: Request, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl) -> Response:
    """Return what is at the address, by $filter, $expand, $select, $orderby, $top, $skip, $count, $resultFormat."""
    with app_state.database.reader.connect() as connection:
        return answer(connection, View.of(principal), base + ROOT, path, request.query_params.multi_items())


@ROUTER.post(
    _PATH,
    summary="SensorThings: make an entity, or observations",
    response_model=None,
    openapi_extra=documented(_JSON, description="an entity with what belongs to it; CreateObservations: arrays"),
)
def make(path: Address, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl, body: TheBody) -> Response:
    """Make an entity in the set at the address, with those within its document; all of them or none."""
    acts = DeviceActs if principal.is_device else Acts
    return acts(app_state, principal, base + ROOT, path).create(body)


@ROUTER.patch(
    _PATH,
    summary="SensorThings: change an entity",
    response_model=None,
    openapi_extra=documented(_JSON, "application/json-patch+json", description="what is to be changed"),
)
def change(
    path: Address, request: Request, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl, body: TheBody
) -> Response:
    """Change what the document says, and leave all else; application/json-patch+json is a JSON Patch."""
    return Acts(app_state, principal, base + ROOT, path).change(body, request.headers.get("content-type", ""))


@ROUTER.put(
    _PATH,
    summary="SensorThings: put another entity in the place of one",
    response_model=None,
    openapi_extra=documented(_JSON, description="the whole entity"),
)
def replace(path: Address, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl, body: TheBody) -> Response:
    """Give an entity the properties of the document, and no others."""
    return Acts(app_state, principal, base + ROOT, path).change(body, _JSON, whole=True)


@ROUTER.delete(_PATH, summary="SensorThings: remove an entity", response_model=None)
def remove(path: Address, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl) -> Response:
    """Remove an entity and what cannot be without it, such as the datastreams of a thing."""
    return Acts(app_state, principal, base + ROOT, path).remove()
