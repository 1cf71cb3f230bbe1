"""OGC SensorThings 2.0, early: what there is of its core can be read, by the names that it has there."""

from fastapi import APIRouter, Request, Response

from api.deps import BaseUrl, TheAppState, ThePrincipal
from api.routes.sensorthings import Address
from api.sensorthings.answer import V2_0, answer, respond, root
from twin.sensing.entities.view import View

ROUTER = APIRouter(tags=["sensors"])
ROOT = "/sensorthings/v2.0"


@ROUTER.get(ROOT, summary="SensorThings 2.0, early: which sets there are", response_model=None)
def service(base: BaseUrl) -> Response:
    """Return the addresses of all sets of entities, and that this is early."""
    return respond(root(base + ROOT, V2_0))


@ROUTER.get(f"{ROOT}/{{path:path}}", summary="SensorThings 2.0, early: a set, or of it", response_model=None)
def read(path: Address, request: Request, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl) -> Response:
    """Return what is at the address, by the same options as in 1.1."""
    with app_state.database.reader.connect() as connection:
        return answer(connection, View.of(principal), base + ROOT, path, request.query_params.multi_items(), V2_0)
