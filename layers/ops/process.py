"""Processes of this machine, identified by number and start time."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """One process; ``started`` (clock ticks since boot) tells it from a later one that got the same number."""

    pid: int
    started: int

    def alive(self) -> bool:
        """Tell whether this very process still runs."""
        return _start_ticks(self.pid) == self.started

    def signal(self, number: signal.Signals) -> bool:
        """Send a signal, and tell whether the process still existed."""
        try:
            if self.alive():
                os.kill(self.pid, number)
                return True
        except ProcessLookupError:
            pass
        return False

    def stop(self, patience_s: float) -> None:
        """Ask the process to end, and end it when it does not within ``patience_s`` seconds."""
        if self.signal(signal.SIGTERM) and not wait_until(lambda: not self.alive(), patience_s):
            self.signal(signal.SIGKILL)
            wait_until(lambda: not self.alive(), 5)


def process_of(pid: int) -> Process | None:
    """Return the process that has this number now; None when there is none, or only a zombie."""
    started = _start_ticks(pid)
    return None if started is None else Process(pid, started)


def processes() -> Iterator[Process]:
    """Yield every process of this machine that we may look at."""
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (process := process_of(int(entry.name))):
            yield process


def working_directory(pid: int) -> Path | None:
    """Return the working directory of a process; None when it has ended or belongs to another user."""
    try:
        return Path(os.readlink(PROC / str(pid) / "cwd"))
    except OSError:
        return None


def command_line(pid: int) -> list[str]:
    """Return the arguments that a process was started with; empty when it has ended."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except OSError:
        return []


def wait_until(condition: Callable[[], bool], timeout_s: float, pause_s: float = 0.05) -> bool:
    """Wait for a condition, and tell whether it came true in time."""
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(pause_s)
    return True


def _start_ticks(pid: int) -> int | None:
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The name in parentheses may itself hold blanks and parentheses: count from the last one.
    fields = text[text.rindex(")") + 2 :].split()
    return None if fields[0] in "ZX" else int(fields[19])
