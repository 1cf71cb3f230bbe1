"""The folder in which rasters are kept, one file each, under names that are never used twice."""

import hashlib
import re
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from layers.errors import Conflict, Unavailable

SUFFIX = ".tif"
_WORK = ".work-"
_NAME = re.compile(r"[0-9a-f]{32}\.tif")
# Unknown files are removed only at an age at which no load can still be about to record them, seconds.
_LEFT_S = 24 * 3600


class RasterFiles:
    """Files of rasters below one folder."""

    def __init__(self, folder: Path) -> None:
        """Keep files in ``folder``, which is created with the first one."""
        self.folder = folder

    @classmethod
    def in_home(cls, home: Path) -> "RasterFiles":
        """Return the folder of rasters in the program's home."""
        return cls(home.expanduser().absolute() / "rasters")

    def path(self, name: str) -> Path:
        """Return where a file is; raises Unavailable where it is not there."""
        path = self.folder / name
        if not _NAME.fullmatch(name) or not path.is_file():
            raise Unavailable(
                f"the file {name} of a raster is not in {self.folder}; restore a backup, or load the raster again"
            )
        return path

    @contextmanager
    def work(self) -> Iterator[Path]:
        """Yield an empty temporary folder on the same disk."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=_WORK, dir=self.folder) as folder:
            yield Path(folder)

    def take(self, file: Path) -> str:
        """Move a file from a work folder into the store, and return its name."""
        name = f"{uuid4().hex}{SUFFIX}"
        file.chmod(0o644)
        file.rename(self.folder / name)
        return name

    def put(self, name: str, file: Path) -> None:
        """Move a file under the name that it had before, as a restore does; raises Conflict for a name of no raster."""
        if not _NAME.fullmatch(name):
            raise Conflict(f"{name!r} is not a name of a raster's file")
        file.chmod(0o644)
        file.replace(self.folder / name)

    def drop(self, name: str) -> None:
        """Remove a file that nothing refers to."""
        (self.folder / name).unlink(missing_ok=True)

    def sweep(self, names: Collection[str]) -> int:
        """Remove leftovers of killed loads, and return how many files and folders they were."""
        if not self.folder.is_dir():
            return 0
        orphans = [entry for entry in self.folder.iterdir() if self._is_orphan(entry, names)]
        for entry in orphans:
            shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink(missing_ok=True)
        return len(orphans)

    def _is_orphan(self, entry: Path, names: Collection[str]) -> bool:
        ours = entry.name.startswith(_WORK) or bool(_NAME.fullmatch(entry.name))
        try:
            return ours and entry.name not in names and time.time() - entry.stat().st_mtime > _LEFT_S
        except FileNotFoundError:
            return False


def sha256_of(path: Path) -> str:
    """Return the checksum of a file, as hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
