"""Raster tiles from the cache, or drawn in a few threads of their own."""

import asyncio
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from layers.cache import ByteCache
from layers.raster import DatasetPool, Raster
from tiles.raster.picture import draw
from tiles.raster.request import Drawing

_MOST_THREADS = 4
_OVERHEAD = 512


@dataclass(frozen=True)
class Picture:
    """The bytes of a drawn tile."""

    body: bytes

    @property
    def nbytes(self) -> int:
        """Return the bytes that a cache keeps alive with it."""
        return len(self.body) + _OVERHEAD


class RasterServer:
    """Draws tiles beside the event loop; what fails is not kept."""

    def __init__(self, pool: DatasetPool, cache_bytes: int) -> None:
        """Read from ``pool``, keep up to ``cache_bytes`` of tiles."""
        self.pool = pool
        self._cache: ByteCache[Picture] = ByteCache(cache_bytes)
        self._threads = ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1), "raster")

    async def tile(self, raster: Raster, drawing: Drawing) -> bytes:
        """Return a tile."""
        key = etag_of(raster, drawing)
        cached = self._cache.get(key)
        if cached is not None:
            return cached.body

        async def make() -> Picture:
            loop = asyncio.get_running_loop()
            picture = Picture(await loop.run_in_executor(self._threads, draw, self.pool, raster, drawing))
            self._cache.put(key, picture)
            return picture

        return (await self._cache.once(key, make)).body

    def close(self) -> None:
        """Let go of threads and files."""
        self._threads.shutdown(cancel_futures=True)
        self.pool.close()


def etag_of(raster: Raster, drawing: Drawing) -> str:
    """Return the entity tag of a tile: the pixels' checksum, their style and the request make it."""
    return hashlib.blake2b(f"{raster.version} {drawing!r}".encode(), digest_size=12).hexdigest()
