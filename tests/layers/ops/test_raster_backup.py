"""An archive has the files of rasters, and a restore puts them in their places, or leaves everything as it was."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_raster import ground, write_raster
from sqlalchemy import text

from api.schemas import all_schemas
from layers.catalog import built_in
from layers.errors import DatabaseError, SourceError
from layers.intake.ingest import LoadOptions, Silent, load_path
from layers.ops.backup_writer import backup
from layers.ops.restoration import restore
from layers.ops.target import Target
from layers.raster.files import RasterFiles
from layers.settings import Settings
from layers.store.engine import Database

At = Callable[[Database, Path], Target]


def silent(done: int, total: int | None, message: str) -> None:
    assert message


@pytest.fixture
def at(server: Any) -> At:
    def target(database: Database, home: Path) -> Target:
        return Target(database.urls, server.admin_url(database.urls), Settings(_env_file=None, home=home))

    return target


def test_rasters_come_back_with_their_pixels(db: Database, server: Any, template: str, at: At, tmp_path: Path) -> None:
    old, new, archive = tmp_path / "old", tmp_path / "new", tmp_path / "a.backup"
    source = write_raster(tmp_path / "dem.tif", ground())
    load_path(db, built_in(), source, LoadOptions(), Silent(), RasterFiles.in_home(old))
    manifest = backup(at(db, old), archive, silent)
    [kept] = (old / "rasters").iterdir()
    assert list(manifest.files) == [kept.name]
    with server.copy_of(template) as other:
        restore(at(other, new), built_in(), all_schemas(), archive, silent)
        with other.reader.connect() as connection:
            [name] = connection.execute(text("SELECT file FROM onemap.raster")).scalars()
    assert (new / "rasters" / name).read_bytes() == kept.read_bytes()
    assert [entry.name for entry in (new / "rasters").iterdir()] == [name]


def test_an_archive_with_a_spoilt_raster_is_refused_and_leaves_nothing(
    db: Database, server: Any, template: str, at: At, tmp_path: Path
) -> None:
    old, new, archive = tmp_path / "old", tmp_path / "new", tmp_path / "a.backup"
    source = write_raster(tmp_path / "dem.tif", ground())
    load_path(db, built_in(), source, LoadOptions(), Silent(), RasterFiles.in_home(old))
    backup(at(db, old), archive, silent)
    spoilt = tmp_path / "spoilt.backup"
    with zipfile.ZipFile(archive) as whole, zipfile.ZipFile(spoilt, "w") as copy:
        for entry in whole.namelist():
            copy.writestr(entry, b"other" if entry.startswith("rasters/") else whole.read(entry))
    with server.copy_of(template) as other:
        with pytest.raises(SourceError, match="damaged"):
            restore(at(other, new), built_in(), all_schemas(), spoilt, silent)
        with other.reader.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM onemap.raster")).scalar_one() == 0
    assert list((new / "rasters").iterdir()) == []


def test_no_archive_is_made_that_would_lack_a_raster(db: Database, at: At, tmp_path: Path) -> None:
    source = write_raster(tmp_path / "dem.tif", ground())
    load_path(db, built_in(), source, LoadOptions(), Silent(), RasterFiles.in_home(tmp_path / "old"))
    with pytest.raises(DatabaseError, match="raster dem cannot be saved"):
        backup(at(db, tmp_path / "elsewhere"), tmp_path / "a.backup", silent)
    assert not (tmp_path / "a.backup").exists()
