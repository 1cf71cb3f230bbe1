"""Logs that our processes write."""

import os
import shutil
from pathlib import Path

from layers.ops import make_open_folder
from layers.settings import Settings

LOG_BYTES = 20 * 1024 * 1024


class Tail:
    """Reads what is appended to a file after a position, in whole lines."""

    def __init__(self, path: Path, position: int) -> None:
        """Begin at ``position`` (bytes from the start)."""
        self.path = path
        self._position = position

    def lines(self) -> list[str]:
        """Return the lines that were ended since the last call."""
        with self.path.open("rb") as source:
            source.seek(self._position)
            unread = source.read()
        complete = unread[: unread.rfind(b"\n") + 1]
        self._position += len(complete)
        return complete.decode(errors="replace").splitlines()


def log_file(settings: Settings, name: str) -> Path:
    """Return the path of a process's log."""
    folder = settings.home.expanduser().absolute() / "log"
    make_open_folder(folder)
    return folder / f"{name}.log"


def trim_log(log: Path) -> None:
    """Rotate a large log by copying and truncating it, so that its writer can continue."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        shutil.copyfile(log, log.with_suffix(".log.1"))
        os.truncate(log, 0)
