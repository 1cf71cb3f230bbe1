"""All that the routes share, wired once per process."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psycopg
from psycopg.rows import tuple_row
from psycopg.types.numeric import Int4Dumper
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from api.catalogue import Catalogue
from api.identity import Identity
from api.instants import Timelines
from api.layers import all_layers
from api.live.follower import Follower
from api.metrics import count_observations
from api.refusals import Refusals
from api.work import raster_files, scenarios_home
from bim.footprints import FootprintServer
from bim.tileset import TilesetServer
from layers.raster import DatasetPool
from layers.registry import Registry
from layers.settings import Settings
from layers.store import CHANNEL, Database, add_runtime_layers
from tiles.raster.server import RasterServer
from tiles.server import TileServer
from tiles.versions import Pool
from twin.runs.calculate import Shelf
from twin.scenarios import scenarios as all_scenarios
from twin.sensing.devices import Judge

log = logging.getLogger("twin.api")
_RETRY_S = 2.0


@dataclass
class AppState:
    """One process's settings, database, layers and servers."""

    settings: Settings
    database: Database
    registry: Registry
    pool: Pool
    tiles: TileServer
    identity: Identity
    catalogue: Catalogue
    timelines: Timelines
    scenarios: Shelf
    rasters: RasterServer
    models: TilesetServer
    footprints: FootprintServer
    live: Follower
    refusals: Refusals = field(default_factory=Refusals)

    @cached_property
    def device_judge(self) -> Judge:
        """Return who judges devices by what they send here."""
        return Judge(self.database, tell=lambda device: count_observations("quarantined", 1))

    @property
    def scenarios_home(self) -> Path:
        """Return the folder in which scenarios keep files."""
        return scenarios_home(self.settings)

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection of the reader."""
        async with self.database.async_reader.connect() as connection:
            yield connection

    async def read_layers(self) -> None:
        """Read the layers that were made at run time."""
        async with self.reading() as connection:
            await connection.run_sync(add_runtime_layers, self.registry)

    async def follow_layers(self) -> None:
        """Listen for layers that are made at run time, until cancelled; after any error it reconnects."""
        while True:
            try:
                await self._listen()
            except (psycopg.Error, SQLAlchemyError) as error:
                log.warning("listening for new layers: %s", str(error).strip())
            except Exception:
                # A definition, say, that a newer release wrote.
                log.exception("new layers cannot be read")
            await asyncio.sleep(_RETRY_S)

    async def _listen(self) -> None:
        conninfo = self.database.reader_conninfo()
        async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            # What was made between the start and LISTEN.
            await self.read_layers()
            async for _ in connection.notifies():
                await self.read_layers()


def build_app_state(settings: Settings, database: Database, scenarios: Shelf = all_scenarios) -> AppState:
    """Wire a process's parts; nothing connects before :func:`open_app_state`."""
    registry = all_layers()
    pool: Pool = AsyncConnectionPool(
        # Many tiles are requested at once; a query that takes several parallel workers makes all the others wait.
        database.reader_conninfo("-c max_parallel_workers_per_gather=0"),
        min_size=1,
        max_size=settings.pool_size + 1,
        timeout=settings.statement_timeout_s,
        open=False,
        kwargs={"autocommit": True, "row_factory": tuple_row},
        configure=_whole_numbers_as_integer,
    )
    identity = Identity(database.async_reader)
    return AppState(
        settings,
        database,
        registry,
        pool,
        TileServer(pool, settings.tile_cache_bytes, settings.tile_features),
        identity,
        Catalogue(database.async_reader),
        Timelines(database.async_reader),
        scenarios,
        RasterServer(DatasetPool(raster_files(settings)), settings.tile_cache_bytes // 2),
        TilesetServer(settings.tile_cache_bytes, settings.tile_triangles),
        FootprintServer(settings.tile_cache_bytes, settings.tile_features, settings.tile_triangles),
        Follower(database.async_reader, identity, registry, settings.streams, settings.streams_each),
    )


@contextlib.asynccontextmanager
async def open_app_state(app_state: AppState) -> AsyncIterator[AppState]:
    """Open connections and follow the layers, until the process ends."""
    await app_state.pool.open()
    following = asyncio.create_task(app_state.follow_layers())
    try:
        yield app_state
    finally:
        app_state.live.close()
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
        app_state.rasters.close()
        await app_state.pool.close()
        await app_state.database.dispose_async()


async def _whole_numbers_as_integer(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
    """Send every whole number as an integer, so that a statement has one prepared form and not one per magnitude."""
    connection.adapters.register_dumper(int, Int4Dumper)
