"""A listener as server-sent events (text/event-stream)."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import orjson
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event

from api.live.listener import Listener

# A browser that lost the stream asks again after this time, milliseconds.
_RETRY_MS = 3000


class ChangesResponse(EventSourceResponse):
    """Tells what a listener is told until it ends, or whoever asked is gone; then it listens no more."""

    def __init__(self, listening: AbstractContextManager[Listener], lasting_s: float | None) -> None:
        """Take what lends a listener, and after how many seconds to end: 0 tells what there is."""
        self._stack = ExitStack()
        listener = self._stack.enter_context(listening)
        super().__init__(
            _written(listener, lasting_s), headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )

    async def __call__(self, *connection: Any) -> None:
        """Answer one request."""
        with self._stack:
            await super().__call__(*connection)


async def _written(listener: Listener, lasting_s: float | None) -> AsyncIterator[bytes]:
    """Yield what a listener is told, in the form of server-sent events."""
    yield format_sse_event(retry=_RETRY_MS)
    async for events in listener.told(lasting_s):
        for name, content in events:
            yield format_sse_event(event=name, data_str=orjson.dumps(content).decode())
        if not events:
            yield KEEPALIVE_COMMENT
