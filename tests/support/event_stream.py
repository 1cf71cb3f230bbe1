"""What comes by server-sent events, as it comes."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import orjson

WAIT_S = 60.0


class EventStream:
    """An open stream: ``next`` waits for an event, ``closed`` is set when the server ended it."""

    def __init__(self, answer: httpx.Response) -> None:
        """Read on in the background."""
        self.heard: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.closed = threading.Event()
        self._answer = answer
        self._worker = threading.Thread(target=self._read, daemon=True)
        self._worker.start()

    def next(self, event: str) -> Any:
        """Return the content of the next event of that name, and pass over others."""
        while True:
            name, content = self.heard.get(timeout=WAIT_S)
            if name == event:
                return content

    def reading(self, datastream: int) -> Any:
        """Return the next reading of a datastream."""
        while True:
            for reading in self.next("readings"):
                if reading["datastream"] == datastream:
                    return reading

    def _read(self) -> None:
        event = ""
        try:
            for line in self._answer.iter_lines():
                if line.startswith("event: "):
                    event = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    self.heard.put((event, orjson.loads(line.removeprefix("data: "))))
        except (httpx.StreamError, httpx.TransportError):
            pass
        finally:
            self.closed.set()


@contextmanager
def event_stream(client: httpx.Client, path: str, token: str | None = None) -> Iterator[EventStream]:
    """Yield an open stream, for whoever has a token."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    with client.stream("GET", path, headers=headers, timeout=WAIT_S) as answer:
        assert answer.status_code == 200, answer.read()
        yield EventStream(answer)
