"""The instants at which layers changed, read again only when the layer was edited."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from layers.access import Decision
from layers.base import Layer
from layers.cache import ByteCache
from layers.query import MOST, Axis, Grain, Instant, grains, instants_of, instants_statement, versions_statement
from layers.temporal import OpenTime

_ROOM_BYTES = 16 * 1024 * 1024
_INSTANT_BYTES = 256


@dataclass(frozen=True)
class Timeline:
    """Instants, earliest first; ``grain`` says how fine they are, ``cut`` that earlier ones are left out."""

    grain: Grain
    instants: list[Instant]
    cut: bool

    @property
    def nbytes(self) -> int:
        """Return about how many bytes it keeps alive."""
        return _INSTANT_BYTES * (1 + len(self.instants))


class Timelines:
    """Reads and caches timelines: counting all rows of a large layer takes a while, and time lines ask for it often."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Read with ``engine``."""
        self._engine = engine
        self._kept: ByteCache[Timeline] = ByteCache(_ROOM_BYTES)

    async def of(self, layer: Layer, decision: Decision, axis: Axis, as_of: OpenTime) -> Timeline:
        """Return the timeline of what a principal may see of a layer."""
        async with self._engine.connect() as connection:
            versions = {row[0]: row[1] for row in await connection.execute(versions_statement())}
        key = (layer.id, layer.version, versions.get(layer.id), decision.scope, axis, as_of)

        async def read() -> Timeline:
            async with self._engine.connect() as connection:
                return await _read(connection, layer, decision, axis, as_of)

        timeline = self._kept.get(key)
        if timeline is None:
            timeline = await self._kept.once(key, read)
            self._kept.put(key, timeline)
        return timeline


async def _read(connection: AsyncConnection, layer: Layer, decision: Decision, axis: Axis, as_of: OpenTime) -> Timeline:
    """Read with the finest grain that does not give too many instants."""
    for grain in grains(axis):
        rows = (await connection.execute(instants_statement(layer, decision, axis, as_of, grain))).all()
        if len(rows) <= MOST:
            break
    return Timeline(grain, instants_of(rows), len(rows) > MOST)
