"""The record of runs: created together with their jobs, read, listed, cancelled, deleted."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from layers.errors import Conflict, NotFound, ParameterError
from layers.ops import jobs
from layers.ops.jobs import FINAL, enqueue
from layers.ops.jobs import State as JobState
from layers.store import Database
from layers.store import job as job_table
from layers.temporal import rfc3339
from twin.preplans.state import State
from twin.scenario import run_folder
from twin.store.models import run as table
from twin.store.models import task as task_table

JOB = "scenario"
# Columns of the job, which has the progress of the run.
_PROGRESS = (job_table.c.done, job_table.c.total, job_table.c.message)


@dataclass(frozen=True)
class RunRequest:
    """A requested run; ``request`` is JSON that the scenario's parameters can be read from."""

    scenario: str
    title: str
    principal: str
    request: Mapping[str, Any] = field(default_factory=dict)
    parent: int | None = None
    show: bool = False


@dataclass(frozen=True)
class Run:
    """One run; ``done`` of ``total`` (None: unknown) and ``message`` are the progress of its job."""

    id: int
    scenario: str
    title: str
    principal: str
    job_id: int | None
    state: JobState
    request: dict[str, Any]
    summary: dict[str, Any]
    created: datetime
    finished: datetime | None
    begins: datetime | None
    step_s: int | None
    steps: int | None
    shown: bool
    geometry_version: str
    parent: int | None
    done: int = 0
    total: int | None = None
    message: str = ""

    @property
    def times(self) -> list[datetime]:
        """Return the instants at which the steps begin; none before the run is done."""
        if self.begins is None or self.step_s is None:
            return []
        return [self.begins + timedelta(seconds=self.step_s) * step for step in range(self.steps or 0)]

    def json(self) -> dict[str, Any]:
        """Return the run as JSON."""
        excluded = ("job_id", "done", "total", "message")
        fields = {name: value for name, value in vars(self).items() if name not in excluded}
        progress = {"done": self.done, "total": self.total, "message": self.message}
        plain = {name: rfc3339(value) if isinstance(value, datetime) else value for name, value in fields.items()}
        return plain | {"job": self.job_id, "progress": progress, "times": [rfc3339(instant) for instant in self.times]}


def create(database: Database, request: RunRequest) -> Run:
    """Create a run and enqueue its job, both or neither."""
    with database.writer.begin() as connection:
        number = create_in(connection, request)
    return get(database, number)


def create_in(connection: Connection, request: RunRequest) -> int:
    """Create a run and its job in the caller's transaction, and return the run's number."""
    if request.parent is not None and not _is_there(connection, request.scenario, request.parent):
        raise ParameterError("parent", f"scenario {request.scenario} has no run {request.parent}")
    row = {
        "scenario": request.scenario,
        "title": request.title,
        "principal": request.principal,
        "request": dict(request.request),
        "parent": request.parent,
    }
    number = int(connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one())
    job = enqueue(connection, JOB, request.title, request.principal, {"run": number, "show": request.show})
    connection.execute(update(table).where(table.c.id == number).values(job_id=job))
    return number


def _is_there(connection: Connection, scenario: str, number: int) -> bool:
    statement = select(table.c.id).where(table.c.id == number, table.c.scenario == scenario)
    return connection.execute(statement).first() is not None


def get(database: Database, number: int, scenario: str | None = None) -> Run:
    """Return one run (of that scenario, where one is named), or raise NotFound."""
    statement = _runs_statement().where(table.c.id == number)
    if scenario is not None:
        statement = statement.where(table.c.scenario == scenario)
    with database.reader.connect() as connection:
        row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        whose = f"scenario {scenario} has" if scenario else "there is"
        raise NotFound(f"{whose} no run {number}; GET /scenarios/{scenario or '…'}/runs lists them")
    return _from_row(row)


def runs(database: Database, scenario: str | None, limit: int, before: int | None = None) -> list[Run]:
    """Return the newest runs, the last one first; with ``before``, those with lower numbers."""
    statement = _runs_statement().order_by(table.c.id.desc()).limit(limit)
    if scenario is not None:
        statement = statement.where(table.c.scenario == scenario)
    if before is not None:
        statement = statement.where(table.c.id < before)
    with database.reader.connect() as connection:
        return [_from_row(row) for row in connection.execute(statement).mappings()]


def stop(database: Database, run: Run) -> None:
    """Cancel a run that is queued or being calculated; raises Conflict where it is over."""
    if run.job_id is None:
        raise Conflict(f"run {run.id} has no job that could be cancelled")
    jobs.cancel(database, run.job_id)


def remove(database: Database, home: Path, run: Run) -> None:
    """Delete a run that is over, with its features, tasks and files.

    Raises Conflict while it is being calculated, or while tasks of it are under way.
    """
    with database.writer.begin() as connection:
        busy = connection.execute(_under_way_statement(run.id)).scalar_one()
        if busy:
            raise Conflict(f"{busy} tasks of run {run.id} are under way; finish or drop them first")
        statement = delete(table).where(table.c.id == run.id, table.c.state.in_(FINAL))
        if not connection.execute(statement).rowcount:
            raise Conflict(f"run {run.id} is not over yet; cancel it first")
    shutil.rmtree(run_folder(home, run.id), ignore_errors=True)


def is_wanted(connection: Connection, number: int) -> bool:
    """Tell whether the files of a run are still needed: it is queued, being calculated, or done."""
    statement = select(table.c.id).where(table.c.id == number, table.c.state.not_in(("failed", "cancelled")))
    return connection.execute(statement).first() is not None


def default_title(title: str, now: datetime | None = None) -> str:
    """Return a title for a run without one: that of the scenario, and the time of the request in UTC."""
    return f"{title} {(now or datetime.now(UTC)):%Y-%m-%d %H:%M} UTC"


def _runs_statement() -> Select[Any]:
    columns = (table.c[name] for name in Run.__dataclass_fields__ if name in table.c)
    return select(*columns, *_PROGRESS).select_from(table.outerjoin(job_table, table.c.job_id == job_table.c.id))


def _under_way_statement(number: int) -> Select[Any]:
    states = [state.value for state in State if state.open and state is not State.DRAFT]
    return select(func.count()).where(task_table.c.run == number, task_table.c.state.in_(states))


def _from_row(row: RowMapping) -> Run:
    values = dict(row)
    if values["done"] is None:
        values |= {"done": 0, "message": ""}
    return Run(**values)
