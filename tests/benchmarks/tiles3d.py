"""Footprints in 3-D: buildings a second from PostGIS to GLB, beside the same without a database; a tile by HTTP."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

import httpx
from city import serving
from report import machine
from sqlalchemy import Connection
from stage import LAYER, Stage
from timing import timed

from api.app import create_app
from bim.footprints import Cell, Footprints, Pyramid
from bim.footprints.content import Members, content_glb, read_members
from bim.footprints.server import read_counts
from layers.access import LOCAL_OPERATOR, decide
from layers.settings import Settings
from layers.temporal import now

HEADING = "## Footprints in 3-D"
# Geodan's own figure of pg2b3dm, of 46 million buildings, on a machine of theirs.
PG2B3DM = 3827
_MOST = 10**9
_ASKED = 20
# That many of the contents are made in a round.
_TILES = 60


@dataclass(frozen=True)
class Tiles3d:
    """Buildings a second in each round, with the database and without it, and the milliseconds of one tile."""

    conditions: dict[str, str]
    contents: int
    buildings: int
    from_database: list[float]
    in_memory: list[float]
    tile_buildings: int
    tile_bytes: int
    plain_ms: list[float]
    gzipped_ms: list[float]
    known_ms: list[float]
    counted_s: float

    def text(self) -> str:
        """Return the section of the report."""
        return "\n".join(_lines(self)) + "\n"

    def as_json(self) -> dict[str, Any]:
        """Return everything that was measured."""
        return asdict(self)


def tiles3d(stage: Stage, count: int, rounds: int) -> Tiles3d:
    """Load buildings, and make contents of their tileset in turn with the database and without it."""
    stage.load(count)
    shown = Footprints.of(stage.layer, decide(LOCAL_OPERATOR, "read", stage.layer), now())
    with stage.database.reader.connect() as connection:
        counting = time.perf_counter()
        counts = read_counts(connection, shown)
        counting = time.perf_counter() - counting
        pyramid = Pyramid.of(counts, counts.root)
        addresses = pyramid.addresses()
        cells = [pyramid.root.cell(*at) for at in addresses[:: max(1, len(addresses) // _TILES)]]
        made = [_members(connection, shown, cell) for cell in cells]
        buildings = sum(map(len, made))
        pairs = list(zip(cells, made, strict=True))
        fresh, kept = [], []
        for _ in range(rounds):
            # In turn, so that both meet the same of what else the machine does.
            fresh.append(buildings / timed(lambda: _from_database(connection, shown, cells), 1).best)
            kept.append(buildings / timed(lambda: _in_memory(shown, pairs), 1).best)
    fullest = max(range(len(cells)), key=lambda number: len(made[number]))
    asked = dict(zip(cells, addresses[:: max(1, len(addresses) // _TILES)], strict=True))[cells[fullest]]
    address = f"/3dtiles/layers/{LAYER}/content/{'/'.join(map(str, asked))}.glb?root={pyramid.root.text}"
    plain, gzipped, known, size = _by_http(stage, address)
    conditions = {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "machine": machine(),
        "data": f"{count:,} generated buildings with names, in {len(addresses):,} contents",
    }  # fmt: skip
    return Tiles3d(
        conditions, len(cells), buildings, fresh, kept, len(made[fullest]), size, plain, gzipped, known, counting
    )


def _members(connection: Connection, shown: Footprints, cell: Cell) -> Members:
    return read_members(connection, shown, cell, _MOST)


def _from_database(connection: Connection, shown: Footprints, cells: list[Cell]) -> None:
    for cell in cells:
        content_glb(_members(connection, shown, cell), shown.paint, cell, _MOST)


def _in_memory(shown: Footprints, pairs: list[tuple[Cell, Members]]) -> None:
    for cell, members in pairs:
        content_glb(members, shown.paint, cell, _MOST)


def _by_http(stage: Stage, address: str) -> tuple[list[float], list[float], list[float], int]:
    """Ask for a tile again and again; nothing is cached but by the client whose copy still holds."""
    settings = Settings(_env_file=None, home=stage.folder / "home", tile_cache_bytes=0)  # type: ignore[call-arg]
    with serving(create_app(settings, stage.database)) as url, httpx.Client(base_url=url, timeout=60) as client:
        answer = client.get(address, headers={"Accept-Encoding": "identity"})
        answer.raise_for_status()
        plain = [_milliseconds(client, address, {"Accept-Encoding": "identity"}) for _ in range(_ASKED)]
        gzipped = [_milliseconds(client, address, {"Accept-Encoding": "gzip"}) for _ in range(_ASKED)]
    settings = Settings(_env_file=None, home=stage.folder / "home")  # type: ignore[call-arg]
    with serving(create_app(settings, stage.database)) as url, httpx.Client(base_url=url, timeout=60) as client:
        tag = client.get(address).headers["etag"]
        known = [_milliseconds(client, address, {"If-None-Match": tag}) for _ in range(_ASKED)]
    return plain, gzipped, known, len(answer.content)


def _milliseconds(client: httpx.Client, address: str, headers: dict[str, str]) -> float:
    start = time.perf_counter()
    client.get(address, headers=headers)
    return (time.perf_counter() - start) * 1000


def _lines(result: Tiles3d) -> Iterator[str]:
    fresh, kept = median(result.from_database), median(result.in_memory)
    share = median(one / two for one, two in zip(result.from_database, result.in_memory, strict=True))
    yield from (HEADING, "", "Made by `make bench ARGS=tiles3d`.", "")
    yield from (f"- {name}: {value}" for name, value in result.conditions.items())
    yield ""
    rounds = len(result.from_database)
    yield f"{result.buildings:,} buildings in {result.contents} contents, {rounds} rounds each, in turn:"
    yield ""
    yield f"- PostGIS to GLB, one process: {fresh:,.0f} buildings/s ({min(result.from_database):,.0f} at worst)"
    yield f"- the same with rows in memory, the limit: {kept:,.0f} buildings/s; with PostGIS it is {share:.0%} of that"
    yield f"- {fresh / PG2B3DM:.2f} times the {PG2B3DM:,} buildings/s that pg2b3dm publishes of a machine of its own"
    yield (
        f"- one tile of {result.tile_buildings:,} buildings ({result.tile_bytes / 1e6:.2f} MB) by HTTP, nothing kept: "
        f"{median(result.plain_ms):.0f} ms, best {min(result.plain_ms):.0f} ms; sent by gzip "
        f"{median(result.gzipped_ms):.0f} ms, best {min(result.gzipped_ms):.0f} ms; still known to the client (304) "
        f"{median(result.known_ms):.0f} ms"
    )
    yield f"- counting what is where, for the tileset and after each edit: {result.counted_s * 1000:.0f} ms"
