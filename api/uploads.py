"""Files that clients send, kept on disk until they are worked on."""

import re
import shutil
from pathlib import Path
from uuid import uuid4

from fastapi import UploadFile

from layers.errors import InputError
from layers.settings import Settings

_UNSAFE = re.compile(r"[^\w.\-]+")
_LONGEST = 120
# The folder of what lies beside an upload; no name of a file that was sent has a sign of it.
BESIDE = "+beside"
_CHUNK = 1024 * 1024


def safe_name(file: UploadFile) -> str:
    """Return the name of an upload without anything that a path could be made of."""
    return _UNSAFE.sub("_", Path(file.filename or "upload").name)[-_LONGEST:]


def keep(file: UploadFile, settings: Settings) -> Path:
    """Write an upload into a folder of its own, up to the most that settings allow; too much of it leaves nothing."""
    path = settings.home / "uploads" / uuid4().hex / safe_name(file)
    path.parent.mkdir(parents=True)
    _write(
        file,
        path,
        settings.upload_bytes,
        "file: it is larger than {} bytes, the most that may be uploaded; use twin load",
    )
    return path


def keep_beside(path: Path, file: UploadFile, most: int, parameter: str) -> Path:
    """Write a second upload beside one that is kept; more than ``most`` bytes of it leave nothing of either."""
    beside = path.parent / BESIDE / safe_name(file)
    beside.parent.mkdir()
    _write(
        file, beside, most, f"{parameter}: it is larger than {{}} bytes, the most that it may have", whole=path.parent
    )
    return beside


def _write(file: UploadFile, path: Path, most: int, says: str, whole: Path | None = None) -> None:
    with path.open("wb") as target:
        while chunk := file.file.read(_CHUNK):
            target.write(chunk)
            if target.tell() > most:
                shutil.rmtree(whole or path.parent)
                raise InputError(says.format(most))
