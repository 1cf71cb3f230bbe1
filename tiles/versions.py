"""Versions of tiles, read from the database for each request and never older than it.

Requests that come while a reading is under way share the next one, so that a thousand requests cost a few statements,
and each of them still sees every edit that was committed before it came. PostgreSQL's snapshot tells for the price of
``SELECT 1`` whether anything at all was committed since the last reading; if nothing was, nothing has to be read.
"""

import asyncio
from dataclasses import dataclass

from psycopg import AsyncConnection, AsyncRawCursor
from psycopg_pool import AsyncConnectionPool

from tiles.address import Address

Cursor = AsyncRawCursor[tuple[object, ...]]
Pool = AsyncConnectionPool[AsyncConnection[tuple[object, ...]]]
# What can change a version: a commit, an instant passed at which rows begin or end, another epoch.
_STATE = (
    "pg_current_snapshot()::text || '/' || "
    "(SELECT count(*) FROM onemap.validity_boundary WHERE at <= clock_timestamp()),"
    " (SELECT id::text FROM onemap.epoch)"
)
# Bytes, since psycopg would otherwise compose them anew for each reading.
_UNCHANGED = f"SELECT {_STATE}".encode()
_READ = (
    # Only constants are put together here.
    f"SELECT {_STATE}, ARRAY(SELECT onemap.tile_version(layer, z, x, y, clock_timestamp())"  # noqa: S608
    " FROM unnest($1::text[], $2::integer[], $3::integer[], $4::integer[]) WITH ORDINALITY AS k(layer, z, x, y, i)"
    " ORDER BY i)"
).encode()
_MOST_TURNS = 20


@dataclass(frozen=True, slots=True)
class Key:
    """One layer's tile."""

    layer: str
    address: Address


@dataclass(frozen=True, slots=True)
class Version:
    """The sum of edits of a tile, in an epoch of the database."""

    epoch: str
    number: int


class Versions:
    """Reads versions of tiles, many at a time."""

    def __init__(self, pool: Pool) -> None:
        """Read by connections of ``pool``."""
        self._pool = pool
        self._waiting: list[tuple[Key, asyncio.Future[Version]]] = []
        self._reading: asyncio.Task[None] | None = None
        self._token: object = None
        self._known: dict[Key, Version] = {}

    async def of(self, key: Key) -> Version:
        """Return the version of a tile, with every edit that was committed before this call."""
        answer: asyncio.Future[Version] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, answer))
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_waiting())
        return await answer

    async def _read_waiting(self) -> None:
        try:
            while self._waiting:
                await self._read_by_one_connection()
        finally:
            self._reading = None

    async def _read_by_one_connection(self) -> None:
        """Answer all who wait, and those who come meanwhile."""
        batch = self._waiting
        try:
            async with self._pool.connection() as connection:
                cursor = AsyncRawCursor(connection)
                while self._waiting:
                    await self._gather()
                    batch, self._waiting = self._waiting, []
                    self._tell(batch, await self._read(cursor, list({key for key, _ in batch})))
        except Exception as error:
            # Every caller hears of it; the reader itself goes on.
            if batch is self._waiting:
                self._waiting = []
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)

    async def _gather(self) -> None:
        """Let the loop take in all requests that have arrived; they share the reading that follows."""
        for _ in range(_MOST_TURNS):
            waiting = len(self._waiting)
            await asyncio.sleep(0)
            if len(self._waiting) == waiting:
                return

    def _tell(self, batch: list[tuple[Key, asyncio.Future[Version]]], versions: dict[Key, Version]) -> None:
        for key, answer in batch:
            if not answer.done():
                answer.set_result(versions[key])

    async def _read(self, cursor: Cursor, keys: list[Key]) -> dict[Key, Version]:
        if all(key in self._known for key in keys):
            await cursor.execute(_UNCHANGED, prepare=True)
            if await cursor.fetchone() == self._token:
                return self._known
        return await self._read_anew(cursor, keys)

    async def _read_anew(self, cursor: Cursor, keys: list[Key]) -> dict[Key, Version]:
        columns = [
            [key.layer for key in keys],
            [key.address.z for key in keys],
            [key.address.x for key in keys],
            [key.address.y for key in keys],
        ]
        await cursor.execute(_READ, columns, prepare=True)
        row = await cursor.fetchone()
        assert row is not None  # noqa: S101 - a SELECT without FROM has one row
        snapshot, epoch, numbers = row
        assert isinstance(numbers, list)  # noqa: S101
        versions = {key: Version(str(epoch), number) for key, number in zip(keys, numbers, strict=True)}
        self._remember((snapshot, epoch), versions)
        return versions

    def _remember(self, token: object, versions: dict[Key, Version]) -> None:
        if token != self._token or len(self._known) > 50_000:
            self._token, self._known = token, {}
        self._known |= versions
