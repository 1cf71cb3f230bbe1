"""The judge at work: what is due once a second, what is silent or stuck now and then, until it is asked to stop."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.exc import DBAPIError

from layers.store import Database
from twin.sensing.alarms.judge import judge, judge_by_clock
from twin.sensing.alarms.rows import Changes

EVERY_S, CLOCK_S, RETRY_S = 1.0, 15.0, 2.0
# Looking for what is silent or stuck takes no more than this share of the time, however much is watched.
SHARE = 0.1
log = logging.getLogger("twin.judge")


@dataclass
class Judge:
    """Judges what comes in; ``tell`` hears what was raised and cleared, once it is committed."""

    database: Database
    tell: Callable[[Changes], None] = lambda changes: None
    _next_by_clock: float = field(default_factory=time.monotonic)

    def run(self, stopping: threading.Event) -> None:
        """Work until ``stopping`` is set; what fails, as when the database is away, is tried again."""
        while not stopping.is_set():
            pause = EVERY_S
            try:
                self.step()
            except DBAPIError as error:
                # Nothing of it remains, and all that was due still is.
                log.warning("not judged: %s", str(error.orig).strip())
                pause = RETRY_S
            stopping.wait(pause)

    def step(self) -> None:
        """Judge what is due now, in a transaction of its own, and in another what the clock alone tells."""
        with self.database.writer.begin() as connection:
            changes = judge(connection)
        self.tell(changes)
        if time.monotonic() >= self._next_by_clock:
            began = time.monotonic()
            with self.database.writer.begin() as connection:
                changes = judge_by_clock(connection, datetime.now(UTC))
            self.tell(changes)
            ended = time.monotonic()
            self._next_by_clock = ended + max(CLOCK_S, (ended - began) / SHARE)
