"""Prefetching: a thread reads and converts a file while earlier rows are written to the database."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Full, Queue

from layers.intake.rejection import RejectedRow
from layers.intake.row_batch import RowBatch
from layers.intake.source import Reading

_CHUNKS = 3
_POLL_S = 0.1


@dataclass(frozen=True)
class Chunk:
    """Some rows, the rows refused on the way, and the position of the reading by then."""

    batch: RowBatch | None
    refused: list[RejectedRow]
    position: int


@contextmanager
def prefetch(reading: Reading) -> Iterator[Iterator[Chunk]]:
    """Yield the chunks of a reading from another thread, whose errors are raised here."""
    reader = _Reader(reading)
    thread = threading.Thread(target=reader.run, name=f"reading {reading.path.name}", daemon=True)
    thread.start()
    try:
        yield reader.chunks()
    finally:
        reader.stopped.set()
        thread.join()


class _Reader:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._queue: Queue[Chunk | BaseException | None] = Queue(_CHUNKS)
        self.stopped = threading.Event()

    def run(self) -> None:
        """Read to the end, or until stopped."""
        try:
            for batch in self._reading.batches():
                if not self._put(self._chunk(batch)):
                    return
            self._put(self._chunk(None))
            self._put(None)
        except BaseException as error:
            self._put(error)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the chunks in order."""
        while (chunk := self._queue.get()) is not None:
            if isinstance(chunk, BaseException):
                raise chunk
            yield chunk

    def _chunk(self, batch: RowBatch | None) -> Chunk:
        refused = list(self._reading.refused)
        self._reading.refused.clear()
        return Chunk(batch, refused, self._reading.position)

    def _put(self, chunk: Chunk | BaseException | None) -> bool:
        while not self.stopped.is_set():
            try:
                self._queue.put(chunk, timeout=_POLL_S)
            except Full:
                continue
            return True
        return False
