"""``twin upgrade``: the private cluster moves to a newer major version of PostgreSQL.

A new data directory is made beside the old one, filled from a dump, compared, and takes its name; the old one is kept.
Databases and roles that somebody added by hand are not ours and are not carried over: such databases are refused.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from layers.errors import Conflict
from layers.registry import Registry
from layers.settings import Settings
from layers.store.backup import Report, backup
from layers.store.cluster import BUILT, Cluster, remove_data
from layers.store.package_schema import Schemas
from layers.store.passwords import SUPERUSER
from layers.store.postgres import Postgres, find_postgres
from layers.store.provision import DATABASE, connect
from layers.store.restore import restore
from layers.store.server import Server
from layers.store.target import Target


@dataclass(frozen=True)
class Upgrade:
    """What was done: versions, rows that were carried over, and where the old data directory is kept."""

    old: Postgres
    new: Postgres
    rows: int
    kept: Path


def plan_upgrade(cluster: Cluster) -> tuple[Postgres, Postgres] | None:
    """Return the programs that made the cluster and newer ones; None when there are no newer ones.

    Raises ClusterError when the old programs, which a dump needs, are not installed.
    """
    newest = find_postgres(cluster.settings.postgres_bin)
    if not cluster.exists() or cluster.server.major() >= newest.major:
        return None
    return find_postgres(major=cluster.server.major()), newest


def upgrade(
    cluster: Cluster, registry: Registry, schemas: Schemas, programs: tuple[Postgres, Postgres], report: Report
) -> Upgrade:
    """Move the cluster from the first programs to the second; whatever goes wrong, the old one is as it was."""
    running = cluster.running()
    try:
        with cluster.locked():
            done = _move(cluster, (registry, schemas), programs, report)
    except BaseException:
        if running:
            cluster.start()
        raise
    report(0, None, "starting the new cluster")
    cluster.start()
    return done


def _move(
    cluster: Cluster, program: tuple[Registry, Schemas], programs: tuple[Postgres, Postgres], report: Report
) -> Upgrade:
    old, new = programs
    cluster.require_space(2 * _size(cluster.server.data))
    cluster.server.stop()
    report(0, None, "making the new cluster")
    built = cluster.build(cluster.home / BUILT, new)
    archive = cluster.home / "upgrade.backup"
    archive.unlink(missing_ok=True)
    settings = cluster.settings.model_copy(update={"postgres_bin": new.bin})
    try:
        # The two run at once, so that the new one takes the next port; the socket is all they need.
        before = replace(cluster.server, tcp=False)
        with _running(before, old), _running(replace(built, port=before.port + 1, tcp=False), new) as after:
            source, goal = (_target(cluster, server, settings) for server in (before, after))
            _require_only_ours(source)
            manifest = backup(source, archive, report)
            restore(goal, *program, archive, report)
    except BaseException:
        remove_data(built)
        raise
    finally:
        archive.unlink(missing_ok=True)
    kept = _exchange(cluster.server.data, built.data)
    return Upgrade(old, new, sum(manifest.tables.values()), kept)


@contextmanager
def _running(server: Server, postgres: Postgres) -> Iterator[Server]:
    server.start(postgres)
    try:
        yield server
    finally:
        server.stop()


def _target(cluster: Cluster, server: Server, settings: Settings) -> Target:
    return Target(cluster.urls_on(server), server.url(SUPERUSER, cluster.passwords(), DATABASE), settings)


def _require_only_ours(source: Target) -> None:
    with connect(source.admin) as connection:
        names = connection.execute("SELECT datname FROM pg_database WHERE NOT datistemplate").fetchall()
    others = sorted({str(row[0]) for row in names} - {"postgres", DATABASE})
    if others:
        raise Conflict(
            f"the cluster holds another database, {others[0]}, which an upgrade does not carry over; move it away first"
        )


def _exchange(present: Path, built: Path) -> Path:
    """Give ``built`` the name of ``present``, which gets one that tells its version, and return that."""
    major = (present / "PG_VERSION").read_text().strip()
    kept = present.with_name(f"{present.name}.{major}")
    number = 1
    while kept.exists():
        number += 1
        kept = present.with_name(f"{present.name}.{major}-{number}")
    present.rename(kept)
    try:
        built.rename(present)
    except OSError:
        kept.rename(present)
        raise
    return kept


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
