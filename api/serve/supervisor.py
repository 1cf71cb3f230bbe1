"""Keeps the database and the programs alive until it is asked to stop."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import FrameType

from api.serve.child import Child, Program, end_with_parent
from api.serve.listener import answers
from api.serve.log import trim_log
from api.serve.state import State, StateFile
from layers.errors import Unavailable
from layers.ops import Cluster

TICK_S = 0.2
DATABASE_CHECK_S = 2.0
STOP_S = 15.0
TRIES = 4  # after so many failures before readiness, starting is given up


@dataclass(frozen=True)
class Plan:
    """What to supervise: a private cluster or none, a command to run first, then programs to keep alive."""

    state: State
    cluster: Cluster | None
    prepare: Sequence[str]
    programs: Sequence[Program]
    opened: Callable[[], None]


class Supervisor:
    """One run, from start to an orderly stop."""

    def __init__(self, plan: Plan, file: StateFile, tell: Callable[[str], None]) -> None:
        """Take the plan; ``tell`` gets a line for each event."""
        self._plan = plan
        self._file = file
        self._tell = tell
        self._state = plan.state
        self._children = [Child(program, tell) for program in plan.programs]
        self._stopping = False
        self._owns_cluster = False
        self._next_check = 0.0

    def run(self) -> None:
        """Start everything, keep it alive until SIGTERM or SIGINT, stop it in order."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        self._file.write(self._state)
        try:
            self._start()
            while not self._stopping:
                self._tick()
                time.sleep(TICK_S)
        finally:
            self._stop()

    def _start(self) -> None:
        self._owns_cluster = self._plan.cluster is not None
        self._watch_database(first=True)
        if self._plan.prepare:
            self._prepare()
        if not self._stopping:
            self._plan.opened()

    def _prepare(self) -> None:
        begin = end_with_parent()  # one thread only: code between fork and exec is safe
        with subprocess.Popen(self._plan.prepare, stdin=subprocess.DEVNULL, preexec_fn=begin) as process:  # noqa: PLW1509
            while process.poll() is None:
                if self._stopping:
                    process.terminate()
                time.sleep(0.05)
        if process.returncode and not self._stopping:
            raise Unavailable("the database could not be prepared; see the reason above")

    def _tick(self) -> None:
        self._watch_database()
        started = [child.keep() for child in self._children]
        if any(started):
            self._write()
        if not self._state.ready:
            self._check_ready()

    def _check_ready(self) -> None:
        failing = next((child for child in self._children if child.failures >= TRIES), None)
        if failing is not None:
            raise Unavailable(
                f"{failing.program.name} does not start: {failing.last_words()} (see {failing.program.log})"
            )
        if answers(f"{self._state.url}/readyz"):
            self._state = replace(self._state, ready=True)
            self._write()
            self._tell(f"ready: {self._state.viewer}")

    def _watch_database(self, first: bool = False) -> None:
        cluster = self._plan.cluster
        if cluster is None or time.monotonic() < self._next_check:
            return
        self._next_check = time.monotonic() + DATABASE_CHECK_S
        if cluster.running():
            return
        self._tell("database: starting" if first else "database: it ended, starting it again")
        try:
            cluster.ensure()
        except Unavailable as error:
            if first:
                raise
            self._tell(f"database: {error}")

    def _write(self) -> None:
        living = tuple(process for child in self._children if (process := child.process()))
        self._state = replace(self._state, children=living)
        self._file.write(self._state)
        for child in self._children:
            trim_log(child.program.log)

    def _stop(self) -> None:
        self._tell("stopping")
        end = time.monotonic() + STOP_S
        for child in self._children:
            child.ask_to_stop()
        for child in self._children:
            child.await_end(end - time.monotonic())
        if self._owns_cluster and self._plan.cluster is not None:
            self._plan.cluster.stop()
        self._file.remove()
        self._tell("stopped")

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stopping = True


def python(*words: str) -> tuple[str, ...]:
    """Return a command line that runs this Python."""
    return (sys.executable, *words)
