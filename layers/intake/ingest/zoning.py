"""Checks whether a load without zone numbers in its eastings lies in a neighbouring zone."""

from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import sql

from layers.intake.ingest.placement_check import Misplaced
from layers.intake.ingest.stage import Cursor, stage_table
from layers.intake.source import Reading
from layers.space.zones import twins

# The area of the map is within so many degrees of the coverage of all datasets, the load's own included: a district
# beside the sample has to be in it, and half of a narrow zone (1.5°) would reach misplaced rows.
_NEAR = 1.0
# The least share of rows that has to lie there by the other zone.
_MOST = 0.9

_SERVED = """
CREATE TEMPORARY TABLE served ON COMMIT DROP AS
SELECT DISTINCT ST_Expand(ST_SetSRID(ST_Extent(extent)::geometry, 4490), {near}) AS box
FROM onemap.coverage GROUP BY layer, dataset
"""
_ANY_INSIDE = "SELECT EXISTS (SELECT FROM {stage} AS s JOIN served AS b ON s.geom && b.box)"
_COUNT_INSIDE = """
SELECT count(*), count(*) FILTER (
    WHERE EXISTS (SELECT FROM served AS b WHERE s.geom && ST_Translate(b.box, -%(east)s, 0))
) FROM {stage} AS s
"""


@dataclass(frozen=True)
class _Count:
    """The numbers of staged ``rows``, and of those ``inside`` the area of the map in another zone."""

    rows: int
    inside: int

    @property
    def most(self) -> bool:
        return self.rows > 0 and self.inside >= _MOST * self.rows


def require_zone(cursor: Cursor, reading: Reading) -> None:
    """Raise Misplaced when no row lies near the map's data, but most do in a neighbouring zone.

    Eastings of Gauss-Krüger zones without a zone number are the same in each; only their meridians differ.
    """
    others = twins(reading.source_crs)
    if not others or _is_inside(cursor, reading):
        return
    for name, east in others.items():
        count = _count(cursor, reading, east)
        if count.most:
            raise Misplaced(str(reading.path), _message(reading.source_crs, name, east, count), name)


def _message(declared: str, name: str, east: float, count: _Count) -> str:
    return (
        f"its coordinates are in {name}, not {declared}: none of {count.rows} rows lies within {_NEAR:g}° of the "
        f"map's data as {declared}, but {count.inside / count.rows:.0%} as {name}, {abs(east):g}° to the "
        f"{'east' if east > 0 else 'west'}; load it with --crs {name} (or --crs auto), or, if you know better, with "
        f"--trust-crs (坐标分带应为 {name}，请用 --crs {name})"
    )


def _is_inside(cursor: Cursor, reading: Reading) -> bool:
    """Tell whether any staged row lies near the map's data; true when the map has none."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.served")
    cursor.execute(sql.SQL(_SERVED).format(near=sql.Literal(_NEAR)))
    if not _one(cursor, "SELECT EXISTS (SELECT FROM served)")[0]:
        return True
    return any(_one(cursor, _ANY_INSIDE, stage=stage_table(layer))[0] for layer in reading.layers)


def _count(cursor: Cursor, reading: Reading, east: float) -> _Count:
    counts = [_one(cursor, _COUNT_INSIDE, {"east": east}, stage=stage_table(layer)) for layer in reading.layers]
    return _Count(sum(rows for rows, _ in counts), sum(inside for _, inside in counts))


def _one(
    cursor: Cursor, statement: LiteralString, values: dict[str, Any] | None = None, **parts: sql.Composable
) -> tuple[Any, ...]:
    row = cursor.execute(sql.SQL(statement).format(**parts), values).fetchone()
    return row if row is not None else (0, 0)
