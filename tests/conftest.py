"""Fixtures on a real PostGIS: one private cluster for the session, or the server in ``TWIN_TEST_DATABASE_URL``."""

import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from city import City, open_server
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from psycopg import sql
from sqlalchemy import Connection, make_url
from windy import Windy, open_windy

from api.schemas import all_schemas
from api.serve.prepare import load_sample_rasters
from layers import catalog
from layers.ingest import LoadOptions, Silent, load_path
from layers.raster.files import RasterFiles
from layers.settings import Settings
from layers.store.cluster import Cluster
from layers.store.engine import OWNER, Database, Urls, server_urls
from layers.store.migrate import migrate
from layers.store.provision import connect, prepare_database

REPOSITORY = Path(__file__).parents[1]
SAMPLE = REPOSITORY / "data" / "sample"
# Processor seconds of the files that take the longest.
WEIGHTS = Path(__file__).with_name("weights.json")
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
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server to make databases on; ``admin`` is the URL of a superuser in its maintenance database."""

    urls: Urls
    admin: str

    def run(self, statement: str, **names: str) -> None:
        """Run one statement outside a transaction; the names are quoted."""
        with connect(self.admin) as connection:
            connection.execute(sql.SQL(statement).format(**{key: sql.Identifier(name) for key, name in names.items()}))

    def admin_url(self, urls: Urls) -> str:
        """Return the superuser's URL in the database of these roles."""
        name = make_url(urls.owner).database
        return make_url(self.admin).set(database=name).render_as_string(hide_password=False)

    def empty(self, name: str) -> Database:
        """Return a new database with extensions and rights, in which nothing was ever migrated."""
        owner = make_url(self.urls.owner).username or OWNER
        self.run("CREATE DATABASE {name} OWNER {owner} TEMPLATE template0", name=name, owner=owner)
        with connect(make_url(self.admin).set(database=name).render_as_string(hide_password=False)) as connection:
            prepare_database(connection)
        return Database(self.urls.of_database(name))

    @contextmanager
    def copy_of(self, template: str) -> Iterator[Database]:
        """Yield a database that begins as a copy of ``template`` and is dropped afterwards."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        owner = make_url(self.urls.owner).username or OWNER
        # Files are copied at a tenth of the cost of logging every page.
        statement = "CREATE DATABASE {name} OWNER {owner} TEMPLATE {template} STRATEGY FILE_COPY"
        self.run(statement, name=name, owner=owner, template=template)
        database = Database(self.urls.of_database(name))
        try:
            yield database
        finally:
            database.dispose()
            self.run("DROP DATABASE {name} WITH (FORCE)", name=name)


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


def pytest_configure(config: pytest.Config) -> None:
    """Let processes take files in our order, not those with the most tests first."""
    config.option.loadscopereorder = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first, so that no process works on one of them when the others are done."""
    seconds: dict[str, float] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    items.sort(key=lambda item: -seconds.get(file_of(item.nodeid), 0))


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
    cluster = Cluster(session_folder / "cluster", settings, CARELESS)
    cluster.ensure()
    try:
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Server:
    """Return the server that test databases are made on."""
    if url := os.environ.get("TWIN_TEST_DATABASE_URL"):
        return Server(server_urls(url), url)
    cluster: Cluster = request.getfixturevalue("cluster")
    return Server(cluster.urls(), cluster.superuser_url("postgres"))


@pytest.fixture(scope="session")
def template(server: Server) -> Iterator[str]:
    """Yield the name of a migrated database without rows, to copy."""
    name = f"template_{os.getpid()}"
    database = server.empty(name)
    migrate(database, catalog.built_in(), all_schemas())
    database.dispose()
    yield name
    server.run("DROP DATABASE {name} WITH (FORCE)", name=name)


@pytest.fixture
def db(server: Server, template: str) -> Iterator[Database]:
    """Yield a migrated database of the test's own."""
    with server.copy_of(template) as database:
        yield database


@pytest.fixture
def bare(server: Server) -> Iterator[Database]:
    """Yield a database in which nothing was ever migrated."""
    name = f"bare_{os.getpid()}_{next(_numbers)}"
    database = server.empty(name)
    yield database
    database.dispose()
    server.run("DROP DATABASE {name} WITH (FORCE)", name=name)


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
def sample_city(server: Server, template: str, session_folder: Path) -> Iterator[City]:
    """Yield the real application, serving a database with the bundled sample, which tests do not change."""
    with server.copy_of(template) as database:
        load_path(database, catalog.built_in(), SAMPLE, LoadOptions(), Silent())
        load_sample_rasters(database, catalog.built_in(), RasterFiles(session_folder / "sample" / "rasters"))
        with open_server(database, session_folder / "sample") as city:
            yield city


@pytest.fixture(scope="module")
def windy(server: Server, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windy]:
    """Yield the sample with wind fields on coarse cells, behind the real application; each module has its own."""
    with (
        server.copy_of(template) as database,
        open_windy(database, tmp_path_factory.mktemp("windy")) as windy,
    ):
        yield windy
