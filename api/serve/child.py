"""A process that the supervisor keeps alive."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from api.serve.log import trim_log
from layers.ops import Process, process_of

SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
STEADY_S = 60.0  # after this lifetime the restart pause is reset
PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class Program:
    """What to run: its name, command line and log, the descriptors that it inherits, and more environment."""

    name: str
    command: tuple[str, ...]
    log: Path
    descriptors: tuple[int, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


class Child:
    """One program, started again after a pause whenever it ends; the pauses grow."""

    def __init__(self, program: Program, tell: Callable[[str], None]) -> None:
        """Remember the program; nothing runs before ``keep``."""
        self.program = program
        self.failures = 0
        self._tell = tell
        self._running: subprocess.Popen[bytes] | None = None
        self._begun = 0.0
        self._next = 0.0

    def process(self) -> Process | None:
        """Return the living process, if there is one."""
        return process_of(self._running.pid) if self._running and self._running.poll() is None else None

    def keep(self) -> bool:
        """Start the program where it does not run and its pause is over; tell whether a new process was started."""
        if self._running is not None:
            status = self._running.poll()
            if status is None:
                return False
            self._rest(status)
        if time.monotonic() < self._next:
            return False
        self._start()
        return True

    def ask_to_stop(self) -> None:
        """Send SIGTERM; the program finishes its present work."""
        if self._running and self._running.poll() is None:
            self._running.terminate()

    def await_end(self, patience_s: float) -> None:
        """Wait for the end, and force it after ``patience_s`` seconds."""
        if self._running is None:
            return
        try:
            self._running.wait(max(patience_s, 0.1))
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()

    def last_words(self) -> str:
        """Return the last line of the program's log."""
        try:
            lines = self.program.log.read_text(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return lines[-1].strip() if lines else ""

    def _start(self) -> None:
        trim_log(self.program.log)
        environment = os.environ | dict(self.program.environment)
        with self.program.log.open("ab") as log:
            # The supervisor has one thread, so code between fork and exec is safe.
            self._running = subprocess.Popen(
                self.program.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                pass_fds=self.program.descriptors, start_new_session=True, preexec_fn=end_with_parent(),  # noqa: PLW1509
            )  # fmt: skip
        self._begun = time.monotonic()

    def _rest(self, status: int) -> None:
        lived = time.monotonic() - self._begun
        self.failures = 1 if lived > STEADY_S else self.failures + 1
        pause = min(SHORTEST_PAUSE_S * 2 ** (self.failures - 1), LONGEST_PAUSE_S)
        self._tell(f"{self.program.name} ended ({_how(status)}); started again in {pause:g} s, see {self.program.log}")
        self._next = time.monotonic() + pause
        self._running = None


def end_with_parent() -> Callable[[], None]:
    """Return what a new process runs before its program, so that it never outlives a killed supervisor."""
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def arrange() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the call
            os._exit(1)

    return arrange


def _how(status: int) -> str:
    return f"exit status {status}" if status >= 0 else f"signal {-status}"
