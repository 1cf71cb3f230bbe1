"""Connections whose other side reads nothing more are ended: what waits for them would stay for ever."""

import asyncio
from typing import cast

# So long a buffer of a connection may stay full, seconds.
LONGEST_S = 60.0


class Stall:
    """The time since the other side of a connection stopped reading."""

    def __init__(self) -> None:
        """Begin with a connection that there is none of."""
        self._transport: asyncio.BaseTransport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def of(self, transport: asyncio.BaseTransport) -> None:
        """Watch a connection."""
        self._transport = transport

    def begin(self) -> None:
        """Note that the buffer is full."""
        self.end()
        self._timer = asyncio.get_running_loop().call_later(LONGEST_S, self._give_up)

    def end(self) -> None:
        """Note that there is room again, or no connection any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        # Event loops have transports of their own kinds.
        if self._transport is not None:
            cast(asyncio.Transport, self._transport).abort()
