"""``twin upgrade``: the private cluster moves to a newer major version of PostgreSQL.

A new data directory is made beside the old one, filled from a dump, compared and renamed; the old one is kept.
Databases and roles added by hand are not carried over; an upgrade is refused when there are such databases.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from layers.errors import Conflict
from layers.ops.backup_writer import Report, backup
from layers.ops.cluster import BUILT, Cluster, remove_data
from layers.ops.passwords import SUPERUSER
from layers.ops.postgres import Postgres, find_postgres
from layers.ops.provision import DATABASE, connect
from layers.ops.restoration import restore
from layers.ops.server import Server
from layers.ops.target import Target
from layers.registry import Registry
from layers.settings import Settings
from layers.store.package_schema import Schemas


@dataclass(frozen=True)
class Upgrade:
    """What was done: versions, rows that were carried over, and where the old data directory is kept."""

    old: Postgres
    new: Postgres
    rows: int
    old_data: Path


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
    """Move the cluster from the first programs to the second; on any failure the old one is left as it was."""
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
            source, destination = (_target(cluster, server, settings) for server in (before, after))
            _require_only_ours(source)
            manifest = backup(source, archive, report)
            restore(destination, *program, archive, report)
    except BaseException:
        remove_data(built)
        raise
    finally:
        archive.unlink(missing_ok=True)
    old_data = _swap_folders(cluster.server.data, built.data)
    return Upgrade(old, new, sum(manifest.tables.values()), old_data)


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


def _swap_folders(present: Path, built: Path) -> Path:
    """Rename ``built`` to ``present``, which itself gets a name with its version, and return that name."""
    major = (present / "PG_VERSION").read_text().strip()
    old_data = present.with_name(f"{present.name}.{major}")
    number = 1
    while old_data.exists():
        number += 1
        old_data = present.with_name(f"{present.name}.{major}-{number}")
    present.rename(old_data)
    try:
        built.rename(present)
    except OSError:
        old_data.rename(present)
        raise
    return old_data


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
