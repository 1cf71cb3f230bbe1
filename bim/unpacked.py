"""Files of text that may be packed by gzip, read up to a limit that counts what they unpack to."""

import gzip
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from layers.errors import SourceError

MOST_BYTES = 256 * 1024**2
_PIECE = 1024**2


def read_within(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return the content of a file, unpacked if its name ends in .gz; raises SourceError beyond so many bytes.

    What is unpacked is counted as it comes: the size that a packed file states is not asked for.
    """
    packed = path.name.lower().endswith(".gz")
    if not packed and path.stat().st_size > most:
        raise SourceError(str(path), f"it has {path.stat().st_size:,} bytes, {_refused(most)}")
    try:
        with cast(BinaryIO, gzip.open(path, "rb")) if packed else path.open("rb") as file:
            return _read(path, file, most)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise SourceError(str(path), f"it cannot be unpacked ({error}); pack or copy it again") from error


def _read(path: Path, file: BinaryIO, most: int) -> bytes:
    pieces: list[bytes] = []
    length = 0
    while piece := file.read(_PIECE):
        length += len(piece)
        if length > most:
            raise SourceError(str(path), f"it unpacks to more than {most:,} bytes, {_refused(most)}")
        pieces.append(piece)
    return b"".join(pieces)


def _refused(most: int) -> str:
    return f"and at most {most:,} are read; export the model in parts"
