"""The worker: runs the jobs, recovers those whose worker died, and compacts tile versions."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from procrastinate import App
from procrastinate.jobs import Job as QueueJob
from procrastinate.jobs import Status
from sqlalchemy import text

from layers.ops.jobs import record
from layers.ops.jobs.queue import MAX_ATTEMPTS, JobKind, worker_app
from layers.store.engine import Database

# Long loads and calculations must not delay the small periodic tasks or the runs that a warning starts.
CONCURRENCY = 4
HEARTBEAT_S, STALLED_S = 5.0, 20.0
# How long a job may still take once the worker has been asked to stop.
GRACE_S = 5.0
_POLL_S = 0.1
_EVERY_20_S = "* * * * * */20"
_EVERY_10_MIN = "*/10 * * * *"


@dataclass(frozen=True)
class Periodic:
    """A small task that the worker runs at the times of ``cron`` (with seconds as a sixth field)."""

    name: str
    cron: str
    run: Callable[[Database], None]


async def run_worker(
    database: Database,
    kinds: Iterable[JobKind],
    periodic: Iterable[Periodic] = (),
    *,
    until_empty: bool = False,
) -> None:
    """Work until SIGTERM or SIGINT comes, or with ``until_empty`` until no job waits or runs."""
    app = worker_app(database, kinds)
    _add_housekeeping(app, database)
    for one in periodic:
        _add_periodic(app, database, one)
    async with app.open_async():
        await recover(app, database)
        work = asyncio.create_task(_work(app))
        if not until_empty:
            await work
            return
        # The library's own way to end with an empty queue gives running jobs only the grace period of a stop.
        empty = asyncio.create_task(_emptied(app))
        await asyncio.wait({work, empty}, return_when=asyncio.FIRST_COMPLETED)
        for task in (empty, work):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _work(app: App) -> None:
    await app.run_worker_async(
        concurrency=CONCURRENCY,
        shutdown_graceful_timeout=GRACE_S,
        update_heartbeat_interval=HEARTBEAT_S,
        stalled_worker_timeout=STALLED_S,
        delete_jobs="always",
    )


async def _emptied(app: App) -> None:
    """Return when no job runs and none is due."""
    while await _has_work(app):
        await asyncio.sleep(_POLL_S)


async def _has_work(app: App) -> bool:
    waiting = await app.job_manager.list_jobs_async(status=Status.TODO.value)
    now = datetime.now(UTC)
    if any(job.scheduled_at is None or job.scheduled_at <= now for job in waiting):
        return True
    return bool(await app.job_manager.list_jobs_async(status=Status.DOING.value))


async def recover(app: App, database: Database) -> None:
    """Put jobs whose worker has died back into the queue, or give them up after some attempts."""
    for stalled in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
        again = stalled.attempts + 1 < MAX_ATTEMPTS
        job_id = stalled.task_kwargs.get("job_id")
        if isinstance(job_id, int):
            await asyncio.to_thread(_record_death, database, job_id, again)
        if again:
            await app.job_manager.retry_job(stalled)
        else:
            await _give_up(app, stalled)


async def _give_up(app: App, stalled: QueueJob) -> None:
    await app.job_manager.finish_job(stalled, status=Status.FAILED, delete_job=True)


def _record_death(database: Database, job_id: int, again: bool) -> None:
    message = "its worker died; it starts again" if again else f"its worker died {MAX_ATTEMPTS} times; given up"
    with database.writer.begin() as connection:
        record.finish(connection, job_id, "queued" if again else "failed", message)


def _add_housekeeping(app: App, database: Database) -> None:
    @app.periodic(cron=_EVERY_20_S)
    @app.task(name="recover", queueing_lock="recover")
    async def recover_stalled(timestamp: int) -> None:
        await recover(app, database)

    @app.periodic(cron=_EVERY_10_MIN)
    @app.task(name="compact_versions", queueing_lock="compact_versions")
    def compact(timestamp: int) -> None:
        compact_versions(database)


def _add_periodic(app: App, database: Database, periodic: Periodic) -> None:
    @app.periodic(cron=periodic.cron)
    @app.task(name=periodic.name, queueing_lock=periodic.name)
    def do(timestamp: int) -> None:
        periodic.run(database)


def compact_versions(database: Database) -> None:
    """Compact the tile edits, which only the owner may."""
    with database.owner.begin() as connection:
        connection.execute(text("SELECT onemap.compact_versions()"))
