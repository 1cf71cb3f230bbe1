"""Checks that contestants do the same work: our bytes are those of pgbench's statement, tipg has the same features."""

from collections.abc import Sequence
from dataclasses import dataclass

import mapbox_vector_tile
import peers
from pgbench import Statement
from programs import Running, fetch
from psycopg import Connection, RawCursor
from psycopg.types.numeric import Int4Dumper
from stage import LAYER, Stage
from walk import Walk

from tiles.address import Address
from tiles.statement import BUFFER, EXTENT

TILES = 12


@dataclass(frozen=True)
class TileResult:
    """A tile as the statement gives it."""

    body: bytes
    features: int


def run_statement(stage: Stage, statement: Statement, tiles: Sequence[tuple[int, int]]) -> list[TileResult]:
    """Run the statement for some tiles with exactly the text that pgbench sends."""
    text, names = statement.numbered()
    with stage.reader() as connection:
        connection.adapters.register_dumper(int, Int4Dumper)
        cursor = RawCursor(connection)
        return [_fetch_tile(cursor, text, names, statement.values | {"x": x, "y": y}) for x, y in tiles]


def same_tiles(stage: Stage, statement: Statement, walk: Walk, web: Running, rival: Running | None) -> list[str]:
    """Compare some tiles of all contestants, and return the findings; a different tile ends the benchmark."""
    sample = walk.tiles()[:TILES]
    for place, raw in zip(sample, run_statement(stage, statement, sample), strict=True):
        reply = fetch(web.url + peers.our_path(*place, walk.zoom))
        if reply.status not in (200, 204) or reply.body != raw.body:
            raise RuntimeError(f"tile {place}: the application does not send the bytes of its statement")
    findings = [f"{len(sample)} tiles: the application's bytes are those of the statement that pgbench runs"]
    if rival is not None:
        findings.append(_compare_rival(stage, walk, web, rival))
    return findings


def _fetch_tile(
    cursor: "RawCursor[tuple[int, bytes, int]]", text: str, names: list[str], values: dict[str, object]
) -> TileResult:
    row = cursor.execute(text.encode(), [values[name] for name in names], binary=True, prepare=True).fetchone()
    if row is None:
        raise RuntimeError("the statement has no row")
    return TileResult(bytes(row[1]), row[2])


def _compare_rival(stage: Stage, walk: Walk, web: Running, rival: Running) -> str:
    """Compare features by fid: tipg has all of ours but those that only reach into the margin."""
    ours, theirs = 0, 0
    with stage.reader() as connection:
        for place in walk.tiles()[:TILES]:
            mine = _fids(fetch(web.url + peers.our_path(*place, walk.zoom)).body)
            others = _fids(fetch(rival.url + peers.tipg_path(*place, walk.zoom)).body)
            expected = mine - _in_margin(connection, Address(walk.zoom, *place))
            if others != expected:
                raise RuntimeError(f"tile {place}: tipg has {len(others)} features, {len(expected)} were expected")
            ours, theirs = ours + len(mine), theirs + len(others)
    return (
        f"{TILES} tiles: tipg's {theirs:,} features are ours, which are {ours - theirs:,} more in the margin of "
        f"{BUFFER}/{EXTENT} around the tiles (tipg finds only what touches the tile itself)"
    )


def _fids(body: bytes) -> set[int]:
    layers = mapbox_vector_tile.decode(body) if body else {}
    features = [feature for layer in layers.values() for feature in layer["features"]]
    return {feature["properties"].get("fid", feature.get("id")) for feature in features}


def _in_margin(connection: Connection, address: Address) -> set[int]:
    """Return the rows that lie in the margin around a tile and do not touch the tile itself."""
    statement = f"""
        SELECT fid FROM onemap.{LAYER}, ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS tile
        WHERE geom_3857 && ST_Expand(tile, %(margin)s) AND NOT ST_Intersects(geom_3857, tile)
    """
    values = {"z": address.z, "x": address.x, "y": address.y, "margin": address.width * BUFFER / EXTENT}
    return {row[0] for row in connection.execute(statement.encode(), values)}
