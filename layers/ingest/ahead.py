"""Reading ahead: a file is read and converted while what was read before goes into the database."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Full, Queue

from layers.refusal import Refused
from layers.row_batch import RowBatch
from layers.source import Reading

_PORTIONS = 3
_PATIENCE_S = 0.1


@dataclass(frozen=True)
class Portion:
    """Some rows, what was refused on the way to them, and how far the reading was by then."""

    batch: RowBatch | None
    refused: list[Refused]
    position: int


@contextmanager
def read_ahead(reading: Reading) -> Iterator[Iterator[Portion]]:
    """Give all of a reading, which another thread reads; whatever that raises is raised here."""
    reader = _Reader(reading)
    thread = threading.Thread(target=reader.run, name=f"reading {reading.path.name}", daemon=True)
    thread.start()
    try:
        yield reader.portions()
    finally:
        reader.enough.set()
        thread.join()


class _Reader:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._queue: Queue[Portion | BaseException | None] = Queue(_PORTIONS)
        self.enough = threading.Event()

    def run(self) -> None:
        """Read to the end, or until nobody wants more."""
        try:
            for batch in self._reading.batches():
                if not self._put(self._portion(batch)):
                    return
            self._put(self._portion(None))
            self._put(None)
        except BaseException as error:
            self._put(error)

    def portions(self) -> Iterator[Portion]:
        """Yield what was read."""
        while (portion := self._queue.get()) is not None:
            if isinstance(portion, BaseException):
                raise portion
            yield portion

    def _portion(self, batch: RowBatch | None) -> Portion:
        refused = list(self._reading.refused)
        self._reading.refused.clear()
        return Portion(batch, refused, self._reading.position)

    def _put(self, portion: Portion | BaseException | None) -> bool:
        while not self.enough.is_set():
            try:
                self._queue.put(portion, timeout=_PATIENCE_S)
            except Full:
                continue
            return True
        return False
