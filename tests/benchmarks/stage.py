"""The stage: a private cluster in a folder of its own, with the generated buildings in ``onemap.buildings``."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import fabric
import psycopg
from meter import Meter, meter
from psycopg.types.range import TimestamptzRange

from api.schemas import all_schemas
from layers import catalog
from layers.base import Layer
from layers.ops.cluster import Cluster
from layers.settings import Settings
from layers.store.engine import Database, conninfo
from layers.store.migration import migrate

BATCH = 50_000
LAYER = "buildings"
_SINCE = TimestamptzRange(datetime(2020, 1, 1, tzinfo=UTC), None)


@dataclass(frozen=True)
class Stage:
    """A migrated database in a folder that is removed when the benchmark ends."""

    folder: Path
    cluster: Cluster
    database: Database
    layer: Layer

    @property
    def server_url(self) -> str:
        """Return the URL that ``TWIN_DATABASE_URL`` takes."""
        return self.cluster.superuser_url().replace("+psycopg", "")

    def postgres_meter(self) -> Meter:
        """Return a meter of PostgreSQL's processor time."""
        postmaster = self.cluster.server.postmaster()
        if postmaster is None:
            raise RuntimeError(f"PostgreSQL has ended; see {self.folder}")
        return meter(postmaster.pid)

    def program(self, name: str) -> Path:
        """Return one of PostgreSQL's own programs."""
        return Path(self.cluster.postgres().program(name))

    def reader(self) -> psycopg.Connection:
        """Return a connection as the application makes them."""
        return psycopg.connect(self.database.reader_conninfo(), autocommit=True)

    def superuser(self) -> psycopg.Connection:
        """Return a connection of the superuser."""
        return psycopg.connect(conninfo(self.cluster.superuser_url()), autocommit=True)

    def load(self, count: int) -> float:
        """Load buildings by binary COPY through the triggers, as every load does, and return the seconds it took."""
        started = time.monotonic()
        with psycopg.connect(self.database.writer_conninfo()) as connection:
            for batch in fabric.batches(count, BATCH):
                _copy(connection, batch)
                connection.commit()
                print(f"\r  {batch.first + len(batch):,} buildings", end="", flush=True)
        with self.superuser() as connection:
            connection.execute("SELECT onemap.compact_versions()")
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")
        print(f"\r  {count:,} buildings loaded in {time.monotonic() - started:.0f} s")
        return time.monotonic() - started


@contextlib.contextmanager
def open_stage() -> Iterator[Stage]:
    """Yield a fresh stage, and leave nothing of it behind."""
    folder = Path(tempfile.mkdtemp(prefix="onemap-bench-"))
    folder.chmod(0o755)  # PostgreSQL and nginx work as users of their own
    # Settings of the shell or of a .env file must not lead us to somebody's real database.
    for name in [name for name in os.environ if name.startswith(("TWIN_", "TIPG_"))]:
        del os.environ[name]
    settings = Settings(_env_file=None, home=folder / "home")  # type: ignore[call-arg]
    cluster = Cluster(settings.home, settings)
    try:
        database = Database(cluster.ensure(), settings.pool_size, settings.statement_timeout_s)
        registry = catalog.built_in()
        migrate(database, registry, all_schemas())
        try:
            yield Stage(folder, cluster, database, registry.get(LAYER))
        finally:
            database.dispose()
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _copy(connection: psycopg.Connection, batch: fabric.Batch) -> None:
    statement = f"COPY onemap.{LAYER} ({', '.join(fabric.COLUMNS)}) FROM STDIN (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        copy.set_types(fabric.TYPES)
        for row in fabric.rows(batch, _SINCE):
            copy.write_row(row)
