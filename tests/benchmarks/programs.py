"""Programs that the benchmark starts, and ends by their process id."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

START_S = 120.0
STOP_S = 20.0
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Running:
    """A program that answers at ``url``."""

    pid: int
    url: str


@dataclass(frozen=True)
class Program:
    """A server on a loopback port: how it is started, and the path that answers 200 once it is ready."""

    name: str
    command: Sequence[str]
    port: int
    ready: str
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def running(self) -> Iterator[Running]:
        """Run it in a session of its own, and end that session in any case."""
        log = self.folder / f"{self.name}.log"
        with log.open("ab") as sink:
            process = subprocess.Popen(
                self.command, cwd=self.folder, env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True,
            )  # fmt: skip
        try:
            self._await(process, log)
            yield Running(process.pid, self.url)
        finally:
            _end(process)

    def _await(self, process: subprocess.Popen[bytes], log: Path) -> None:
        end = time.monotonic() + START_S
        while not self._answers():
            if process.poll() is not None or time.monotonic() > end:
                output = log.read_text(errors="replace").strip()[-1500:]
                raise RuntimeError(f"{self.name} does not answer at {self.url}{self.ready}; its output:\n{output}")
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            return fetch(self.url + self.ready).status == 200
        except OSError:
            return False


@dataclass(frozen=True)
class Reply:
    """An answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def fetch(url: str, headers: Mapping[str, str] | None = None) -> Reply:
    """GET without proxies; header names are in lower case."""
    request = urllib.request.Request(url, headers=dict(headers or {}))  # noqa: S310 - our own loopback address
    try:
        with _direct.open(request, timeout=60) as reply:
            return Reply(reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.read())
    except urllib.error.HTTPError as error:
        return Reply(error.code, {name.lower(): value for name, value in error.headers.items()}, error.read())


def free_port() -> int:
    """Return a loopback port that is free at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
    # Workers that outlived the first process are in its process group, which has no others.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
