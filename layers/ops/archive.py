"""The file that ``twin backup`` writes: a zip with a dump in pg_dump's custom format and a manifest."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from layers.errors import SourceError

# 2: with the files of rasters.
FORMAT = 2
DUMP, MANIFEST = "database.dump", "manifest.json"
CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Manifest:
    """The contents of an archive; ``tables`` has the number of rows of each, ``revision`` is that of our migrations.

    ``files`` has the checksums of raster files by file name.
    """

    product: str
    made: str
    postgresql: str
    postgis: str
    revision: str | None
    schemas: list[str]
    tables: dict[str, int]
    sha256: str = ""
    bytes: int = 0
    format: int = field(default=FORMAT)
    files: dict[str, str] = field(default_factory=dict)

    @property
    def postgresql_major(self) -> int:
        """Return the major version of the server that was dumped."""
        return int(self.postgresql.split(".")[0])


class DumpWriter:
    """Writes the dump piece by piece, with its size and checksum."""

    def __init__(self, entry: IO[bytes]) -> None:
        """Write into this entry of the zip."""
        self._entry = entry
        self._digest = hashlib.sha256()
        self.bytes = 0

    def write(self, piece: bytes) -> None:
        """Append a piece."""
        self._entry.write(piece)
        self._digest.update(piece)
        self.bytes += len(piece)

    def sha256(self) -> str:
        """Return the checksum of all pieces, as hex."""
        return self._digest.hexdigest()


@contextmanager
def new_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Yield an archive to fill, renamed to ``path`` only when it is complete; an incomplete one is removed."""
    fresh = path.with_name(f"{path.name}.part")
    fresh.unlink(missing_ok=True)
    try:
        fresh.touch(mode=0o600)
        with zipfile.ZipFile(fresh, "w", zipfile.ZIP_STORED) as archive:
            yield archive
        fresh.replace(path)
    except FileNotFoundError as error:
        raise SourceError(str(path), "its folder does not exist; create it first") from error
    except PermissionError as error:
        raise SourceError(str(path), "its folder is not writable; choose another one") from error
    finally:
        if path.parent.is_dir():
            fresh.unlink(missing_ok=True)


def write_manifest(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Add the manifest, the last entry."""
    archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1, ensure_ascii=False))


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of an archive; raises SourceError when the file is no archive, truncated or too new."""
    try:
        with zipfile.ZipFile(path) as archive:
            fields: dict[str, Any] = json.loads(archive.read(MANIFEST))
            archive.getinfo(DUMP)
    except FileNotFoundError:
        raise SourceError(str(path), "there is no such file") from None
    except IsADirectoryError:
        raise SourceError(str(path), "this is a folder, not an archive") from None
    except PermissionError:
        raise SourceError(str(path), "this user has no permission to read it") from None
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise SourceError(str(path), "this is not an archive of 'twin backup', or it is truncated") from error
    if fields.get("format", 0) > FORMAT:
        raise SourceError(str(path), f"it was made by a newer version ({fields.get('product')}); update this one first")
    try:
        return Manifest(**fields)
    except TypeError as error:
        raise SourceError(str(path), "its manifest is damaged") from error


def verify(path: Path, manifest: Manifest) -> Iterator[int]:
    """Verify the checksum of the dump and yield how many bytes are read; raises SourceError when it differs."""
    digest, done = hashlib.sha256(), 0
    try:
        with zipfile.ZipFile(path) as archive, archive.open(DUMP) as dump:
            while piece := dump.read(CHUNK):
                digest.update(piece)
                done += len(piece)
                yield done
    except (zipfile.BadZipFile, EOFError) as error:
        raise SourceError(str(path), "it is damaged: a checksum differs; take another archive") from error
    if digest.hexdigest() != manifest.sha256:
        raise SourceError(str(path), "it is damaged: its checksum differs; take another archive")


@contextmanager
def open_dump(path: Path) -> Iterator[IO[bytes]]:
    """Yield the dump to read from its beginning."""
    with zipfile.ZipFile(path) as archive, archive.open(DUMP) as dump:
        yield dump
