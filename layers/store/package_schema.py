"""What one package keeps in the database: its tables, rights, SQL functions and its branch of migrations.

Each package declares its own beside the code that uses it; ``api`` collects them, as it collects layers.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

from sqlalchemy import MetaData

# Role, then right such as "SELECT, INSERT", then the tables that it is for.
Rights = Mapping[str, Mapping[str, tuple[str, ...]]]
_REVISION = re.compile(r'^(revision|down_revision) = "([^"]+)"', re.MULTILINE)


@dataclass(frozen=True)
class Adoption:
    """The ``revision`` of a database from before the branches, if it has ``table``."""

    table: str
    revision: str


@dataclass(frozen=True, eq=False)
class PackageSchema:
    """The part of one package; ``name`` is also the label of its branch of migrations.

    ``home`` is the module whose folder has ``sql/`` (functions, applied in order of their names) and
    ``migrations/versions/``; ``rooms`` are modules with an ``sql/`` of their own, whose files take their place in the
    same order. ``sql_version`` is raised whenever a file in one of them changes. ``adoption`` is for packages that are
    older than the branches.
    """

    name: str
    home: str
    metadata: MetaData
    rights: Rights
    sql_version: int
    adoption: Adoption | None = None
    rooms: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """Return the names of its tables."""
        return tuple(table.name for table in self.metadata.sorted_tables)

    @property
    def version_location(self) -> str:
        """Return the location of its migrations for Alembic."""
        return f"{self.home}:migrations/versions"

    def scripts(self) -> Iterator[Traversable]:
        """Yield its files of SQL functions in the order in which they are applied."""
        folders = (files(module) / "sql" for module in (self.home, *self.rooms))
        scripts = (
            entry for folder in folders if folder.is_dir() for entry in folder.iterdir() if entry.name.endswith(".sql")
        )
        yield from sorted(scripts, key=lambda entry: entry.name)

    @cached_property
    def sql_checksum(self) -> str:
        """Return a short checksum of its SQL files."""
        digest = hashlib.sha256()
        for script in self.scripts():
            digest.update(f"{script.name}\0".encode() + script.read_bytes() + b"\0")
        return digest.hexdigest()[:16]

    @cached_property
    def revisions(self) -> frozenset[str]:
        """Return all revisions of its branch."""
        return frozenset(migration["revision"] for migration in self._migrations)

    @cached_property
    def head(self) -> str:
        """Return the newest revision of its branch."""
        (head,) = self.revisions - {migration.get("down_revision", "") for migration in self._migrations}
        return head

    @cached_property
    def _migrations(self) -> list[dict[str, str]]:
        # Read as text: every verb needs them, and importing Alembic is slow.
        folder = files(self.home) / "migrations" / "versions"
        texts = [entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name[:1].isalnum()]
        return [dict(_REVISION.findall(text)) for text in texts if _REVISION.search(text)]


Schemas = tuple[PackageSchema, ...]
"""The parts of all packages, each after those whose tables it refers to."""


def newest_revisions(schemas: Iterable[PackageSchema]) -> frozenset[str]:
    """Return the revisions that this version of the program needs."""
    return frozenset(schema.head for schema in schemas)
