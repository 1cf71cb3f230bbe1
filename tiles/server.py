"""Tiles of one or several layers, from the cache or from PostGIS."""

import asyncio
import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from psycopg import AsyncCursor
from psycopg.rows import tuple_row

from layers.access import Decision, outline, parameters
from layers.base import Layer
from layers.cache import ByteCache
from layers.temporal import OpenTime, When, form_of
from tiles.address import Address
from tiles.grid import GridMeasure, ground_of
from tiles.grid_statement import grid_statement, grid_values, points_statement
from tiles.hexagons import cell_values, has_homes, home_values
from tiles.statement import tile_statement
from tiles.versions import Key, Pool, Version, Versions

MVT = b"application/vnd.mapbox-vector-tile"
# A fair size for little time: level 4 of 9.
_GZIP_LEVEL = 4


@dataclass(frozen=True, slots=True)
class Part:
    """One layer of a wanted tile, what may be shown of it, and what is measured of it where it is a tile of a grid."""

    layer: Layer
    decision: Decision
    grid: GridMeasure | None = None


@dataclass(frozen=True)
class TileRequest:
    """A tile that somebody asks for; ``explicit`` tells whether they named a time, or want the map as it is."""

    parts: tuple[Part, ...]
    address: Address
    when: When
    explicit: bool

    @property
    def version_at(self) -> OpenTime:
        """Return the instant that the rows are chosen by, where it is now; a stated time has nothing to do with it.

        A row that begins just now is then in the tile and in its version, or in neither.
        """
        return None if self.explicit else self.when.first

    def key(self, part: Part, version: Version) -> tuple[object, ...]:
        """Return what the bytes of one layer's tile depend on, and nothing else."""
        layer, decision = part.layer, part.decision
        time = self.when if self.explicit else None
        return (layer.id, layer.version, self.address, time, decision.scope, part.grid, version)


@dataclass(frozen=True)
class Tile:
    """The bytes of a tile; ``cut`` names layers of which the tile could not hold all."""

    body: bytes
    etag: str
    cut: tuple[str, ...] = ()

    @property
    def nbytes(self) -> int:
        """Return the bytes that a cache keeps alive with it."""
        return 2 * len(self.body) + 512

    @cached_property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers that say what the tile is; made once."""
        headers = [etag_header(self.etag)]
        if self.cut:
            headers.append((b"twin-truncated", ", ".join(self.cut).encode()))
        return headers

    @cached_property
    def plain_headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers of the uncompressed body."""
        return [
            *self.headers,
            (b"content-type", MVT),
            (b"content-length", str(len(self.body)).encode()),
        ]

    @cached_property
    def gzipped(self) -> bytes:
        """Return the body compressed; done once."""
        return gzip.compress(self.body, _GZIP_LEVEL, mtime=0)


def etag_header(etag: str) -> tuple[bytes, bytes]:
    """Return the header of an entity tag; a weak one, since the same tile may be sent compressed or not."""
    return b"etag", f'W/"{etag}"'.encode()


def etag_of(body: bytes, cut: tuple[str, ...]) -> str:
    """Return the entity tag of a tile: of what is shown and nothing else, so that it tells of nothing hidden."""
    salt = hashlib.blake2b(",".join(cut).encode(), digest_size=16).digest()
    return hashlib.blake2b(body, digest_size=12, salt=salt).hexdigest()


