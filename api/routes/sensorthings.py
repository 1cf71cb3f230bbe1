"""OGC SensorThings 1.1: sensors and what they observe, read and written by the addresses of the standard."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.authorise import record_refusal
from api.body import TheBody, documented, json_of
from api.deps import BaseUrl, TheAppState, ThePrincipal
from api.sensorthings.acts import Acts
from api.sensorthings.answer import answer, respond, root
from api.sensorthings.batch import Batch, goes_on, json_answer, multipart_answer, read_json, read_multipart, writes
from api.sensorthings.device_acts import DeviceActs
from layers.access import decide
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
    f"{ROOT}/$batch",
    summary="SensorThings: many requests in one",
    response_model=None,
    openapi_extra=documented("multipart/mixed", _JSON, description="requests, and change sets or atomicity groups"),
)
def do_batch(
    request: Request, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl, body: TheBody
) -> Response:
    """Do one request after the other, each by the rights of who asks; change sets in one transaction each."""
    kind = request.headers.get("content-type", "")
    is_json = kind.partition(";")[0].strip().lower() == _JSON
    items = read_json(json_of(body)) if is_json else read_multipart(kind, body)
    if writes(items) and not decide(principal, "write", "sensing").allowed:
        record_refusal(app_state, principal, "write", "sensing")
    outcomes = Batch(app_state, principal, base + ROOT, goes_on(request.headers)).do(items)
    if is_json:
        return respond(json_answer(items, outcomes))
    told, answers = multipart_answer(outcomes)
    return Response(answers, media_type=told)


@ROUTER.post(
    _PATH,
    summary="SensorThings: make an entity, or observations",
    response_model=None,
    openapi_extra=documented(_JSON, description="an entity with what belongs to it; CreateObservations: arrays"),
)
def make(path: Address, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl, body: TheBody) -> Response:
    """Make an entity in the set at the address, with those within its document; all of them or none."""
    if principal.is_device:
        return DeviceActs(app_state, principal, base + ROOT, path).create(body)
    return Acts(app_state.database.writer.begin, principal, base + ROOT, path).create(json_of(body))


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
    acts = Acts(app_state.database.writer.begin, principal, base + ROOT, path)
    return acts.change(json_of(body), request.headers.get("content-type", ""))


@ROUTER.put(
    _PATH,
    summary="SensorThings: put another entity in the place of one",
    response_model=None,
    openapi_extra=documented(_JSON, description="the whole entity"),
)
def replace(path: Address, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl, body: TheBody) -> Response:
    """Give an entity the properties of the document, and no others."""
    return Acts(app_state.database.writer.begin, principal, base + ROOT, path).change(json_of(body), _JSON, whole=True)


@ROUTER.delete(_PATH, summary="SensorThings: remove an entity", response_model=None)
def remove(path: Address, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl) -> Response:
    """Remove an entity and what cannot be without it, such as the datastreams of a thing."""
    return Acts(app_state.database.writer.begin, principal, base + ROOT, path).remove()
