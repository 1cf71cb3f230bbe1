"""Retention of uploads, the audit trail, finished jobs and decided rows of the quarantine."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Delete, delete, func, select, text

from layers.access.audit import audit_statement
from layers.access.principals import HOUSEKEEPING
from layers.ops.jobs.record import FINAL
from layers.settings import Settings
from layers.store.engine import Database
from layers.store.models import job, quarantine

_DAY_S = 24 * 3600
_PRUNE_AUDIT = text("SELECT onemap.prune_audit(:days)")


@dataclass(frozen=True)
class Retention:
    """Ages in days after which things are removed; 0 keeps them for ever. ``home`` is the folder of the uploads."""

    home: Path
    uploads: int = 0
    audit: int = 0
    jobs: int = 0
    quarantine: int = 0

    @classmethod
    def of(cls, settings: Settings) -> "Retention":
        """Return the ages in the settings."""
        return cls(
            settings.home.expanduser().absolute(),
            settings.retention_uploads_days,
            settings.retention_audit_days,
            settings.retention_jobs_days,
            settings.retention_quarantine_days,
        )


def prune(database: Database, retention: Retention) -> dict[str, int]:
    """Remove what is older than its age, record it in the audit trail, and return how many of each were removed."""
    removed = {
        "uploads": _pruned(database, "uploads", retention.uploads, lambda c, days: _uploads(c, days, retention.home)),
        "jobs": _pruned(database, "jobs", retention.jobs, _jobs),
        "quarantine": _pruned(database, "quarantine", retention.quarantine, _quarantine),
        "audit": _audit(database, retention.audit),
    }
    return {name: number for name, number in removed.items() if number}


def _pruned(database: Database, name: str, days: int, remove: Callable[[Connection, int], int]) -> int:
    if not days:
        return 0
    with database.writer.begin() as connection:
        removed = remove(connection, days)
        if removed:
            detail = {"removed": removed, "older_than_days": days}
            connection.execute(audit_statement(HOUSEKEEPING, "prune", name, allowed=True, detail=detail))
    return removed


def _audit(database: Database, days: int) -> int:
    """Prune the audit trail with the owner's function, which alone may, and which records that itself."""
    if not days:
        return 0
    with database.writer.begin() as connection:
        return int(connection.execute(_PRUNE_AUDIT, {"days": days}).scalar_one())


def _jobs(connection: Connection, days: int) -> int:
    return _count(connection, delete(job).where(job.c.state.in_(FINAL), job.c.finished < _ago(days)))


def _quarantine(connection: Connection, days: int) -> int:
    decided = delete(quarantine).where(quarantine.c.state != "pending", quarantine.c.decided < _ago(days))
    return _count(connection, decided)


def _uploads(connection: Connection, days: int, home: Path) -> int:
    """Remove old uploads, each a folder of its own, but none that a job still needs."""
    path = job.c.arguments["path"].astext
    needed = set(connection.execute(select(path).where(job.c.state.not_in(FINAL), path.is_not(None))).scalars())
    waiting = {Path(each).parent for each in needed}
    cutoff = time.time() - days * _DAY_S
    folder = home / "uploads"
    entries = list(folder.iterdir()) if folder.is_dir() else []
    expired = [entry for entry in entries if entry not in waiting and entry.lstat().st_mtime < cutoff]
    for entry in expired:
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    return len(expired)


def _count(connection: Connection, statement: Delete) -> int:
    return connection.execute(statement).rowcount


def _ago(days: int) -> object:
    return func.clock_timestamp() - func.make_interval(0, 0, 0, days)
