"""``twin restore``: an archive becomes the database, as a whole or not at all."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg
from psycopg import errors, sql

from layers.errors import Conflict, DatabaseError, SourceError
from layers.ops.archive import CHUNK, Manifest, open_dump, read_manifest, verify
from layers.ops.backup_writer import MIB, Report, count_rows, last_line
from layers.ops.postgres import Postgres
from layers.ops.provision import SCHEMA, connect, create_database, prepare_database
from layers.ops.raster_archive import placed_files
from layers.ops.target import Target, client_environment
from layers.raster.files import RasterFiles
from layers.registry import Registry
from layers.store.engine import OWNER, Database
from layers.store.migration import migrate
from layers.store.package_schema import Schemas

FRESH, REPLACED = "_restoring", "_replaced"


def restore(
    target: Target, registry: Registry, schemas: Schemas, path: Path, report: Report, replace: bool = False
) -> Manifest:
    """Replace the database by the archive at ``path``; raises Conflict when it has contents, unless ``replace``.

    It is restored beside the present database and compared with its manifest; then the names are swapped in one
    transaction. On any failure before that, the present database is left as it was.
    """
    manifest = read_manifest(path)
    if not replace and not is_empty(target):
        raise Conflict("the database already has contents; add --replace to replace them by the archive")
    _require_known_revisions(path, manifest, schemas)
    programs = _programs(target, path, manifest)
    for done in verify(path, manifest):
        report(done // MIB, manifest.bytes // MIB, "verifying, MB")
    with _fresh_database(target) as fresh:
        _prepare(target, fresh, manifest)
        _fill(target, programs, path, fresh, report)
        _compare(target, fresh, manifest, report)
        report(0, None, "bringing the tables up to date")
        _finish(target, registry, schemas, fresh)
        report(0, None, "replacing the database")
        with placed_files(path, manifest, RasterFiles.in_home(target.settings.home)):
            swap(target, fresh)
    return manifest


def is_empty(target: Target) -> bool:
    """Tell whether nothing was ever loaded into the database."""
    with connect(target.admin) as connection:
        row = connection.execute("SELECT to_regclass('onemap.load') IS NOT NULL").fetchone()
        if row is None or not row[0]:
            return True
        return connection.execute("SELECT FROM onemap.load LIMIT 1").fetchone() is None


def swap(target: Target, fresh: str) -> None:
    """Give the database ``fresh`` the name of the present one, which is dropped; its connections are ended."""
    present, replaced = target.database, target.database + REPLACED
    names = {name: sql.Identifier(name) for name in (present, replaced, fresh)}
    with target.maintenance() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(names[replaced]))
        with closed(connection, present), connection.transaction():
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            connection.execute(rename.format(names[present], names[replaced]))
            connection.execute(rename.format(names[fresh], names[present]))
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(names[replaced]))


@contextmanager
def closed(connection: psycopg.Connection, database: str) -> Iterator[None]:
    """Refuse connections to a database; they are allowed again when the body fails."""
    statement = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    try:
        connection.execute(statement.format(sql.Identifier(database), sql.SQL("false")))
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", [database]
        )
        yield
    except BaseException:
        # Ctrl-C as well.
        connection.execute(statement.format(sql.Identifier(database), sql.SQL("true")))
        raise


def _programs(target: Target, path: Path, manifest: Manifest) -> Postgres:
    programs = target.programs()
    if manifest.postgresql_major > programs.major:
        raise SourceError(
            str(path),
            f"it was made from PostgreSQL {manifest.postgresql_major}, and {programs.major} is installed; "
            "a newer PostgreSQL is needed to restore it",
        )
    return programs


def _require_known_revisions(path: Path, manifest: Manifest, schemas: Schemas) -> None:
    revisions = {revision for schema in schemas for revision in schema.revisions}
    if set((manifest.revision or "").split(",")) - revisions - {""}:
        raise SourceError(str(path), f"it was made by a newer version ({manifest.product}); update this one first")


@contextmanager
def _fresh_database(target: Target) -> Iterator[str]:
    """Yield the name of a new database, which is dropped afterwards unless it was renamed to the present one."""
    fresh = target.database + FRESH
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(fresh))
    with target.maintenance() as connection:
        connection.execute(drop)
        try:
            _create(connection, fresh)
            yield fresh
        finally:
            connection.execute(drop)


def _create(connection: psycopg.Connection, name: str) -> None:
    try:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone():
            create_database(connection, name)
        else:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    except errors.InsufficientPrivilege as error:
        raise DatabaseError(
            "the user of TWIN_DATABASE_URL may not create databases, which a restore needs; grant it CREATEDB"
        ) from error


def _prepare(target: Target, fresh: str, manifest: Manifest) -> None:
    with connect(target.admin_url(fresh)) as connection:
        prepare_database(connection)
    with connect(target.urls.of_database(fresh).owner) as connection:
        for schema in manifest.schemas:
            if schema not in ("public", SCHEMA):
                connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))


def _fill(target: Target, programs: Postgres, path: Path, fresh: str, report: Report) -> None:
    """Restore as the owner, who then owns everything; rights follow from the default ones and from the migration."""
    schemas = [word for schema in read_manifest(path).schemas for word in ("-n", schema)]
    command = [programs.program("pg_restore"), "--exit-on-error", "--no-owner", "--no-acl", "-d", fresh, *schemas]
    environment = client_environment(target.urls.of_database(fresh).owner)
    with (
        tempfile.TemporaryFile() as stderr,
        open_dump(path) as dump,
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=stderr, env=environment) as process,
    ):
        _feed(dump, process, read_manifest(path).bytes, report)
        if process.wait() != 0:
            stderr.seek(0)
            raise DatabaseError(f"pg_restore failed: {last_line(stderr.read())}")


def _feed(dump: IO[bytes], process: subprocess.Popen[bytes], total: int, report: Report) -> None:
    if process.stdin is None:
        return
    done = 0
    try:
        with process.stdin as sink:
            while piece := dump.read(CHUNK):
                sink.write(piece)
                done += len(piece)
                report(done // MIB, total // MIB, "restoring, MB")
            report(total // MIB, total // MIB, "building indexes")
    except BrokenPipeError:
        pass  # it ended early; its exit status and error output tell why


def _compare(target: Target, fresh: str, manifest: Manifest, report: Report) -> None:
    with connect(target.admin_url(fresh)) as connection:
        counts = count_rows(connection, manifest.schemas, report)
    differing = [name for name, rows in manifest.tables.items() if counts.get(name) != rows]
    if differing:
        name = differing[0]
        raise DatabaseError(
            f"{name} has {counts.get(name, 'no')} rows after the restore, where the archive says "
            f"{manifest.tables[name]}; nothing was changed"
        )


def _finish(target: Target, registry: Registry, schemas: Schemas, fresh: str) -> None:
    database = Database(target.urls.of_database(fresh))
    try:
        migrate(database, registry, schemas)
    finally:
        database.dispose()
    with connect(target.urls.of_database(fresh).owner) as connection:
        # Tiles cached before the restore must not be taken for current ones.
        connection.execute("UPDATE onemap.epoch SET id = gen_random_uuid()")
        connection.execute("ANALYZE")
