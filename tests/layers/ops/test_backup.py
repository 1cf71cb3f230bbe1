import json
import os
import shutil
import signal
import stat
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text

from api.schemas import all_schemas
from layers import catalog
from layers.errors import Conflict, SourceError
from layers.ops.archive import DUMP, MANIFEST
from layers.ops.backup_writer import backup, default_name
from layers.ops.provision import connect
from layers.ops.restoration import closed, restore
from layers.ops.target import Target, client_environment
from layers.settings import Settings
from layers.store.engine import Database

TOWER = """
INSERT INTO onemap.buildings (name, height_m, floors, source_key, dataset, geom)
VALUES ('上海中心大厦', 632, 128, 'tower', 'test',
        ST_Multi(ST_MakeEnvelope(121.5009, 31.2352, 121.5017, 31.2360, 4490)))
"""
LOADED = "INSERT INTO onemap.load (dataset, path, sha256, principal) VALUES ('test', 'x', '', 'me')"
TILE = """
SELECT ST_AsMVT(row, 'buildings', 4096, 'geom', 'fid') FROM (
    SELECT fid, name, height_m, ST_AsMVTGeom(geom_3857, ST_TileEnvelope(14, 13721, 6694)) AS geom
    FROM onemap.buildings ORDER BY fid) AS row
"""


def silent(done: int, total: int | None, message: str) -> None:
    assert message
    assert total is None or done <= total


def fill(database: Database) -> None:
    with database.owner.begin() as connection:
        connection.execute(text(LOADED))
        connection.execute(text(TOWER))
        connection.execute(text("INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid) VALUES (990001, '上海', 1)"))


def rows(database: Database) -> int:
    with database.owner.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM onemap.buildings")).scalar_one()


def tile(database: Database) -> bytes:
    with database.reader.connect() as connection:
        return bytes(connection.execute(text(TILE)).scalar_one())


@pytest.fixture(scope="module")
def target_at(server) -> Callable[[Database], Target]:
    settings = Settings(_env_file=None)

    def at(database: Database) -> Target:
        return Target(database.urls, server.admin_url(database.urls), settings)

    return at


@pytest.fixture(scope="module")
def source(server, template: str) -> Iterator[Database]:
    """Yield a database with one tower, of which the archive is made."""
    with server.copy_of(template) as database:
        fill(database)
        yield database


@pytest.fixture(scope="module")
def whole(source: Database, target_at, session_folder: Path) -> Path:
    path = session_folder / "浦东.backup"
    backup(target_at(source), path, silent)
    return path


@pytest.fixture
def archive(whole: Path, tmp_path: Path) -> Path:
    """Return a copy of the archive, to spoil."""
    shutil.copy(whole, tmp_path)
    return tmp_path / whole.name


@pytest.fixture(scope="module")
def other(server, template: str) -> Iterator[Database]:
    """Yield an empty database that is refused every archive."""
    with server.copy_of(template) as database:
        yield database


@pytest.fixture(scope="module")
def restored(server, template: str, whole: Path, target_at) -> Iterator[Database]:
    with server.copy_of(template) as database:
        restore(target_at(database), catalog.built_in(), all_schemas(), whole, silent)
        yield database


def test_a_restored_database_has_the_same_rows_and_the_same_tiles(source, restored) -> None:
    assert rows(restored) == 1
    assert tile(restored) == tile(source)
    assert len(tile(restored)) > 50


def test_the_history_of_a_restored_row_goes_on(restored) -> None:
    with restored.writer.begin() as connection:
        connection.execute(text("UPDATE onemap.buildings SET floors = 127"))

    with restored.reader.connect() as connection:
        old = connection.execute(text("SELECT name, floors FROM onemap.buildings_history")).one()
    assert tuple(old) == ("上海中心大厦", 128)


def test_a_new_row_does_not_get_the_number_of_a_restored_one(restored) -> None:
    with restored.writer.begin() as connection:
        connection.execute(text(TOWER.replace("'tower'", "'second'")))

    with restored.reader.connect() as connection:
        assert connection.execute(text("SELECT count(DISTINCT fid) FROM onemap.buildings")).scalar_one() == 2


def test_transactions_of_a_restored_database_are_numbered_and_stamped_on(source, restored) -> None:
    log = "SELECT id, began, committed FROM onemap.transaction_log ORDER BY id"
    with source.reader.connect() as connection:
        before = [tuple(row) for row in connection.execute(text(log))]
    with restored.writer.begin() as connection:
        connection.execute(text("UPDATE onemap.buildings SET floors = floors + 1"))
    with restored.reader.connect() as connection:
        after = [tuple(row) for row in connection.execute(text(log))]
    assert after[: len(before)] == before
    assert len(after) > len(before)
    assert [stamp for *_, stamp in after] == sorted(stamp for *_, stamp in after)


def test_everything_belongs_to_the_owner_afterwards(restored) -> None:
    statement = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('onemap', 'jobs')"
    with restored.owner.connect() as connection:
        assert connection.execute(text(statement)).scalars().all() == ["twin_owner"]


def test_tiles_cached_before_a_restore_do_not_pass_for_those_after_it(source, restored) -> None:
    epochs = []
    for database in (source, restored):
        with database.owner.connect() as connection:
            epochs.append(connection.execute(text("SELECT id FROM onemap.epoch")).scalar_one())
    assert epochs[0] != epochs[1]


