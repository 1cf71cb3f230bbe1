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
_CHUNK = 1024 * 1024


def safe_name(file: UploadFile) -> str:
    """Return the name of an upload without anything that a path could be made of."""
    return _UNSAFE.sub("_", Path(file.filename or "upload").name)[-_LONGEST:]


def keep(file: UploadFile, settings: Settings) -> Path:
    """Write an upload into a folder of its own, up to the most that settings allow; too much of it leaves nothing."""
    path = settings.home / "uploads" / uuid4().hex / safe_name(file)
    path.parent.mkdir(parents=True)
    most = settings.upload_bytes
    with path.open("wb") as target:
        while chunk := file.file.read(_CHUNK):
            target.write(chunk)
            if target.tell() > most:
                shutil.rmtree(path.parent)
                raise InputError(f"file: it is larger than {most} bytes, the most that may be uploaded; use twin load")
    return path
