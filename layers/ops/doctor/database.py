"""Checks of the database itself; they only read."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import psycopg

from layers.ops.doctor.finding import Finding, fail, ok, warn
from layers.ops.postgres import OLDEST_POSTGIS, OLDEST_POSTGRES
from layers.ops.provision import EXTENSIONS, connect
from layers.registry import Registry
from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import Urls
from layers.store.models import SCHEMA
from layers.store.package_schema import Schemas, newest_revisions
from layers.store.revision import written
from layers.store.tables import feature_table, history_table

Check = Callable[[psycopg.Connection], list[Finding]]
MIGRATE = "bring the tables up to date with: twin up"


def examine_database(urls: Urls, registry: Registry, schemas: Schemas) -> list[Finding]:
    """Check the database through the owner's connection, and the rights of writer and reader."""
    try:
        with connect(urls.owner) as connection:
            connection.execute("SET statement_timeout = '30s'")
            revision = partial(_revision, schemas=schemas)
            findings = _run_checks(connection, (_versions, _extensions, _encoding, revision))
            if not _is_prepared(connection):
                return findings
            tables = partial(_tables, registry=registry)
            findings += _run_checks(connection, (tables, _rows, _indexes, _connections, _jobs, _damage, _time))
    except psycopg.OperationalError as error:
        return [fail("database", f"it does not answer: {_first_line(error)}", "see its log, then: twin up")]
    return findings + _roles(urls)


def _run_checks(connection: psycopg.Connection, checks: Iterable[Check]) -> list[Finding]:
    return [finding for check in checks for finding in _run_check(check, connection)]


def _is_prepared(connection: psycopg.Connection) -> bool:
    return bool(_row(connection, "SELECT to_regclass('onemap.alembic_version') IS NOT NULL")[0])


def _run_check(check: Check, connection: psycopg.Connection) -> list[Finding]:
    try:
        return check(connection)
    except psycopg.Error as error:
        name = getattr(check, "__name__", "tables").strip("_<>")
        return [fail(name, f"the check failed: {_first_line(error)}", "twin doctor --json shows the rest; report this")]


def _versions(connection: psycopg.Connection) -> list[Finding]:
    row = _row(
        connection, "SELECT current_setting('server_version'), current_setting('server_version_num')::int / 10000"
    )
    if row[1] < OLDEST_POSTGRES:
        return [fail("postgresql", f"{row[0]}, and ≥ {OLDEST_POSTGRES} is needed", "use a newer server")]
    return [ok("postgresql", str(row[0]))]


def _extensions(connection: psycopg.Connection) -> list[Finding]:
    statement = """
        SELECT name, installed_version, default_version FROM pg_available_extensions WHERE name = ANY (%s) ORDER BY name
    """
    versions = {row[0]: row[1:] for row in connection.execute(statement, [list(EXTENSIONS)])}
    findings = [_extension(name, *versions.get(name, (None, None))) for name in EXTENSIONS]
    if versions.get("postgis", (None,))[0]:
        row = _row(connection, "SELECT postgis_lib_version(), postgis_geos_version(), postgis_proj_version()")
        about = f"PostGIS {row[0]}, GEOS {row[1]}, PROJ {str(row[2]).split(' ')[0]}"
        new_enough = tuple(int(part) for part in str(row[0]).split(".")[:2]) >= OLDEST_POSTGIS
        remedy = "install a newer postgresql-*-postgis-3"
        findings.append(ok("postgis", about) if new_enough else fail("postgis", about, remedy))
    return findings


def _extension(name: str, installed: str | None, offered: str | None) -> Finding:
    check = f"extension {name}"
    if installed is None:
        return fail(check, "it is missing", f"as a superuser in this database: CREATE EXTENSION {name}")
    if offered is not None and installed != offered:
        return warn(check, f"{installed}, and {offered} is installed", f"as a superuser: ALTER EXTENSION {name} UPDATE")
    return ok(check, installed)


def _encoding(connection: psycopg.Connection) -> list[Finding]:
    row = _row(
        connection,
        "SELECT current_setting('server_encoding'), datcollate, datctype, show_trgm('上海中心') <> '{}' "
        "FROM pg_database WHERE datname = current_database()",
    )
    text = f"{row[0]}, collation {row[1]}, characters {row[2]}"
    if row[0] != "UTF8" or not row[3]:
        remedy = "create the database again with --locale=C.UTF-8 --encoding=UTF8, and restore into it"
        return [fail("encoding", f"{text}: search finds no Chinese", remedy)]
    return [ok("encoding", text)]


def _revision(connection: psycopg.Connection, schemas: Schemas) -> list[Finding]:
    if not _is_prepared(connection):
        return [fail("migrations", "the database was never prepared", MIGRATE)]
    rows = connection.execute("SELECT version_num FROM onemap.alembic_version").fetchall()
    present, needed = frozenset(str(row[0]) for row in rows), newest_revisions(schemas)
    if present != needed:
        message = f"the database is at {written(present)}, and this version needs {written(needed)}"
        return [fail("migrations", message, MIGRATE)]
    return [ok("migrations", f"at {written(present)}")]


def _tables(connection: psycopg.Connection, registry: Registry) -> list[Finding]:
    statement = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = %s"
    present = {(row[0], row[1]) for row in connection.execute(statement, [SCHEMA])}
    layers = [layer for layer in registry if isinstance(layer, DatasetLayer)]
    tables = [table for layer in layers for table in (feature_table(layer), history_table(layer))]
    lacking = sorted(f"{t.name}.{c.name}" for t in tables for c in t.columns if (t.name, c.name) not in present)
    if lacking:
        return [fail("layers", f"{len(lacking)} columns are missing, the first is {lacking[0]}", MIGRATE)]
    return [ok("layers", f"{len(layers)} layers have their tables and columns")]


