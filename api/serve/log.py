"""Logs that our processes write."""

import os
import shutil
from pathlib import Path

from layers.settings import Settings
from layers.store.account import make_open_folder

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
            fresh = source.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._position += len(whole)
        return whole.decode(errors="replace").splitlines()


def log_file(settings: Settings, name: str) -> Path:
    """Return where one of our processes writes what it does."""
    folder = settings.home.expanduser().absolute() / "log"
    make_open_folder(folder)
    return folder / f"{name}.log"


def trim_log(log: Path) -> None:
    """Move a log that has grown large aside; who writes to it goes on, for it is copied and emptied."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        shutil.copyfile(log, log.with_suffix(".log.1"))
        os.truncate(log, 0)
