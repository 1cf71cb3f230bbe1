"""The queue behind the jobs: procrastinate, with its tables in the schema ``jobs`` of the same database."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy, SyncPsycopgConnector
from procrastinate.connector import BaseConnector
from procrastinate.exceptions import JobAborted
from sqlalchemy import Connection, insert, text, update

from layers.errors import Cancelled, TwinError
from layers.ops.jobs import record
from layers.ops.jobs.work import Work
from layers.store.engine import Database, conninfo
from layers.store.migration import QUEUE_SCHEMA
from layers.store.models import job as table

TASK = "run_job"
# How often a job is started in all when its worker dies or is stopped.
MAX_ATTEMPTS = 3
JobResult = dict[str, Any]


@dataclass(frozen=True)
class JobKind:
    """A kind of long work: its name, and the function that does it and returns the result as JSON.

    The function is run again from the start when a worker dies, so it has to be all or nothing.
    """

    name: str
    run: Callable[[Work], JobResult]


def submit(database: Database, kind: str, title: str, principal: str, arguments: dict[str, Any]) -> int:
    """Put a job into the queue, and return its number."""
    with database.writer.begin() as connection:
        return enqueue(connection, kind, title, principal, arguments)


def enqueue(connection: Connection, kind: str, title: str, principal: str, arguments: dict[str, Any]) -> int:
    """Put a job into the queue in a transaction of the caller's, and return its number."""
    row = {"kind": kind, "title": title, "principal": principal, "arguments": arguments}
    job_id = int(connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one())
    queue_id = _defer(connection, job_id)
    connection.execute(update(table).where(table.c.id == job_id).values(queue_id=queue_id))
    return job_id


def worker_app(database: Database, kinds: Iterable[JobKind]) -> App:
    """Return the queue as the worker sees it: with a pool of connections and the functions that do the work."""
    options = [f"-c search_path={QUEUE_SCHEMA}"]
    app = App(connector=PsycopgConnector(conninfo=conninfo(database.urls.writer, options), min_size=1, max_size=6))
    kinds_by_name = {kind.name: kind for kind in kinds}

    def run(context: JobContext, job_id: int) -> None:
        run_job(database, kinds_by_name, context, job_id)

    retry = RetryStrategy(max_attempts=MAX_ATTEMPTS, retry_exceptions={JobAborted})
    app.task(name=TASK, pass_context=True, retry=retry)(run)
    return app


def run_job(database: Database, kinds: dict[str, JobKind], context: JobContext, job_id: int) -> None:
    """Run one job, and record its outcome."""
    with database.writer.begin() as connection:
        job = record.begin(connection, job_id)
    if job is None:
        return
    work = Work(database, job, context.should_abort)
    try:
        with work:
            result = kinds[job.kind].run(work)
    except Exception as error:
        if context.should_abort():
            _end(database, job_id, "queued", "the worker was stopped; the next one starts it again")
            raise JobAborted from error
        _end(database, job_id, *_outcome(error, work))
        if not isinstance(error, TwinError):
            raise
    else:
        _end(database, job_id, "done", "", result)


def _outcome(error: Exception, work: Work) -> tuple[record.State, str]:
    if work.cancelled:
        return "cancelled", "cancelled; nothing of it remains"
    if isinstance(error, Cancelled):
        return "cancelled", str(error)
    if isinstance(error, TwinError):
        return "failed", str(error)
    return "failed", f"unexpected error: {type(error).__name__}: {error}"


def _end(database: Database, job_id: int, state: record.State, message: str, result: JobResult | None = None) -> None:
    with database.writer.begin() as connection:
        record.finish(connection, job_id, state, message, result)


def _defer(connection: Connection, job_id: int) -> int:
    """Queue a job with procrastinate in the same transaction, so that neither row exists without the other."""
    path = str(connection.execute(text("SHOW search_path")).scalar_one())
    connection.execute(text(f"SET LOCAL search_path TO {QUEUE_SCHEMA}"))
    connector: BaseConnector = SyncPsycopgConnector()
    deferrer = App(connector=connector).configure_task(TASK, connection=connection.connection.driver_connection)
    queue_id = deferrer.defer(job_id=job_id)
    connection.execute(text("SELECT set_config('search_path', :path, true)"), {"path": path})
    return queue_id
