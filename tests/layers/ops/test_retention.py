"""What is older than its age goes, what is younger or still needed stays, and the audit tells."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.work import periodic_tasks
from layers.ops.retention import Retention, prune
from layers.settings import Settings
from layers.store.engine import Database

DAY_S = 24 * 3600


def column(db: Database, statement: str) -> list[Any]:
    with db.owner.connect() as connection:
        return list(connection.execute(text(statement)).scalars())


def run(db: Database, statement: str, **values: Any) -> None:
    with db.owner.begin() as connection:
        connection.execute(text(statement), values)


def audited(db: Database) -> list[tuple[Any, ...]]:
    with db.owner.connect() as connection:
        rows = connection.execute(text("SELECT principal, action, resource, detail FROM onemap.audit ORDER BY id"))
        return [tuple(row) for row in rows]


def upload(home: Path, name: str, days: int) -> Path:
    folder = home / "uploads" / name
    folder.mkdir(parents=True)
    file = folder / "a.geojson"
    file.touch()
    os.utime(folder, (time.time() - days * DAY_S,) * 2)
    return file


def test_old_uploads_go_but_none_that_a_job_still_needs(db: Database, tmp_path: Path) -> None:
    old, fresh, needed = (upload(tmp_path, name, days) for name, days in (("old", 31), ("fresh", 29), ("needed", 99)))
    run(
        db,
        "INSERT INTO onemap.job (kind, title, principal, arguments, state)"
        " VALUES ('load', 'x', 'x', jsonb_build_object('path', CAST(:path AS text)), 'queued')",
        path=str(needed),
    )
    assert prune(db, Retention(tmp_path, uploads=30)) == {"uploads": 1}
    assert (old.exists(), fresh.exists(), needed.exists()) == (False, True, True)
    assert audited(db) == [("housekeeping", "prune", "uploads", {"removed": 1, "older_than_days": 30})]


def test_jobs_that_are_over_go_and_those_that_are_not_stay(db: Database, tmp_path: Path) -> None:
    run(
        db,
        "INSERT INTO onemap.job (kind, title, principal, arguments, state, created, finished)"
        " SELECT 'load', title, 'x', '{}', state, now() - interval '1 year', now() - age FROM (VALUES"
        " ('old', 'done', interval '91 days'), ('young', 'failed', interval '89 days'), ('open', 'running', NULL))"
        " AS j(title, state, age)",
    )
    assert prune(db, Retention(tmp_path, jobs=90)) == {"jobs": 1}
    assert column(db, "SELECT title FROM onemap.job ORDER BY title") == ["open", "young"]
    assert audited(db)[0][2:] == ("jobs", {"removed": 1, "older_than_days": 90})


def test_decided_rows_of_the_quarantine_go_and_those_that_wait_stay(db: Database, tmp_path: Path) -> None:
    run(db, "INSERT INTO onemap.load (dataset, path, sha256, principal) VALUES ('d', 'p', 's', 'x')")
    run(
        db,
        "INSERT INTO onemap.quarantine (load, layer, dataset, place, date, crs, properties, grade, reasons, state,"
        " received, decided) SELECT 1, 'poi', 'd', place, now(), 'x', '{}', 2, '[]', state, now() - interval '9 y',"
        " now() - age FROM (VALUES"
        " ('old', 'released', interval '731 days'), ('rest', 'discarded', interval '900 days'),"
        " ('young', 'released', interval '1 day'), ('waits', 'pending', NULL))"
        " AS q(place, state, age)",
    )
    assert prune(db, Retention(tmp_path, quarantine=730)) == {"quarantine": 2}
    assert column(db, "SELECT place FROM onemap.quarantine ORDER BY place") == ["waits", "young"]
    assert audited(db)[0][2:] == ("quarantine", {"removed": 2, "older_than_days": 730})


def test_the_old_audit_goes_and_the_trail_tells_of_it(db: Database, tmp_path: Path) -> None:
    run(
        db,
        "INSERT INTO onemap.audit (at, principal, action, resource, allowed)"
        " SELECT now() - age, 'x', 'write', what, 'yes' FROM (VALUES ('old', interval '366 days'),"
        " ('young', interval '364 days')) AS a(what, age)",
    )
    assert prune(db, Retention(tmp_path, audit=365)) == {"audit": 1}
    assert [row[:3] for row in audited(db)] == [("x", "write", "young"), ("housekeeping", "prune", "audit")]
    assert audited(db)[-1][3] == {"removed": 1, "older_than_days": 365}
    assert prune(db, Retention(tmp_path, audit=365)) == {}


def test_nobody_shortens_the_audit_to_less_than_half_a_year(db: Database) -> None:
    with db.writer.begin() as connection, pytest.raises(DBAPIError, match="kept for 180 days at least"):
        connection.execute(text("SELECT onemap.prune_audit(179)"))
    with db.reader.begin() as connection, pytest.raises(DBAPIError, match="permission denied"):
        connection.execute(text("SELECT onemap.prune_audit(400)"))
    with pytest.raises(ValidationError, match="180 days at least"):
        Settings(_env_file=None, retention_audit_days=90)


def test_nought_keeps_everything(db: Database, tmp_path: Path) -> None:
    file = upload(tmp_path, "old", 9000)
    run(
        db,
        "INSERT INTO onemap.audit (at, principal, action, resource, allowed)"
        " VALUES (now() - interval '30 years', 'x', 'write', 'old', 'yes')",
    )
    assert prune(db, Retention(tmp_path)) == {}
    assert file.exists()
    assert len(audited(db)) == 1


def test_the_worker_does_so_by_the_clock(db: Database, tmp_path: Path) -> None:
    old = upload(tmp_path, "old", 8)
    tasks = periodic_tasks(Settings(_env_file=None, home=tmp_path, retention_uploads_days=7))
    next(task for task in tasks if task.name == "retention").run(db)
    assert not old.exists()
