"""Kill -9 of the loader and of PostgreSQL in the middle of a load."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from api.schemas import all_schemas
from layers.catalog import built_in
from layers.errors import DatabaseError
from layers.intake.ingest import LoadOptions, load_path
from layers.ops.cluster import Cluster
from layers.settings import Settings
from layers.store.engine import Database, Urls
from layers.store.migration import migrate

LOADER = """
import os, signal, sys
from pathlib import Path
from layers.catalog import built_in
from layers.errors import DatabaseError
from layers.intake.ingest import LoadOptions, load_path
from layers.store.engine import Database, Urls

class Killer:
    def report(self, done, total, message):
        if message.startswith(sys.argv[5]):
            os.kill(os.getpid(), signal.SIGKILL)

load_path(Database(Urls(*sys.argv[1:4])), built_in(), Path(sys.argv[4]), LoadOptions(), Killer())
"""


def files(osm, folder: Path) -> tuple[Path, Path]:
    first, second = osm("2026-08-01T00:00:00Z"), osm("2026-09-01T00:00:00Z")
    for number in range(1, 40):
        first.square(number, number * 3, 0, {"building": "yes", "name": f"{number}号楼"})
        second.square(number, number * 3, 0, {"building": "yes", "name": f"新{number}号楼", "tourism": "hotel"})
    return first.write(folder / "first.osm"), second.write(folder / "second.osm")


@pytest.mark.parametrize("moment", ["reading", "merging poi", "applying precedence", "committing"])
def test_a_killed_loader_leaves_everything_as_before(loader, osm, tmp_path, moment):
    first, second = files(osm, tmp_path)
    loader(first)
    before = loader.state()
    urls = loader.database.urls
    words = [sys.executable, "-c", LOADER, urls.owner, urls.writer, urls.reader, str(second), moment]
    died = subprocess.run(words, capture_output=True, check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    assert loader.state() == before
    assert sum(layer.changed for layer in loader(second).layers) == 39, "and the next load goes through"


def kill_postgres(cluster: Cluster) -> None:
    postmaster = int((cluster.server.data / "postmaster.pid").read_text().split("\n")[0])
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(postmaster)], capture_output=True, text=True, check=True
    )
    for pid in [postmaster, *map(int, children.stdout.split())]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    time.sleep(0.2)


class PostgresKiller:
    """Kills the server at a moment of the load."""

    def __init__(self, cluster: Cluster, moment: str) -> None:
        self.cluster = cluster
        self.moment = moment

    def report(self, done: int, total: int | None, message: str) -> None:
        if message.startswith(self.moment):
            kill_postgres(self.cluster)


@pytest.mark.slow
def test_a_killed_postgresql_is_as_before_or_as_after(osm, tmp_path, home, loader):
    cluster = Cluster(home, Settings(_env_file=None, database_port=None, database_url=None))
    urls: Urls = cluster.ensure()
    first, second = files(osm, tmp_path)
    try:
        loader.database = Database(urls)
        migrate(loader.database, built_in(), all_schemas())
        loader(first)
        before = loader.state()
        for moment in ("merging poi", "committing"):
            with pytest.raises(DatabaseError, match="was interrupted and rolled back"):
                load_path(loader.database, built_in(), second, LoadOptions(), PostgresKiller(cluster, moment))
            loader.database.dispose()
            cluster.ensure()
            assert loader.state() == before
        loader(second)
        after = loader.state()
        loader.database.dispose()
        kill_postgres(cluster)
        cluster.ensure()
        assert loader.state() == after
    finally:
        loader.database.dispose()
        cluster.stop()