def test_a_database_with_contents_is_replaced_only_on_demand(db, archive, target_at) -> None:
    fill(db)
    with db.owner.begin() as connection:
        connection.execute(text("UPDATE onemap.buildings SET name = '改了'"))

    with pytest.raises(Conflict, match="add --replace"):
        restore(target_at(db), catalog.built_in(), all_schemas(), archive, silent)
    with db.owner.connect() as connection:
        assert connection.execute(text("SELECT name FROM onemap.buildings")).scalar_one() == "改了"
    db.dispose()

    restore(target_at(db), catalog.built_in(), all_schemas(), archive, silent, replace=True)
    with db.owner.connect() as connection:
        assert connection.execute(text("SELECT name FROM onemap.buildings")).scalar_one() == "上海中心大厦"


def test_a_coordinate_system_that_was_added_comes_back(source, restored) -> None:
    with restored.owner.connect() as connection:
        found = connection.execute(text("SELECT auth_name FROM spatial_ref_sys WHERE srid = 990001")).scalar_one()
    assert found == "上海"


def test_the_archive_is_for_its_owner_only_and_says_what_is_in_it(archive) -> None:
    with zipfile.ZipFile(archive) as file:
        stated = json.loads(file.read(MANIFEST))

    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert stated["tables"]["onemap.load"] == 1
    assert stated["bytes"] > 0


def test_a_backup_shows_one_instant_though_rows_come_in_meanwhile(db, target_at, tmp_path: Path) -> None:
    def busy(done: int, total: int | None, message: str) -> None:
        if message.startswith("writing"):
            with connect(db.urls.owner) as connection:
                connection.execute(LOADED)

    backup(target_at(db), tmp_path / "a", busy)
    restore(target_at(db), catalog.built_in(), all_schemas(), tmp_path / "a", silent, replace=True)

    with db.owner.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM onemap.load")).scalar_one() == 0


def test_an_existing_file_is_not_overwritten(db, target_at, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")

    with pytest.raises(Conflict, match="exists already"):
        backup(target_at(db), tmp_path / "a", silent)
    assert (tmp_path / "a").read_text() == "mine"


def test_a_backup_that_cannot_be_written_leaves_nothing(db, target_at, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="its folder does not exist"):
        backup(target_at(db), tmp_path / "none" / "a", silent)
    assert list(tmp_path.iterdir()) == []


def damaged(archive: Path, **changes: object) -> Path:
    copy = archive.with_name("changed")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(copy, "w") as new:
        new.writestr(DUMP, old.read(DUMP))
        new.writestr(MANIFEST, json.dumps(json.loads(old.read(MANIFEST)) | changes))
    return copy


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"sha256": "0" * 64}, "its checksum differs"),
        ({"format": 99}, "newer version"),
        ({"revision": "9999"}, "newer version"),
        ({"postgresql": "99.1"}, "made from PostgreSQL 99, and .* is installed"),
        ({"surprise": 1}, "its manifest is damaged"),
    ],
)
def test_an_archive_that_cannot_be_used_is_refused_untouched(other, archive, target_at, changes, told) -> None:
    with pytest.raises(SourceError, match=told):
        restore(target_at(other), catalog.built_in(), all_schemas(), damaged(archive, **changes), silent)
    assert rows(other) == 0


def test_a_truncated_archive_is_told(other, archive, target_at) -> None:
    os.truncate(archive, archive.stat().st_size // 2)

    with pytest.raises(SourceError, match="not an archive of 'twin backup', or it is truncated"):
        restore(target_at(other), catalog.built_in(), all_schemas(), archive, silent)


def test_a_flipped_byte_is_told(other, archive, target_at) -> None:
    body = bytearray(archive.read_bytes())
    body[len(body) // 2] ^= 0xFF
    archive.write_bytes(body)

    with pytest.raises(SourceError, match="it is damaged"):
        restore(target_at(other), catalog.built_in(), all_schemas(), archive, silent)


def test_a_missing_file_is_named_in_the_error(other, target_at, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="没有: there is no such file"):
        restore(target_at(other), catalog.built_in(), all_schemas(), tmp_path / "没有", silent)


def test_a_restore_that_differs_from_its_manifest_changes_nothing(server, other, archive, target_at) -> None:
    wrong = damaged(archive, tables={"onemap.buildings": 2})

    with pytest.raises(Exception, match=r"onemap\.buildings has 1 rows .* archive says 2; nothing was changed"):
        restore(target_at(other), catalog.built_in(), all_schemas(), wrong, silent)

    assert rows(other) == 0
    with connect(server.admin) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname ~ '_restoring|_replaced'").fetchall()
    assert left == []


def test_the_name_of_an_archive_tells_the_time_in_utc() -> None:
    beijing = timezone(timedelta(hours=8))

    assert default_name(datetime(2026, 8, 15, 7, 30, tzinfo=beijing)) == "onemap-20260814T233000Z.backup"
    assert default_name(datetime(2026, 8, 15, tzinfo=UTC)) == "onemap-20260815T000000Z.backup"


def test_passwords_go_to_the_programs_by_their_environment() -> None:
    found = client_environment("postgresql+psycopg://u:s%40crt@/onemap?host=/run/x&port=5433")

    assert (found["PGUSER"], found["PGPASSWORD"], found["PGHOST"], found["PGPORT"]) == ("u", "s@crt", "/run/x", "5433")


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_while_two_databases_change_places_leaves_the_present_one_open(db, target_at) -> None:
    target = target_at(db)
    with target.maintenance() as connection, pytest.raises(KeyboardInterrupt), closed(connection, target.database):
        signal.raise_signal(signal.SIGINT)
    with db.reader.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
