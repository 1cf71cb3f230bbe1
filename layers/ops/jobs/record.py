"""The record of a job that users see: one row of ``onemap.job``."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, Select, Update, func, select, update

from layers.errors import Conflict, NotFound
from layers.store.engine import Database
from layers.store.models import job as table
from layers.temporal import rfc3339

State = Literal["queued", "running", "done", "failed", "cancelled"]
FINAL = ("done", "failed", "cancelled")
_NOW = func.clock_timestamp()


@dataclass(frozen=True)
class Job:
    """One piece of long work; ``done`` of ``total`` (None: unknown) is its progress."""

    id: int
    kind: str
    title: str
    principal: str
    arguments: dict[str, Any]
    state: State
    done: int
    total: int | None
    message: str
    result: dict[str, Any] | None
    cancel_wanted: datetime | None
    created: datetime
    started: datetime | None
    heartbeat: datetime | None
    finished: datetime | None

    def json(self) -> dict[str, Any]:
        """Return the job as JSON."""
        return {name: rfc3339(value) if isinstance(value, datetime) else value for name, value in vars(self).items()}


def job(database: Database, job_id: int) -> Job:
    """Return one job, or raise NotFound."""
    with database.reader.connect() as connection:
        row = connection.execute(_jobs_statement().where(table.c.id == job_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no job {job_id}; GET /jobs and 'twin jobs' list them")
    return _from_row(row)


def jobs(database: Database, limit: int = 100, state: State | None = None) -> list[Job]:
    """Return the newest jobs, the last one first."""
    statement = _jobs_statement().order_by(table.c.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(table.c.state == state)
    with database.reader.connect() as connection:
        return [_from_row(row) for row in connection.execute(statement).mappings()]


def cancel(database: Database, job_id: int) -> Job:
    """Cancel a job, at once when it waits, soon when it runs; raises Conflict when it is over."""
    with database.writer.begin() as connection:
        stopped = _cancel_statement(job_id).where(table.c.state == "queued")
        waiting = connection.execute(stopped.values(state="cancelled", finished=_NOW, message="cancelled")).rowcount
        running = _cancel_statement(job_id).where(table.c.state == "running")
        cancelled = waiting or connection.execute(running).rowcount
    current = job(database, job_id)
    if not cancelled:
        raise Conflict(f"job {job_id} is {current.state} already, so it cannot be cancelled")
    return current


def _cancel_statement(job_id: int) -> Update:
    return update(table).where(table.c.id == job_id).values(cancel_wanted=func.coalesce(table.c.cancel_wanted, _NOW))


def begin(connection: Connection, job_id: int) -> Job | None:
    """Mark a job as running and return it, or None when it is not waiting any more."""
    started = (
        update(table)
        .where(table.c.id == job_id, table.c.state == "queued")
        .values(state="running", started=_NOW, heartbeat=_NOW, done=0, total=None, message="")
    )
    if not connection.execute(started).rowcount:
        return None
    return _from_row(connection.execute(_jobs_statement().where(table.c.id == job_id)).mappings().one())


def beat(connection: Connection, job_id: int, done: int, total: int | None, message: str) -> bool:
    """Record the progress of a running job, and tell whether its cancellation is requested."""
    statement = (
        update(table)
        .where(table.c.id == job_id, table.c.state == "running")
        .values(heartbeat=_NOW, done=done, total=total, message=message)
        .returning(table.c.cancel_wanted)
    )
    row = connection.execute(statement).one_or_none()
    return row is None or row[0] is not None


def finish(
    connection: Connection, job_id: int, state: State, message: str, result: dict[str, Any] | None = None
) -> None:
    """Record the outcome of a job, or that it waits again."""
    ended = _NOW if state in FINAL else None
    values = {"state": state, "message": message, "result": result, "finished": ended, "heartbeat": _NOW}
    if state == "done":
        values["done"] = func.coalesce(table.c.total, table.c.done)
    connection.execute(update(table).where(table.c.id == job_id, table.c.state.not_in(FINAL)).values(values))


def _jobs_statement() -> Select[Any]:
    return select(*(column for column in table.c if column.name != "queue_id"))


def _from_row(row: RowMapping) -> Job:
    return Job(**row)