def _rows(connection: psycopg.Connection) -> list[Finding]:
    statement = """
        SELECT relname, greatest(reltuples, 0)::bigint, pg_total_relation_size(oid) FROM pg_class
        WHERE relnamespace = %s::regnamespace AND relkind = 'r' ORDER BY 2 DESC
    """
    rows = connection.execute(statement, [SCHEMA]).fetchall()
    largest = ", ".join(f"{name} {count:,}" for name, count, _ in rows[:3])
    size = sum(row[2] for row in rows) / 1024 / 1024
    return [
        ok("rows", f"some {sum(row[1] for row in rows):,} in {len(rows)} tables, {size:,.0f} MB; most in {largest}")
    ]


def _indexes(connection: psycopg.Connection) -> list[Finding]:
    bad = [str(row[0]) for row in connection.execute("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid")]
    if bad:
        return [fail("indexes", f"{', '.join(bad)} cannot be used", f"REINDEX INDEX CONCURRENTLY {bad[0]}")]
    return [ok("indexes", "all can be used")]


def _connections(connection: psycopg.Connection) -> list[Finding]:
    statement = """
        SELECT count(*), current_setting('max_connections')::int,
               coalesce(extract(epoch FROM max(now() - xact_start) FILTER (WHERE state LIKE 'idle in%')), 0)::int
        FROM pg_stat_activity WHERE backend_type = 'client backend'
    """
    used, most, idle_s = _row(connection, statement)
    return [_used(used, most), *_idle(idle_s)]


def _used(used: int, most: int) -> Finding:
    text = f"{used} of {most} in use"
    remedy = "lower TWIN_WEB_WORKERS or TWIN_POOL_SIZE, or raise max_connections"
    return warn("connections", text, remedy) if used > most * 0.8 else ok("connections", text)


def _idle(seconds: int) -> list[Finding]:
    if seconds < 600:
        return []
    text = f"a transaction has been open and idle for {seconds // 60} minutes"
    return [warn("transactions", text, "find it in pg_stat_activity; it keeps old rows from being cleared away")]


def _jobs(connection: psycopg.Connection) -> list[Finding]:
    if not _row(connection, "SELECT to_regclass('jobs.procrastinate_jobs') IS NOT NULL")[0]:
        return [fail("jobs", "the queue's tables are missing", MIGRATE)]
    rows = connection.execute("SELECT status::text, count(*) FROM jobs.procrastinate_jobs GROUP BY 1 ORDER BY 1")
    counts = {str(row[0]): int(row[1]) for row in rows}
    text = ", ".join(f"{count} {status}" for status, count in counts.items()) or "the queue is empty"
    late = _row(
        connection,
        "SELECT count(*) FROM jobs.procrastinate_jobs AS job WHERE status = 'todo' "
        "AND coalesce(scheduled_at, (SELECT min(at) FROM jobs.procrastinate_events WHERE job_id = job.id)) "
        "< now() - interval '10 minutes'",
    )[0]
    if late:
        return [warn("jobs", f"{text}; {late} have waited for more than ten minutes", "is the worker running? twin up")]
    return [ok("jobs", text)]


def _damage(connection: psycopg.Connection) -> list[Finding]:
    failures = _row(connection, "SELECT coalesce(sum(checksum_failures), 0) FROM pg_stat_database")[0]
    if failures:
        return [
            fail(
                "checksums",
                f"{failures} pages are damaged",
                "the disk fails: twin backup elsewhere, restore on another disk",
            )
        ]
    return [ok("checksums", "no damaged page was found")]


def _time(connection: psycopg.Connection) -> list[Finding]:
    database_time, zone = _row(connection, "SELECT clock_timestamp(), current_setting('timezone')")
    offset_s = abs((datetime.now(UTC) - database_time).total_seconds())
    if offset_s > 5:
        return [fail("database clock", f"it is {offset_s:.0f} s off this machine's", "let both follow one time server")]
    return [ok("database clock", f"within {offset_s:.1f} s of this machine's, time zone {zone}")]


def _roles(urls: Urls) -> list[Finding]:
    findings = []
    for name, url in (("writer", urls.writer), ("reader", urls.reader)):
        try:
            with connect(url) as connection:
                findings.append(_role(name, connection))
        except psycopg.OperationalError as error:
            findings.append(fail(f"role {name}", f"it cannot connect: {_first_line(error)}", "create it with: twin up"))
    return findings


def _role(name: str, connection: psycopg.Connection) -> Finding:
    statement = """
        SELECT current_user, rolsuper,
               coalesce(has_table_privilege(to_regclass('onemap.buildings'), 'UPDATE'), false),
               has_schema_privilege('onemap', 'CREATE')
        FROM pg_roles WHERE rolname = current_user
    """
    user, superuser, writes, makes = _row(connection, statement)
    remedy = (
        "name a server user without such rights in TWIN_DATABASE_URL, or make the roles twin_writer and twin_reader"
    )
    if superuser:
        return fail(f"role {name}", f"{user} is a superuser", remedy)
    if makes or (writes and name == "reader"):
        return warn(f"role {name}", f"{user} may do more than a {name} needs", remedy)
    return ok(f"role {name}", f"{user}, no superuser")


def _row(connection: psycopg.Connection, statement: str) -> tuple[Any, ...]:
    row = connection.execute(statement.encode()).fetchone()
    return tuple(row) if row else ()


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().split("\n")[0]
