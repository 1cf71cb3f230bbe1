"""What tests begin with, made once for a state of the code, its SQL, its migrations and the sample, and kept.

A stopped cluster with databases to copy is one archive under ``tests/prepared``; each process of the tests unpacks it
into a folder of its own. ``make clean`` removes what is kept.
"""

import fcntl
import hashlib
import pickle
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from database_server import Server
from small_library import COARSE, Quiet

from api.layers import all_layers
from api.sample.files import annotate_sample, load_sample_models, load_sample_rasters, load_sample_schemes
from api.schemas import all_schemas
from layers import catalog
from layers.intake.ingest import LoadOptions, Silent, load_path
from layers.ops.cluster import Cluster
from layers.ops.postgres import find_postgres
from layers.raster.files import RasterFiles
from layers.settings import Settings
from layers.store.migration import migrate
from twin.scenarios.wind.library.build import Plan, build, library_folder
from twin.scenarios.wind.library.quality import PREVIEW
from twin.scenarios.wind.service.status import surveyed

REPOSITORY = Path(__file__).parents[2]
SAMPLE = REPOSITORY / "data" / "sample"
KEPT = REPOSITORY / "tests" / "prepared"
# The directions from which the small library has wind: east and south.
DIRECTIONS = (90.0, 180.0)
# All that decides what is in the databases, and beside them.
_SOURCES = [
    REPOSITORY / name
    for name in (
        "layers", "bim", "twin", "data/sample", "api/layers.py", "api/sample", "requirements.lock",
        "tests/support/database_server.py", "tests/support/prepared.py", "tests/support/small_library.py",
    )
]  # fmt: skip
Result = TypeVar("Result")


@dataclass(frozen=True)
class Prepared:
    """Databases of a server to copy, and the files that belong to them; what is missing is made when asked for."""

    server: Server
    files: Path
    suffix: str = ""

    @property
    def rasters(self) -> Path:
        """Return the folder of the files of the sample's rasters."""
        return self.files / "rasters"

    @property
    def libraries(self) -> Path:
        """Return the folder that is ``scenarios`` in the home of an application with wind fields."""
        return self.files / "scenarios"

    def migrated(self) -> str:
        """Return the name of a migrated database without rows."""
        name = f"migrated{self.suffix}"
        if not self.server.has(name):
            database = self.server.empty(name)
            migrate(database, all_layers(), all_schemas())
            database.dispose()
        return name

    def sample(self) -> str:
        """Return the name of a database with the bundled sample."""
        name = f"sample{self.suffix}"
        if not self.server.has(name):
            database = self.server.copy(name, self.migrated())
            load_path(database, catalog.built_in(), SAMPLE, LoadOptions(), Silent())
            load_sample_rasters(database, catalog.built_in(), RasterFiles(self.rasters))
            load_sample_models(database, all_layers())
            load_sample_schemes(database, all_layers())
            annotate_sample(database, all_layers())
            database.dispose()
        return name

    def windy(self) -> str:
        """Return the name of a database with the sample's layers, for which there are wind fields on coarse cells."""
        name = f"windy{self.suffix}"
        if not self.server.has(name):
            database = self.server.copy(name, self.migrated())
            load_path(database, catalog.built_in(), SAMPLE, LoadOptions(), Silent())
            district = surveyed(database)[1].district
            coarse = replace(COARSE, name=PREVIEW.name)
            build(Plan(district, coarse, DIRECTIONS, library_folder(self.libraries, district, PREVIEW)), Quiet())
            database.dispose()
        return name

    def make(self) -> None:
        """Make all of them."""
        for make in (self.migrated, self.sample, self.windy):
            make()


def unpack(home: Path, settings: Settings, options: Mapping[str, str]) -> Cluster:
    """Return a cluster in ``home`` that runs, with all that is :class:`Prepared` in it and in ``home``/files."""
    cluster = Cluster(home, settings, options)
    version = str(find_postgres(settings.postgres_bin))
    with kept("cluster", digest_of(_SOURCES, f"{version} {sorted(options.items())}"), ".tar") as archive:
        if archive.exists():
            home.mkdir(parents=True)
            subprocess.run(["tar", "-xpf", archive, "-C", home], check=True)
        else:
            cluster.ensure()
            prepared_in(cluster).make()
            cluster.stop()
            with _written(archive) as part:
                subprocess.run(["tar", "-cpf", part, "-C", home, "."], check=True)
    cluster.ensure()
    return cluster


def prepared_in(cluster: Cluster) -> Prepared:
    """Return what is prepared in a cluster that runs."""
    return Prepared(Server(cluster.urls(), cluster.superuser_url("postgres")), cluster.home / "files")


@contextmanager
def kept(kind: str, digest: str, suffix: str) -> Iterator[Path]:
    """Yield the file that is kept of a kind in this state, alone with it; whoever does not find it makes it.

    Those of other states are removed once it is there.
    """
    KEPT.mkdir(exist_ok=True)
    with (KEPT / f"{kind}.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        path = KEPT / f"{kind}-{digest}{suffix}"
        yield path
        for other in KEPT.glob(f"{kind}-*{suffix}") if path.exists() else ():
            if other != path:
                other.unlink()


def kept_result(kind: str, sources: Iterable[Path], make: Callable[[], Result]) -> Result:
    """Return what ``make`` returned when the files and folders that decide it were as they are now."""
    with kept(kind, digest_of(sources), ".pickle") as path:
        if path.exists():
            result: Result = pickle.loads(path.read_bytes())  # noqa: S301 - we wrote it
            return result
        result = make()
        with _written(path) as part:
            part.write_bytes(pickle.dumps(result))
        return result


def digest_of(sources: Iterable[Path], more: str = "") -> str:
    """Return a short name of the state of files and folders, and of ``more``."""
    digest = hashlib.sha256(more.encode())
    for source in sources:
        for path in sorted(_files(source)):
            digest.update(f"{path.relative_to(source.parent)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _files(source: Path) -> Iterator[Path]:
    files = [source] if source.is_file() else source.rglob("*")
    yield from (path for path in files if path.is_file() and "__pycache__" not in path.parts)


@contextmanager
def _written(path: Path) -> Iterator[Path]:
    """Yield a file that takes the name ``path`` once it is whole."""
    part = path.with_suffix(".part")
    try:
        yield part
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
