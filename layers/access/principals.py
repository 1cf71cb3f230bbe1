"""Principals: who asks, by which token, and up to which grade they may see."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.dialects.postgresql import insert

from layers.grades import Grade
from layers.store.models import principal as principal_table

ADMINISTRATOR = "administrator"
# The officer on duty 值班员, who starts scenarios, receives warnings and decides on tasks.
DUTY = "duty"
# The data steward 数据管理员, who keeps rules and decides on what waits in quarantine, says which objects are one,
# gives codes, and reads what loads did.
STEWARD = "steward"
ROLES = (DUTY, STEWARD, ADMINISTRATOR)
# A device that publishes what it observes. People do not have this role; ``layers.access.device_tokens`` gives it.
DEVICE = "device"
TOKEN_FILE = "admin.token"  # noqa: S105 - a file's name


@dataclass(frozen=True)
class Area:
    """The part of the map that a principal is bound to: polygons of EPSG:4490 as WKB, under the id that people use."""

    id: str
    wkb: bytes


@dataclass(frozen=True)
class Principal:
    """A person or system that makes requests; with an area, graded data are visible and changeable only inside it."""

    name: str
    roles: frozenset[str] = frozenset()
    clearance: Grade = Grade.OPEN
    departments: frozenset[str] = frozenset()
    area: Area | None = None

    @property
    def is_anonymous(self) -> bool:
        """Tell whether nobody signed in."""
        return self is ANONYMOUS or self == ANONYMOUS

    @property
    def is_device(self) -> bool:
        """Tell whether this is a device, which writes what it observes and nothing else."""
        return DEVICE in self.roles


ANONYMOUS = Principal("anonymous")
# The user of the command line on the machine itself, with access to its files and secrets.
LOCAL_OPERATOR = Principal("operator", frozenset({ADMINISTRATOR}), Grade.RESTRICTED)
# Scheduled work of the background worker.
HOUSEKEEPING = Principal("housekeeping")


def token_hash(token: str) -> str:
    """Return the stored hash of a token; tokens are random, so that a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def from_row(row: Row[Any]) -> Principal:
    """Return a principal from a row of ``onemap.principal_of``."""
    area = None if row.area is None else Area(row.area, bytes(row.shape))
    return Principal(row.name, frozenset(row.roles), Grade(row.clearance), frozenset(row.departments), area)


def ensure_administrator(connection: Connection, home: Path) -> Path:
    """Create the local administrator's token once, in a file that only its owner can read, and return the file.

    A token file that the database does not know (after a restore, say) becomes the administrator's token again.
    """
    path = home / TOKEN_FILE
    token = path.read_text(encoding="ascii").strip() if path.exists() else _write_new_token(path)
    stored_hash = select(principal_table.c.token_sha256).where(principal_table.c.name == ADMINISTRATOR)
    if connection.execute(stored_hash).scalar() != token_hash(token):
        _keep_administrator(connection, token)
    return path


def new_token() -> str:
    """Return an unguessable token."""
    return secrets.token_urlsafe(32)


def _write_new_token(path: Path) -> str:
    token = new_token()
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(token + "\n")
    return token


def _keep_administrator(connection: Connection, token: str) -> None:
    row = {
        "name": ADMINISTRATOR,
        "token_sha256": token_hash(token),
        "roles": [ADMINISTRATOR],
        "clearance": int(Grade.RESTRICTED),
    }
    upsert = insert(principal_table).values(row)
    changed = {"token_sha256": upsert.excluded.token_sha256, "created": func.clock_timestamp()}
    connection.execute(upsert.on_conflict_do_update(index_elements=["name"], set_=changed))
