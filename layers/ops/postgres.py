"""Installed PostgreSQL programs: the newest ones that have PostGIS."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from layers.errors import ClusterError

OLDEST_POSTGRES = 15
OLDEST_POSTGIS = (3, 3)
DEBIAN_ROOT = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Postgres:
    """One installed PostgreSQL server: the folder of its programs, its version and that of its PostGIS."""

    bin: Path
    version: tuple[int, int]
    postgis: tuple[int, ...] | None

    @property
    def major(self) -> int:
        """Return the number that decides which data directories these programs can open."""
        return self.version[0]

    @property
    def usable(self) -> bool:
        """Tell whether the product can use it."""
        return self.major >= OLDEST_POSTGRES and self.postgis is not None and self.postgis[:2] >= OLDEST_POSTGIS

    def program(self, name: str) -> str:
        """Return the path of one program, such as ``pg_ctl``."""
        path = self.bin / name
        if not path.is_file():
            raise ClusterError(f"{path} is missing; {install_hint(self.major)}")
        return str(path)

    def __str__(self) -> str:
        """Return its versions and folder in words."""
        postgis = "without PostGIS" if self.postgis is None else f"PostGIS {'.'.join(map(str, self.postgis))}"
        return f"PostgreSQL {self.version[0]}.{self.version[1]}, {postgis}, in {self.bin}"


def find_postgres(chosen: Path | None = None, major: int | None = None) -> Postgres:
    """Return the newest PostgreSQL that has PostGIS: of version ``major`` and in the folder ``chosen``, if given."""
    installed = _inspect_all([chosen] if chosen else _folders())
    if chosen and not installed:
        raise ClusterError(f"TWIN_POSTGRES_BIN names {chosen}, which holds no postgres and initdb; {install_hint()}")
    candidates = [server for server in installed if major in (None, server.major)]
    usable = [server for server in candidates if server.usable]
    if usable:
        return max(usable, key=lambda server: server.version)
    raise ClusterError(_why_none(candidates, major))


def read_version(text: str) -> tuple[int, int]:
    """Return major and minor number from what ``postgres --version`` prints; (0, 0) where there is none."""
    match = re.search(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?", text)
    return (int(match[1]), int(match[2] or 0)) if match else (0, 0)


def install_hint(major: int | None = None) -> str:
    """Return the sentence that says how Debian and Ubuntu install what is missing."""
    if major is None:
        return "install it with: apt-get install postgresql postgis postgresql-postgis"
    return f"install it with: apt-get install postgresql-{major} postgresql-{major}-postgis-3"


def _why_none(candidates: list[Postgres], major: int | None) -> str:
    if not candidates and major is not None:
        return f"PostgreSQL {major} is not installed; {install_hint(major)}"
    if not candidates:
        return (
            f"PostgreSQL ≥ {OLDEST_POSTGRES} is not installed; {install_hint()}, or set TWIN_DATABASE_URL to a server"
        )
    newest = max(candidates, key=lambda server: server.version)
    if newest.major < OLDEST_POSTGRES:
        return f"only {newest} is installed and ≥ {OLDEST_POSTGRES} is needed; {install_hint()}"
    return f"{newest}: PostGIS ≥ {OLDEST_POSTGIS[0]}.{OLDEST_POSTGIS[1]} is needed; {install_hint(newest.major)}"


def _folders() -> Iterator[Path]:
    yield from sorted(DEBIAN_ROOT.glob("*/bin"))
    for program in ("postgres", "pg_config"):
        if path := shutil.which(program):
            yield Path(path).resolve().parent
    if config := shutil.which("pg_config"):
        yield Path(_output([config, "--bindir"]).strip())


def _inspect_all(folders: Iterable[Path]) -> list[Postgres]:
    real = dict.fromkeys(folder.resolve() for folder in folders)
    return [_inspect(folder) for folder in real if all(os.access(folder / p, os.X_OK) for p in ("postgres", "initdb"))]


def _inspect(folder: Path) -> Postgres:
    version = read_version(_output([str(folder / "postgres"), "--version"]))
    return Postgres(folder, version, _postgis(folder, version[0]))


def _postgis(folder: Path, major: int) -> tuple[int, ...] | None:
    for shared in _shared_folders(folder, major):
        control = shared / "extension" / "postgis.control"
        if control.is_file():
            match = re.search(r"default_version\s*=\s*'([\d.]+)", control.read_text())
            return tuple(int(part) for part in match[1].strip(".").split(".")) if match else None
    return None


def _shared_folders(folder: Path, major: int) -> Iterator[Path]:
    if (folder / "pg_config").is_file():
        yield Path(_output([str(folder / "pg_config"), "--sharedir"]).strip())
    yield folder.parents[2] / "share" / "postgresql" / str(major) if len(folder.parents) > 2 else folder
    yield from (folder.parent / "share" / "postgresql", folder.parent / "share")


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout
    except OSError:
        return ""
