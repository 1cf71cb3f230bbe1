"""The record of runs: made together with their jobs, followed, listed, cancelled, deleted."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from layers import jobs
from layers.errors import Conflict, NotFound, ParameterError
from layers.jobs.queue import enqueue
from layers.jobs.record import FINAL
from layers.jobs.record import State as JobState
from layers.store.engine import Database
from layers.store.models import job as job_table
from layers.temporal import rfc3339
from twin.preplans.state import State
from twin.scenario import run_folder
from twin.store.models import run as table
from twin.store.models import task as task_table

JOB = "scenario"
# Rows without these columns are states of runs; the job tells how far they have come.
_PROGRESS = (job_table.c.done, job_table.c.total, job_table.c.message)


@dataclass(frozen=True)
class Wish:
    """A run that somebody wants; ``request`` is JSON that the scenario's parameters were read from."""

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
        apart = ("job_id", "done", "total", "message")
        stated = {name: value for name, value in vars(self).items() if name not in apart}
        progress = {"done": self.done, "total": self.total, "message": self.message}
        plain = {name: rfc3339(value) if isinstance(value, datetime) else value for name, value in stated.items()}
        return plain | {"job": self.job_id, "progress": progress, "times": [rfc3339(instant) for instant in self.times]}


def create(database: Database, wish: Wish) -> Run:
    """Make a run and put its job into the queue, both or neither."""
    with database.writer.begin() as connection:
        number = create_in(connection, wish)
    return get(database, number)


def create_in(connection: Connection, wish: Wish) -> int:
    """Make a run and its job in a transaction of the caller's, and return the run's number."""
    if wish.parent is not None and not _is_there(connection, wish.scenario, wish.parent):
        raise ParameterError("parent", f"scenario {wish.scenario} has no run {wish.parent}")
    row = {
        "scenario": wish.scenario,
        "title": wish.title,
        "principal": wish.principal,
        "request": dict(wish.request),
        "parent": wish.parent,
    }
    number = int(connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one())
    job = enqueue(connection, JOB, wish.title, wish.principal, {"run": number, "show": wish.show})
    connection.execute(update(table).where(table.c.id == number).values(job_id=job))
    return number


def _is_there(connection: Connection, scenario: str, number: int) -> bool:
    wanted = select(table.c.id).where(table.c.id == number, table.c.scenario == scenario)
    return connection.execute(wanted).first() is not None


def get(database: Database, number: int, scenario: str | None = None) -> Run:
    """Return one run (of that scenario, where one is named), or raise NotFound."""
    wanted = _runs_statement().where(table.c.id == number)
    if scenario is not None:
        wanted = wanted.where(table.c.scenario == scenario)
    with database.reader.connect() as connection:
        row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        whose = f"scenario {scenario} has" if scenario else "there is"
        raise NotFound(f"{whose} no run {number}; GET /scenarios/{scenario or '…'}/runs lists them")
    return _from_row(row)


def runs(database: Database, scenario: str | None, limit: int, before: int | None = None) -> list[Run]:
    """Return the newest runs, the last one first; with ``before``, those with lower numbers."""
    wanted = _runs_statement().order_by(table.c.id.desc()).limit(limit)
    if scenario is not None:
        wanted = wanted.where(table.c.scenario == scenario)
    if before is not None:
        wanted = wanted.where(table.c.id < before)
    with database.reader.connect() as connection:
        return [_from_row(row) for row in connection.execute(wanted).mappings()]


def stop(database: Database, run: Run) -> None:
    """Ask a run that waits or is being calculated to stop; raises Conflict where it is over."""
    if run.job_id is None:
        raise Conflict(f"run {run.id} has no job that could be stopped")
    jobs.cancel(database, run.job_id)


def remove(database: Database, home: Path, run: Run) -> None:
    """Delete a run that is over, with its features, tasks and files.

    Raises Conflict while it is being calculated, or while people are at work on its tasks.
    """
    with database.writer.begin() as connection:
        busy = connection.execute(_under_way_statement(run.id)).scalar_one()
        if busy:
            raise Conflict(f"{busy} tasks of run {run.id} are under way; finish or drop them first")
        gone = delete(table).where(table.c.id == run.id, table.c.state.in_(FINAL))
        if not connection.execute(gone).rowcount:
            raise Conflict(f"run {run.id} is not over yet; cancel it first")
    shutil.rmtree(run_folder(home, run.id), ignore_errors=True)


def is_wanted(connection: Connection, number: int) -> bool:
    """Tell whether the files of a run are still wanted: it waits, is being calculated, or is done."""
    living = select(table.c.id).where(table.c.id == number, table.c.state.not_in(("failed", "cancelled")))
    return connection.execute(living).first() is not None


def default_title(title: str, now: datetime | None = None) -> str:
    """Return a title for a run that nobody named: the scenario's, and when it was asked for in UTC."""
    return f"{title} {(now or datetime.now(UTC)):%Y-%m-%d %H:%M} UTC"


def _runs_statement() -> Select[Any]:
    shown = (table.c[name] for name in Run.__dataclass_fields__ if name in table.c)
    return select(*shown, *_PROGRESS).select_from(table.outerjoin(job_table, table.c.job_id == job_table.c.id))


def _under_way_statement(number: int) -> Select[Any]:
    begun = [state.value for state in State if state.open and state is not State.DRAFT]
    return select(func.count()).where(task_table.c.run == number, task_table.c.state.in_(begun))


def _from_row(row: RowMapping) -> Run:
    stated = dict(row)
    if stated["done"] is None:
        stated |= {"done": 0, "message": ""}
    return Run(**stated)
