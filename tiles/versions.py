"""Versions of tiles, read from the database for each request and never older than it.

Requests that come while a reading is under way share the next one, so that a thousand requests cost a few statements,
and each of them still sees every edit that was committed before it came. PostgreSQL's snapshot tells for the price of
``SELECT 1`` whether anything at all was committed since the last reading; if nothing was, nothing has to be read.
"""

import asyncio
from dataclasses import dataclass

from psycopg import AsyncConnection, sql
from psycopg_pool import AsyncConnectionPool

from tiles.address import Address

Pool = AsyncConnectionPool[AsyncConnection[tuple[object, ...]]]
# What can change a version: a commit, an instant passed at which rows begin or end, another epoch.
_TOKEN = sql.SQL(
    "pg_current_snapshot()::text || '/' || (SELECT count(*) FROM onemap.bound WHERE at <= clock_timestamp()),"
    " (SELECT id::text FROM onemap.epoch)"
)
_UNCHANGED = sql.SQL("SELECT {}").format(_TOKEN)
_READ = sql.SQL(
    "SELECT {}, ARRAY(SELECT onemap.tile_version(layer, z, x, y, clock_timestamp())"
    " FROM unnest(%s::text[], %s::integer[], %s::integer[], %s::integer[]) WITH ORDINALITY AS k(layer, z, x, y, i)"
    " ORDER BY i)"
).format(_TOKEN)


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
        self._waiting: dict[Key, asyncio.Future[Version]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._token: object = None
        self._known: dict[Key, Version] = {}

    async def of(self, key: Key) -> Version:
        """Return the version of a tile, with every edit that was committed before this call."""
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_waiting())
        return await asyncio.shield(waiting)

    async def _read_waiting(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, {}
                await self._answer(batch)
        finally:
            self._reading = None

    async def _answer(self, batch: dict[Key, asyncio.Future[Version]]) -> None:
        try:
            found = await self._read(list(batch))
        except Exception as error:
            # Every caller hears of it; the reader itself goes on.
            for waiting in batch.values():
                waiting.set_exception(error)
            return
        for key, waiting in batch.items():
            if not waiting.done():
                waiting.set_result(found[key])

    async def _read(self, keys: list[Key]) -> dict[Key, Version]:
        async with self._pool.connection() as connection:
            if all(key in self._known for key in keys):
                cursor = await connection.execute(_UNCHANGED, prepare=True)
                if await cursor.fetchone() == self._token:
                    return {key: self._known[key] for key in keys}
            return await self._read_anew(connection, keys)

    async def _read_anew(self, connection: AsyncConnection[tuple[object, ...]], keys: list[Key]) -> dict[Key, Version]:
        columns = [
            [key.layer for key in keys],
            [key.address.z for key in keys],
            [key.address.x for key in keys],
            [key.address.y for key in keys],
        ]
        row = await (await connection.execute(_READ, columns, prepare=True)).fetchone()
        assert row is not None  # noqa: S101 - a SELECT without FROM has one row
        snapshot, epoch, numbers = row
        assert isinstance(numbers, list)  # noqa: S101
        found = {key: Version(str(epoch), number) for key, number in zip(keys, numbers, strict=True)}
        self._remember((snapshot, epoch), found)
        return found

    def _remember(self, token: object, found: dict[Key, Version]) -> None:
        if token != self._token or len(self._known) > 50_000:
            self._token, self._known = token, {}
        self._known |= found
