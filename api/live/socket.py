"""A listener as a socket (WebSocket): each event a text of JSON."""

import asyncio
from contextlib import AbstractContextManager

import orjson
from fastapi import WebSocket, WebSocketDisconnect

from api.live.listener import Listener

# RFC 6455: all is told; what somebody may do has changed; the server starts anew.
_OVER, _MAY_NOT, _RESTART = 1000, 1008, 1012


async def converse(websocket: WebSocket, listening: AbstractContextManager[Listener], lasting_s: float | None) -> None:
    """Tell what a listener is told, until it ends or the other side closes."""
    with listening as listener:
        await websocket.accept()
        telling = asyncio.create_task(_tell(websocket, listener, lasting_s))
        hearing = asyncio.create_task(_hear(websocket))
        done, waiting = await asyncio.wait({telling, hearing}, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*done, *waiting, return_exceptions=True)


async def _tell(websocket: WebSocket, listener: Listener, lasting_s: float | None) -> None:
    async for events in listener.told(lasting_s):
        for name, content in events:
            await websocket.send_text(orjson.dumps({"event": name, "data": content}).decode())
    code = _OVER if listener.ended is None else _RESTART if listener.stopping else _MAY_NOT
    await websocket.close(code, listener.ended)


async def _hear(websocket: WebSocket) -> None:
    """Throw away what the other side sends, until it closes."""
    try:
        while True:
            await websocket.receive()
    except (WebSocketDisconnect, RuntimeError):
        return
