"""The files of rasters in an archive of ``twin backup``: each as an entry of its own, with its checksum."""

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg

from layers.errors import DatabaseError, SourceError, Unavailable
from layers.ops.archive import CHUNK, Manifest
from layers.raster.files import RasterFiles

FOLDER = "rasters/"
_KNOWN = "SELECT to_regclass('onemap.raster') IS NOT NULL"
_FILES = "SELECT id, file, file_sha256 FROM onemap.raster ORDER BY file"


def add_files(connection: psycopg.Connection, archive: zipfile.ZipFile, files: RasterFiles) -> dict[str, str]:
    """Add the files that the catalogue lists, and return their checksums by file name.

    Raises DatabaseError when one is missing or damaged: an archive has to be complete.
    """
    row = connection.execute(_KNOWN).fetchone()
    if row is None or not row[0]:
        return {}
    added = {}
    for raster_id, name, sha256 in connection.execute(_FILES).fetchall():
        try:
            path = files.path(name)
        except Unavailable as error:
            raise DatabaseError(f"raster {raster_id} cannot be saved: {error}") from error
        with path.open("rb") as source, archive.open(FOLDER + name, "w", force_zip64=True) as entry:
            if _copy(source, entry) != sha256:
                raise DatabaseError(f"raster {raster_id} cannot be saved: its file {path} is damaged; load it again")
        added[name] = sha256
    return added


@contextmanager
def placed_files(path: Path, manifest: Manifest, files: RasterFiles) -> Iterator[None]:
    """Put the files of an archive in place; new ones are removed again when the body fails."""
    if not manifest.files:
        yield
        return
    with files.work() as folder:
        _extract(path, manifest, folder)
        fresh = [name for name in manifest.files if not (files.folder / name).exists()]
        for name in manifest.files:
            files.put(name, folder / name)
        try:
            yield
        except BaseException:
            for name in fresh:
                files.drop(name)
            raise


def _extract(path: Path, manifest: Manifest, folder: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            for name, sha256 in manifest.files.items():
                with archive.open(FOLDER + name) as entry, (folder / Path(name).name).open("wb") as sink:
                    if _copy(entry, sink) != sha256:
                        raise SourceError(str(path), f"it is damaged: the raster {name} differs; take another archive")
    except (KeyError, zipfile.BadZipFile, EOFError) as error:
        raise SourceError(
            str(path), "it is damaged: one of its rasters cannot be read; take another archive"
        ) from error


def _copy(source: IO[bytes], sink: IO[bytes]) -> str:
    """Copy piece by piece, and return the checksum of what was copied."""
    digest = hashlib.sha256()
    while piece := source.read(CHUNK):
        sink.write(piece)
        digest.update(piece)
    return digest.hexdigest()
