"""One job being done: it tells how far it has come, and hears when somebody wants it to stop."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import psycopg
from sqlalchemy.exc import OperationalError

from layers.errors import Cancelled
from layers.jobs import record
from layers.jobs.record import Job
from layers.store.engine import Database

BEAT_S = 0.5


class Work:
    """Progress of a job (see ``layers.ingest.Progress``), written down twice a second by a thread of its own."""

    def __init__(self, database: Database, job: Job, should_stop: Callable[[], bool]) -> None:
        """Take on a job; ``should_stop`` tells that this process is being stopped."""
        self.database = database
        self.job = job
        self.cancelled = False
        self._should_stop = should_stop
        self._stopping = False
        self._said: tuple[int, int | None, str] = (0, None, "")
        self._interrupt: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._keep_watch, name=f"job {job.id}", daemon=True)

    def __enter__(self) -> Self:
        """Begin to write down."""
        self._watch.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write down the last state, and no more."""
        self._over.set()
        self._watch.join()
        # After an error the database may be away, and how far the work had come no longer matters.
        if error is None:
            self._note()

    def report(self, done: int, total: int | None, message: str) -> None:
        """Take note of progress; raises Cancelled when the job has to stop."""
        self._said = done, total, message
        if self.cancelled or self._stopping:
            raise Cancelled("cancelled; nothing of it remains")

    def interruptible(self, interrupt: Callable[[], None] | None) -> None:
        """Take note of how a long statement may be cut short."""
        with self._lock:
            self._interrupt = interrupt

    def _keep_watch(self) -> None:
        while not self._over.wait(BEAT_S):
            try:
                self._beat()
            except OperationalError:
                # The database is away for the moment; the work itself will find out.
                continue

    def _note(self) -> bool:
        """Write down how far the work has come, and tell whether somebody wants it to stop."""
        with self.database.writer.begin() as connection:
            return record.beat(connection, self.job.id, *self._said)

    def _beat(self) -> None:
        self.cancelled = self._note() or self.cancelled
        self._stopping = self._should_stop()
        if self.cancelled or self._stopping:
            self._cut_short()

    def _cut_short(self) -> None:
        with self._lock:
            if self._interrupt is None:
                return
            try:
                self._interrupt()
            except psycopg.Error:
                # It is asked again at the next beat.
                return
