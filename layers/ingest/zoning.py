"""Whether a load in a zone without a number in its eastings lies where the next zone would put it."""

from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import sql

from layers.ingest.placement import Misplaced
from layers.ingest.stage import Cursor, stage_table
from layers.source import Reading
from layers.space.zones import twins

# The place that the map serves is all within so many degrees of what datasets cover, those of the load's own dataset
# too: a district beside the sample has to be in it, and half of a narrow zone (1.5°) would reach what is misplaced.
_NEAR = 1.0
# So much of a file has to lie there by the other zone.
_MOST = 0.9

_SERVED = """
CREATE TEMPORARY TABLE served ON COMMIT DROP AS
SELECT DISTINCT ST_Expand(ST_SetSRID(ST_Extent(extent)::geometry, 4490), {near}) AS box
FROM onemap.coverage GROUP BY layer, dataset
"""
_HERE = "SELECT EXISTS (SELECT FROM {stage} AS s JOIN served AS b ON s.geom && b.box)"
_THERE = """
SELECT count(*), count(*) FILTER (
    WHERE EXISTS (SELECT FROM served AS b WHERE s.geom && ST_Translate(b.box, -%(east)s, 0))
) FROM {stage} AS s
"""


@dataclass(frozen=True)
class _Count:
    """Of ``rows`` staged rows so many lie where the map has data, by the numbers of another zone."""

    rows: int
    there: int

    @property
    def most(self) -> bool:
        return self.rows > 0 and self.there >= _MOST * self.rows


def require_zone(cursor: Cursor, reading: Reading) -> None:
    """Raise Misplaced where nothing of a file lies near what the map has, and the next zone would put it there.

    Eastings of Gauss-Krüger zones without a zone number are the same in each; only their meridians differ.
    """
    others = twins(reading.source_crs)
    if not others or _lies_here(cursor, reading):
        return
    for name, east in others.items():
        found = _counted(cursor, reading, east)
        if found.most:
            raise Misplaced(str(reading.path), _told(reading.source_crs, name, east, found), name)


def _told(stated: str, name: str, east: float, found: _Count) -> str:
    return (
        f"its coordinates are in {name}, not {stated}: none of {found.rows} rows lies within {_NEAR:g}° of what the "
        f"map has as {stated}, and {found.there / found.rows:.0%} as {name}, {abs(east):g}° to the "
        f"{'east' if east > 0 else 'west'}; load it with --crs {name} (or --crs auto), or, if you know better, with "
        f"--trust-crs (坐标分带应为 {name}，请用 --crs {name})"
    )


def _lies_here(cursor: Cursor, reading: Reading) -> bool:
    """Tell whether anything staged lies near what the map has; of a map without anything nothing can be told."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.served")
    cursor.execute(sql.SQL(_SERVED).format(near=sql.Literal(_NEAR)))
    if not _one(cursor, "SELECT EXISTS (SELECT FROM served)")[0]:
        return True
    return any(_one(cursor, _HERE, stage=stage_table(layer))[0] for layer in reading.layers)


def _counted(cursor: Cursor, reading: Reading, east: float) -> _Count:
    counts = [_one(cursor, _THERE, {"east": east}, stage=stage_table(layer)) for layer in reading.layers]
    return _Count(sum(rows for rows, _ in counts), sum(there for _, there in counts))


def _one(
    cursor: Cursor, statement: LiteralString, values: dict[str, Any] | None = None, **parts: sql.Composable
) -> tuple[Any, ...]:
    row = cursor.execute(sql.SQL(statement).format(**parts), values).fetchone()
    return row if row is not None else (0, 0)