class TileServer:
    """Answers with tiles; the version of each is read for each request, so that no edit is ever missed."""

    def __init__(self, pool: Pool, cache_bytes: int, most_features: int) -> None:
        """Use connections of ``pool``, keep up to ``cache_bytes`` of tiles."""
        self._pool = pool
        # One connection is left for versions, or warm tiles would wait for cold ones.
        self._slots = asyncio.Semaphore(max(pool.max_size - 1, 1))
        self._versions = Versions(pool)
        self._most = most_features
        self._parts: ByteCache[Tile] = ByteCache(cache_bytes)
        self._joined: ByteCache[Tile] = ByteCache(cache_bytes // 2)

    async def drop_dead_connections(self) -> None:
        """Replace the connections that died, as with a server that was restarted or a database that was restored."""
        await self._pool.check()

    async def keys(self, request: TileRequest) -> list[tuple[object, ...]]:
        """Return what the tile depends on, without making it."""
        if len(request.parts) == 1:
            return [await self._key(request, request.parts[0])]
        return list(await asyncio.gather(*(self._key(request, part) for part in request.parts)))

    def cached(self, request: TileRequest, keys: list[tuple[object, ...]]) -> Tile | None:
        """Return the tile of these keys when it is in the cache."""
        return self._parts.get(keys[0]) if len(keys) == 1 else self._joined.get(tuple(keys))

    async def tile(self, request: TileRequest, keys: list[tuple[object, ...]]) -> Tile:
        """Return the tile whose keys were just read."""
        if len(request.parts) == 1:
            return await self._part(request, request.parts[0], keys[0])
        joined = self._joined.get(tuple(keys))
        if joined is not None:
            return joined
        pairs = zip(request.parts, keys, strict=True)
        parts = await asyncio.gather(*(self._part(request, part, key) for part, key in pairs))
        joined = _join(parts)
        self._joined.put(tuple(keys), joined)
        return joined

    async def _key(self, request: TileRequest, part: Part) -> tuple[object, ...]:
        if part.grid is None:
            return request.key(part, await self._versions.of(Key(part.layer.id, request.address)))
        ground = ground_of(part.grid, request.address)
        versions = await asyncio.gather(*(self._versions.of(Key(part.layer.id, address)) for address in ground))
        return request.key(part, Version(versions[0].epoch, sum(one.number for one in versions)))

    async def _part(self, request: TileRequest, part: Part, key: tuple[object, ...]) -> Tile:
        cached = self._parts.get(key)
        if cached is not None:
            return cached

        async def make() -> Tile:
            return await self._make(request, part, key)

        return await self._parts.once(key, make)

    async def _make(self, request: TileRequest, part: Part, key: tuple[object, ...]) -> Tile:
        """Make one layer's tile and keep it under the version that its own snapshot had."""
        number, body, total = await self._query(request, part)
        expected = key[-1]
        assert isinstance(expected, Version)  # noqa: S101 - TileRequest.key puts it there
        true_key = (*key[:-1], Version(expected.epoch, number))
        cut = (part.layer.id,) if total > self._most else ()
        tile = Tile(body, etag_of(body, cut), cut)
        self._parts.put(true_key, tile)
        return tile

    async def _query(self, request: TileRequest, part: Part) -> tuple[int, bytes, int]:
        sql, values = self._statement(request, part)
        async with (
            self._slots,
            self._pool.connection() as connection,
            connection.cursor(binary=True, row_factory=tuple_row) as cursor,
        ):
            if part.grid is not None and part.grid.is_hexagonal:
                row = await _hexagons(cursor, sql, values, request, part)
            else:
                await cursor.execute(sql.encode(), values, prepare=True)
                row = await cursor.fetchone()
        assert row is not None  # noqa: S101 - an aggregate has one row
        return row[0], bytes(row[1] or b""), row[2]

    def _statement(self, request: TileRequest, part: Part) -> tuple[str, dict[str, Any]]:
        if part.grid is None:
            statement = tile_statement(part.layer, request.address.z, request.when, part.decision)
            values = statement.bind(request.address, request.when, part.decision, self._most, request.version_at)
            return statement.sql, values
        form, decision = form_of(request.when), outline(part.decision)
        sql, fixed = grid_statement(part.layer, part.grid, form, decision)
        values = grid_values(part.layer, part.grid, request.address, request.when, request.version_at)
        return sql, fixed | values | parameters(part.decision)


async def _hexagons(
    cursor: AsyncCursor[tuple[Any, ...]], sql: str, values: dict[str, Any], request: TileRequest, part: Part
) -> tuple[Any, ...] | None:
    """Return the row of a tile of H3: which cells points lie in is found between two statements of one snapshot."""
    measure = part.grid
    assert measure is not None  # noqa: S101 - only tiles of a grid come here
    cells = await asyncio.to_thread(cell_values, measure.level, request.address)
    async with cursor.connection.transaction():
        await cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        homes: dict[str, Any] = {}
        if has_homes(measure):
            points, fixed = points_statement(part.layer, measure, form_of(request.when), outline(part.decision))
            await cursor.execute(points.encode(), values | fixed, prepare=True)
            homes = await asyncio.to_thread(home_values, measure.level, await cursor.fetchall())
        await cursor.execute(sql.encode(), values | cells | homes, prepare=True)
        return await cursor.fetchone()


def _join(parts: list[Tile]) -> Tile:
    """Put layers behind each other, which makes a tile of them all: a tile is a protobuf with a repeated field."""
    body, cut = b"".join(part.body for part in parts), tuple(name for part in parts for name in part.cut)
    return Tile(body, etag_of(body, cut), cut)
