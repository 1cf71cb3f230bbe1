"""A program that has a file open and forks processes that make its shapes; what they do is in ``worker``."""

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from bim.formats.ifc.worker import ASKED, BROKEN, FORK, STATUS
from layers.errors import SourceError, Unavailable

# A process that has closed its output may take so long to write down what it died of; seconds.
_LEAVE_S = 30.0
# A larger pipe lets a process go on while this one stores what it got.
_PIPE_BYTES = 1024**2
# A library of linear algebra starts a thread for each core, which none of this needs, and a fork would lose.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class ServerLost(Exception):
    """The program has ended before it has answered."""


@dataclass(eq=False)
class Forked:
    """A process that makes shapes: its number, and the pipes to and from it."""

    number: int
    server: "ForkServer"
    orders: io.FileIO
    frames: io.FileIO

    def kill(self) -> None:
        """End it; nobody else can have its number before its status was asked for."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.number, signal.SIGKILL)

    def status(self) -> int:
        """Return how it ended, when its output is closed; as if it had been killed where its server is lost."""
        try:
            return self.server.status_of(self)
        except ServerLost:
            return -signal.SIGKILL

    def close(self) -> None:
        """Close the pipes."""
        self.orders.close()
        self.frames.close()


@dataclass(eq=False)
class ForkServer:
    """The program at work; it opens the file while others go on."""

    path: Path
    process: "subprocess.Popen[bytes]"
    control: socket.socket
    _open: bool = field(default=False)

    @classmethod
    def start(cls, program: Path, path: Path, *told: object) -> "ForkServer":
        """Start it; raises Unavailable where this user may not."""
        ours, theirs = socket.socketpair()
        # -P: a folder that the program happens to lie in or to be started from is no place of libraries.
        command = [sys.executable, "-P", str(program), str(path), *map(str, told)]
        with theirs:
            try:
                process = subprocess.Popen(
                    command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                    env={**os.environ, **_ONE_THREAD},
                )
            except PermissionError as error:
                ours.close()
                raise Unavailable(
                    f"no process can be started that makes shapes: this user may not run "
                    f"{os.path.realpath(sys.executable)}; install Python where that user can read it (not in root's "
                    "home), or load the model as root: twin bim load"
                ) from error
        return cls(path, process, ours)

    def fork(self) -> Forked:
        """Return a new process; raises SourceError where the file cannot be opened, ServerLost where it has ended."""
        if not self._open:
            self._answer()
            self._open = True
        # Theirs are the end that orders are read from and that which frames are written to.
        (their_orders, orders), (frames, their_frames) = os.pipe(), os.pipe()
        _enlarge(frames)
        forked = Forked(0, self, io.FileIO(orders, "wb"), io.FileIO(frames, "rb"))
        try:
            forked.number = self._ask(FORK, 0, (their_orders, their_frames))
            return forked
        except BaseException:
            forked.close()
            raise
        finally:
            os.close(their_orders)
            os.close(their_frames)

    def status_of(self, forked: Forked) -> int:
        """Return how a process ended that has closed its output; raises ServerLost where nobody knows."""
        if self.process.returncode is not None:
            raise ServerLost
        self.control.settimeout(_LEAVE_S)
        try:
            return self._ask(STATUS, forked.number)
        except TimeoutError:
            forked.kill()
            self.control.settimeout(None)
            return self._answer()
        finally:
            self.control.settimeout(None)

    def close(self) -> int:
        """End it with all that it has forked, and return how it ended."""
        if self._open:
            self._await_end()
        else:
            self.process.kill()
        self.control.close()
        return self.process.wait()

    def _await_end(self) -> None:
        """Tell it to end and wait until it has; kill it where that takes long."""
        self.control.settimeout(_LEAVE_S)
        try:
            self.control.shutdown(socket.SHUT_WR)
            while self.control.recv(ASKED.size):
                pass
        except TimeoutError:
            os.killpg(self.process.pid, signal.SIGKILL)
        except OSError:
            # It has gone already.
            pass

    def _ask(self, kind: bytes, number: int, pipes: tuple[int, ...] = ()) -> int:
        try:
            socket.send_fds(self.control, [ASKED.pack(kind, number)], list(pipes))
        except (BrokenPipeError, ConnectionResetError):
            raise ServerLost from None
        return self._answer()

    def _answer(self) -> int:
        kind, number = ASKED.unpack(self._receive(ASKED.size))
        if kind == BROKEN:
            text = self._receive(number).decode(errors="replace")
            raise SourceError(str(self.path), f"no shape can be made: {text}")
        return int(number)

    def _receive(self, size: int) -> bytes:
        try:
            content = self.control.recv(size, socket.MSG_WAITALL)
        except ConnectionResetError:
            content = b""
        if len(content) < size:
            raise ServerLost
        return content


def _enlarge(pipe: int) -> None:
    import fcntl

    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
