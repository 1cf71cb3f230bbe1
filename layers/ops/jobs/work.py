"""A running job: it reports its progress and learns when its cancellation is requested."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import psycopg
from sqlalchemy.exc import OperationalError

from layers.errors import Cancelled
from layers.ops.jobs import record
from layers.ops.jobs.record import Job
from layers.store.engine import Database

BEAT_S = 0.5


class Work:
    """Progress of a job (see ``layers.intake.ingest.Progress``), recorded twice a second by a thread of its own."""

    def __init__(self, database: Database, job: Job, should_stop: Callable[[], bool]) -> None:
        """Prepare to run a job; ``should_stop`` tells that this process is being stopped."""
        self.database = database
        self.job = job
        self.cancelled = False
        self._should_stop = should_stop
        self._stopping = False
        self._progress: tuple[int, int | None, str] = (0, None, "")
        self._interrupt: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._heartbeat = threading.Thread(target=self._run_heartbeat, name=f"job {job.id}", daemon=True)

    def __enter__(self) -> Self:
        """Start the thread that records progress."""
        self._heartbeat.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the thread, and record the last progress."""
        self._ended.set()
        self._heartbeat.join()
        # After an error the database may be away, and the last progress no longer matters.
        if error is None:
            self._record_progress()

    def report(self, done: int, total: int | None, message: str) -> None:
        """Set the progress; raises Cancelled when the job has to stop."""
        self._progress = done, total, message
        if self.cancelled or self._stopping:
            raise Cancelled("cancelled; nothing of it remains")

    def interruptible(self, interrupt: Callable[[], None] | None) -> None:
        """Set the function that interrupts a long statement; None when there is none."""
        with self._lock:
            self._interrupt = interrupt

    def _run_heartbeat(self) -> None:
        while not self._ended.wait(BEAT_S):
            try:
                self._beat()
            except OperationalError:
                # The database is away for the moment; the work itself will fail on it.
                continue

    def _record_progress(self) -> bool:
        """Record the progress, and tell whether cancellation is requested."""
        with self.database.writer.begin() as connection:
            return record.beat(connection, self.job.id, *self._progress)

    def _beat(self) -> None:
        self.cancelled = self._record_progress() or self.cancelled
        self._stopping = self._should_stop()
        if self.cancelled or self._stopping:
            self._interrupt_statement()

    def _interrupt_statement(self) -> None:
        with self._lock:
            if self._interrupt is None:
                return
            try:
                self._interrupt()
            except psycopg.Error:
                # It is asked again at the next beat.
                return
