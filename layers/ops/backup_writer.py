"""``twin backup``: the whole database in one file, as it is at one instant, while it is in use."""

import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from layers.errors import Conflict, DatabaseError, SourceError
from layers.ops.archive import CHUNK, DUMP, DumpWriter, Manifest, new_archive, write_manifest
from layers.ops.provision import connect
from layers.ops.raster_archive import add_files
from layers.ops.target import Target, client_environment
from layers.raster.files import RasterFiles
from layers.store.rebuild import PREFIX

Report = Callable[[int, int | None, str], None]
MIB = 1024 * 1024

# All schemas and tables, ours and others', except those of an extension and those being built.
SCHEMAS = """
SELECT nspname FROM pg_namespace AS n
WHERE nspname !~ '^pg_|^onemap_build_' AND nspname <> 'information_schema' AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_namespace'::regclass AND objid = n.oid AND deptype = 'e')
ORDER BY nspname
"""
TABLES = """
SELECT nspname, relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE relkind = 'r' AND nspname = ANY (%s) AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
ORDER BY nspname, relname
"""

# One revision for each package's branch.
_REVISIONS = "SELECT string_agg(version_num, ',' ORDER BY version_num) FROM onemap.alembic_version"


def default_name(now: datetime) -> str:
    """Return the name of an archive made at ``now``."""
    return f"onemap-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.backup"


def backup(target: Target, path: Path, report: Report) -> Manifest:
    """Write an archive of the database to ``path`` and return what is in it; raises Conflict when the file exists."""
    if path.exists():
        raise Conflict(f"{path} exists already; choose another name, or remove it")
    with connect(target.admin) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        manifest = describe(connection, report)
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        snapshot = str(row[0]) if row else ""
        with new_archive(path) as archive:
            dump = _dump(target, snapshot, archive, report)
            report(0, None, "adding rasters")
            files = add_files(connection, archive, RasterFiles.in_home(target.settings.home))
            contents = {"sha256": dump.sha256(), "bytes": dump.bytes, "files": files}
            complete = Manifest(**(vars(manifest) | contents))
            write_manifest(archive, complete)
    return complete


def describe(connection: psycopg.Connection, report: Report) -> Manifest:
    """Return the manifest of the database in the snapshot of this transaction."""
    schemas = [str(row[0]) for row in connection.execute(SCHEMAS)]
    return Manifest(
        product=version("onemap-twin"),
        made=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        postgresql=_scalar(connection, "SELECT split_part(current_setting('server_version'), ' ', 1)") or "",
        postgis=_scalar(connection, "SELECT extversion FROM pg_extension WHERE extname = 'postgis'") or "",
        revision=_revision(connection),
        schemas=schemas,
        tables=count_rows(connection, schemas, report),
    )


def count_rows(connection: psycopg.Connection, schemas: list[str], report: Report) -> dict[str, int]:
    """Count the rows of every table in these schemas."""
    names = connection.execute(TABLES, [schemas]).fetchall()
    counts = {}
    for done, (schema, table) in enumerate(names):
        report(done, len(names), f"counting {schema}.{table}")
        counted = connection.execute(
            sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
        ).fetchone()
        counts[f"{schema}.{table}"] = int(counted[0]) if counted else 0
    return counts


def _dump(target: Target, snapshot: str, archive: zipfile.ZipFile, report: Report) -> DumpWriter:
    command = [
        target.programs().program("pg_dump"),
        "-Fc",
        f"--snapshot={snapshot}",
        "--no-sync",
        f"--exclude-schema={PREFIX}*",
    ]
    with tempfile.TemporaryFile() as stderr, archive.open(DUMP, "w", force_zip64=True) as entry:
        writer = DumpWriter(entry)
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=stderr, env=client_environment(target.admin)
        ) as process:
            _copy(process.stdout, writer, report)
        if process.returncode != 0:
            stderr.seek(0)
            raise DatabaseError(f"pg_dump failed: {last_line(stderr.read())}")
    return writer


def _copy(source: IO[bytes] | None, writer: DumpWriter, report: Report) -> None:
    try:
        while source and (piece := source.read(CHUNK)):
            writer.write(piece)
            report(writer.bytes // MIB, None, "writing the archive, MB")
    except OSError as error:
        raise SourceError("the archive", f"it cannot be written: {error.strerror}; choose another disk") from error


def last_line(printed: bytes) -> str:
    """Return the last line that a program printed."""
    lines = printed.decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else "it gave no reason"


def _revision(connection: psycopg.Connection) -> str | None:
    migrated = _scalar(connection, "SELECT to_regclass('onemap.alembic_version')::text")
    return _scalar(connection, _REVISIONS) if migrated else None


def _scalar(connection: psycopg.Connection, statement: str) -> str | None:
    row = connection.execute(statement.encode()).fetchone()
    return None if row is None or row[0] is None else str(row[0])
