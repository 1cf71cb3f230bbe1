"""A web server on a real socket, which answers as a test specifies: completely, slowly, cut short, or not at all."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


@dataclass
class Answer:
    """One answer; ``sent`` bytes of the body are really sent, after ``wait_s``."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str | None] = field(default_factory=dict)
    sent: int | None = None
    wait_s: float = 0.0


@dataclass
class ReceivedRequest:
    """One request as it was received."""

    method: str
    path: str
    headers: dict[str, str]
    fields: dict[str, list[str]]


@dataclass
class StandIn:
    """The server: ``answers`` by path, each a list of which the last one repeats; ``asked`` has all requests."""

    url: str
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[ReceivedRequest] = field(default_factory=list)

    def next_answer(self, path: str) -> Answer:
        """Return the next answer for a path."""
        queue = self.answers.get(path) or [Answer(b"nothing is here", 404)]
        return queue.pop(0) if len(queue) > 1 else queue[0]


class _Handler(BaseHTTPRequestHandler):
    stand_in: StandIn

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        self._answer(parse_qs(self.rfile.read(length).decode()))

    def _answer(self, fields: dict[str, list[str]]) -> None:
        path = self.path.split("?")[0]
        self.stand_in.asked.append(
            ReceivedRequest(
                self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, fields
            )
        )
        answer = self.stand_in.next_answer(path)
        body, status, headers = answer.body, answer.status, dict(answer.headers)
        time.sleep(answer.wait_s)
        requested_range = self.headers.get("range")
        if requested_range and status == 200 and self.headers.get("if-range") in (None, headers.get("ETag")):
            begin = int(requested_range.removeprefix("bytes=").rstrip("-"))
            status, headers["Content-Range"] = 206, f"bytes {begin}-{len(body) - 1}/{len(body)}"
            body = body[begin:]
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        with suppress(ConnectionError):  # the client may have closed the connection
            self.wfile.write(body if answer.sent is None else body[: answer.sent])

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """Serve on a free loopback port."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    stand_in = StandIn(f"http://127.0.0.1:{server.server_address[1]}")
    handler.stand_in = stand_in  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
