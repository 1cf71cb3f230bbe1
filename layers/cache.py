"""A bounded cache in memory, with one producer for each key at a time; shared by 2-D and 3-D tiles."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """An object that knows how many bytes it keeps alive."""

    @property
    def nbytes(self) -> int:
        """Return the bytes that the entry keeps alive."""


V = TypeVar("V", bound=Sized)


class ByteCache(Generic[V]):
    """Keeps recently used entries up to a number of bytes; a failure is not cached, and raised to all who wait."""

    def __init__(self, max_bytes: int) -> None:
        """Keep up to ``max_bytes``; with 0 nothing is kept, but each key still has one producer at a time."""
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: OrderedDict[Hashable, V] = OrderedDict()
        self._running: dict[Hashable, asyncio.Task[V]] = {}

    def get(self, key: Hashable) -> V | None:
        """Return the entry of a key, if it is kept."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, key: Hashable, entry: V) -> None:
        """Keep an entry; one larger than the whole cache is not kept."""
        if entry.nbytes > self._max_bytes:
            return
        old = self._entries.pop(key, None)
        self._bytes += entry.nbytes - (old.nbytes if old else 0)
        self._entries[key] = entry
        while self._bytes > self._max_bytes:
            self._bytes -= self._entries.popitem(last=False)[1].nbytes

    async def once(self, key: Hashable, produce: Callable[[], Awaitable[V]]) -> V:
        """Return what ``produce`` returns; callers that come while it runs for the same key wait for the same result.

        The work continues for the others when the first caller is cancelled.
        """
        task = self._running.get(key)
        if task is None:
            task = asyncio.ensure_future(_awaited(produce))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)

    @property
    def nbytes(self) -> int:
        """Return the bytes that are kept."""
        return self._bytes

    def __len__(self) -> int:
        """Return how many entries are kept."""
        return len(self._entries)


async def _awaited(produce: Callable[[], Awaitable[V]]) -> V:
    return await produce()
