"""Changes of readings as they come: server-sent events, and the same over a socket."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response, WebSocket
from fastapi.requests import HTTPConnection

from api.deps import TheAppState, ThePrincipal
from api.documents import HEADLESS
from api.errors import respond
from api.live.asking import ChangesParameters
from api.live.socket import converse
from api.live.streaming import ChangesResponse
from layers.access import Principal
from layers.errors import TwinError

ROUTER = APIRouter(tags=["sensors"])
_STREAM = "text/event-stream"
Asked = Annotated[ChangesParameters, Depends()]


@ROUTER.get(
    "/sensing/changes",
    summary="Changes of readings in view, as they come",
    response_class=Response,
    responses={200: {"content": {_STREAM: {"schema": {"type": "string"}}}}},
)
async def changes(request: Request, app_state: TheAppState, principal: ThePrincipal, asked: Asked) -> Response:
    """Return server-sent events: all readings in view first, then once a second those that are new.

    ``readings``: a list, the newest of each datastream. ``alarms``: all alarms in view, whenever one is another.
    ``gone``: numbers of datastreams that are not in view any more. ``cut``: more are in view than are told of.
    ``end``: why nothing more comes.
    """
    watch, lasting_s = asked.watch(), asked.lasting_s()
    if request.scope.get(HEADLESS):
        return Response(media_type=_STREAM)
    listening = app_state.live.listening(watch, request.scope["headers"], principal, client_of(request, principal))
    return ChangesResponse(listening, lasting_s)


@ROUTER.websocket("/sensing/changes/socket")
async def socket(websocket: WebSocket, app_state: TheAppState, asked: Asked) -> None:
    """Tell the same as texts of JSON: ``{"event": "readings", "data": […]}``."""
    try:
        principal = await app_state.identity.of(websocket.scope["headers"])
        watch, lasting_s = asked.watch(), asked.lasting_s()
        listening = app_state.live.listening(
            watch, websocket.scope["headers"], principal, client_of(websocket, principal)
        )
        app_state.live.require_room(client_of(websocket, principal))
    except TwinError as error:
        await websocket.send_denial_response(respond(error, websocket.url.path))
        return
    await converse(websocket, listening, lasting_s)


def client_of(connection: HTTPConnection, principal: Principal) -> str:
    """Return whose stream it is: a person's, or that of the visitors at an address."""
    if not principal.is_anonymous:
        return f"person {principal.name}"
    return f"address {connection.client.host if connection.client else ''}"
