"""WebSockets as uvicorn speaks them, for sockets on which little is heard."""

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from api.serve.stall import Stall


class SmallSockets(WebSocketsSansIOProtocol):
    """Ends sockets whose other side reads nothing more."""

    # The most that one message of the other side may have.
    MOST_BYTES: ClassVar[int] = 64 * 1024

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        """Take what uvicorn gives its protocols."""
        super().__init__(*arguments, **settings)
        self._stall = Stall()

    async def send(self, message: Any) -> None:
        """Send what the application sends."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
            # Else a refusal that was told is logged as an error of ours.
            self.handshake_complete = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin a connection."""
        self._stall.of(transport)
        super().connection_made(transport)

    def pause_writing(self) -> None:
        """Hear that the other side is slow to read."""
        self._stall.begin()
        super().pause_writing()

    def resume_writing(self) -> None:
        """Hear that the other side reads again."""
        self._stall.end()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        self._stall.end()
        super().connection_lost(exc)
