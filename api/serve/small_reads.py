"""HTTP/1.1 as uvicorn speaks it, its bodies read piece by piece as they are asked for: of a refused one, no more."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.serve.stall import Stall

# Bytes read at a time. An event loop alone takes up to 256 KiB at once.
PIECE = 32 * 1024


class SmallReads(asyncio.BufferedProtocol):
    """Gives uvicorn's protocol what a buffer of its own holds; event loops bound the reads of such protocols alone."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        """Take what uvicorn gives its protocols."""
        self._http = HttpToolsProtocol(*arguments, **settings)
        self._piece = bytearray(PIECE)
        self._stall = Stall()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin a connection."""
        self._stall.of(transport)
        self._http.connection_made(transport)  # type: ignore[arg-type]

    def get_buffer(self, sizehint: int) -> bytearray:
        """Return the buffer of the next read."""
        return self._piece

    def buffer_updated(self, nbytes: int) -> None:
        """Parse what was read, and leave the rest of a body until the application asks for it."""
        self._http.data_received(bytes(self._piece[:nbytes]))
        cycle = self._http.cycle
        if cycle is not None and cycle.more_body and not cycle.response_complete:
            self._http.flow.pause_reading()

    def eof_received(self) -> None:
        """Hear that the client sends no more."""
        self._http.eof_received()

    def pause_writing(self) -> None:
        """Hear that the client is slow to read."""
        self._stall.begin()
        self._http.pause_writing()

    def resume_writing(self) -> None:
        """Hear that the client reads again."""
        self._stall.end()
        self._http.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        self._stall.end()
        self._http.connection_lost(exc)
