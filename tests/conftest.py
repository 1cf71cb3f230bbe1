"""Fixtures on a real PostGIS: one private cluster for the session, or the server in ``TWIN_TEST_DATABASE_URL``."""

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from city import City, open_server
from database_server import Server
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from prepared import Prepared, prepared_in, unpack
from sqlalchemy import Connection
from windy import Windy

from layers.ops.cluster import Cluster
from layers.settings import Settings
from layers.store.engine import Database, server_urls

REPOSITORY = Path(__file__).parents[1]
# Processor seconds of the files that take the longest.
WEIGHTS = Path(__file__).with_name("weights.json")
# What tests that are not quick begin with.
SLOW_FIXTURES = frozenset({"prepared", "cluster", "home", "browser", "shared_data"})
# Nothing here has to outlive the session.
CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "shared_buffers": "128MB",
    "max_connections": "200",
}
# A folder in memory spares most of the time that copying a database takes.
MEMORY = Path("/dev/shm")  # noqa: S108 - only mkdtemp makes anything in it
MEMORY_BYTES = 2 * 1024**3  # the databases of one session take a tenth of it


def memory_folder() -> Path | None:
    """Return where files are kept in memory, or None on a machine that has no such place, or too little of it."""
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < MEMORY_BYTES:
        return None
    return MEMORY


@contextmanager
def open_folder() -> Iterator[Path]:
    """Yield a folder with a short path that PostgreSQL's user can enter; pytest's own are closed to it."""
    folder = Path(tempfile.mkdtemp(prefix="onemap-", dir=memory_folder()))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--quick``, for whoever commits."""
    parser.addoption("--quick", action="store_true", help="only tests that take a moment: no database, no browser")


def pytest_configure(config: pytest.Config) -> None:
    """Let processes take files in our order, not those with the most tests first."""
    config.option.loadscopereorder = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the files that take longest first, so that no process works on one of them when the others are done."""
    seconds: dict[str, float] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    items.sort(key=lambda item: -seconds.get(file_of(item.nodeid), 0))
    if config.getoption("quick"):
        slow = [item for item in items if _takes_long(item, seconds)]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in set(slow)]


def _takes_long(item: pytest.Item, seconds: Mapping[str, float]) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return not SLOW_FIXTURES.isdisjoint(fixtures) or file_of(item.nodeid) in seconds


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep a file in one process, as its tests share what it sets up."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return file_of(nodeid)

    return ByFile(config, log)


def file_of(nodeid: str) -> str:
    """Return the path of the file that a test stands in."""
    return nodeid.split("::", 1)[0]


# How long an example takes says nothing of what is tested, and much of what else the machine does.
hypothesis_settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("unhurried")


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let Ctrl-C be heard, here and in programs that are started; a shell lets its background jobs ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def home() -> Iterator[Path]:
    """Yield an empty home for a cluster of the test's own."""
    with open_folder() as folder:
        yield folder / "home"


@pytest.fixture(scope="session")
def session_folder() -> Iterator[Path]:
    """Yield a folder for the whole session."""
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def cluster(session_folder: Path) -> Iterator[Cluster]:
    """Yield the session's private cluster, running."""
    settings = Settings(_env_file=None, database_port=None, database_url=None)
    cluster = unpack(session_folder / "cluster", settings, CARELESS)
    try:
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def prepared(request: pytest.FixtureRequest, session_folder: Path) -> Iterator[Prepared]:
    """Yield what there is to copy."""
    url = os.environ.get("TWIN_TEST_DATABASE_URL")
    if not url:
        yield prepared_in(request.getfixturevalue("cluster"))
        return
    suffix = f"_{os.getpid()}"
    prepared = Prepared(Server(server_urls(url), url), session_folder / "files", suffix)
    yield prepared
    for name in ("migrated", "sample", "windy"):
        if prepared.server.has(name + suffix):
            prepared.server.drop(name + suffix)


@pytest.fixture(scope="session")
def server(prepared: Prepared) -> Server:
    """Return the server that test databases are made on."""
    return prepared.server


@pytest.fixture(scope="session")
def template(prepared: Prepared) -> str:
    """Return the name of a migrated database without rows, to copy."""
    return prepared.migrated()


@pytest.fixture
def db(server: Server, template: str) -> Iterator[Database]:
    """Yield a migrated database of the test's own."""
    with server.copy_of(template) as database:
        yield database


@pytest.fixture
def bare(server: Server) -> Iterator[Database]:
    """Yield a database in which nothing was ever migrated."""
    name = server.unused_name("bare")
    database = server.empty(name)
    yield database
    database.dispose()
    server.drop(name)


@pytest.fixture(scope="session")
def shared_db(server: Server, template: str) -> Iterator[Database]:
    """Yield a migrated database that tests share; only ``tx`` may write to it."""
    with server.copy_of(template) as database:
        yield database


@pytest.fixture
def tx(shared_db: Database) -> Iterator[Connection]:
    """Yield an owner's connection in a transaction that is rolled back."""
    with shared_db.owner.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data to develop against; skips where it is absent."""
    folder = Path(os.environ.get("TWIN_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real data is not here: {folder} does not exist (set TWIN_SHARED_DATA)")
    return folder


@pytest.fixture(scope="session")
def sample_city(prepared: Prepared, session_folder: Path) -> Iterator[City]:
    """Yield the real application, serving a database with the bundled sample, which tests do not change."""
    home = session_folder / "sample"
    with prepared.server.copy_of(prepared.sample()) as database:
        shutil.copytree(prepared.rasters, home / "rasters")
        with open_server(database, home) as city:
            yield city


@pytest.fixture(scope="module")
def windy(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windy]:
    """Yield the sample with wind fields on coarse cells, behind the real application; each module has its own."""
    home = tmp_path_factory.mktemp("windy")
    with prepared.server.copy_of(prepared.windy()) as database:
        shutil.copytree(prepared.libraries, home / "scenarios")
        with open_server(database, home) as city:
            yield Windy(city, home)
