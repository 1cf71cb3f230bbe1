"""The SQL of a tile of a layer on a grid: the cells of the tile, and what is measured in each.

A thing counts once, in the cell of a point on it; lengths, areas and sums are those of its pieces inside the cells, on
the ellipsoid, as ``layers.space.gridding`` has it. What runs along the line between two cells is in both.
The database makes the cells of BeiDou and GeoSOT itself; those of H3, and which of them points lie in, are bound.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Boolean, Float, Select, bindparam, func, literal

from layers.access import AREA, CLEARANCE, Decision, visible
from layers.base import Layer
from layers.query import MOST_THINGS
from layers.store import driver_sql
from layers.temporal import When
from tiles.address import Address
from tiles.grid import IN_DATABASE, MOST_CELLS, GridMeasure, box_of, ground_of
from tiles.statement import BUFFER, EXTENT

# The layer of the tile; its features have the cell's ``code`` and the ``value`` that was asked for.
CELLS = "cells"
_SIDES = ("west", "south", "east", "north")

# Where the pieces of things lie, and of which size they are: metres of lines, square metres of areas.
_PIECES = """
pieces AS MATERIALIZED (
    SELECT p.code, p.outline, p.value, p.whole, ST_Dimension(p.whole) AS dimension,
           CASE WHEN ST_CoveredBy(p.whole, p.outline) THEN p.whole
                ELSE ST_Intersection(ST_MakeValid(p.whole), p.outline) END AS piece
    FROM (SELECT c.code, c.outline, n.value, n.geom AS whole
          FROM near AS n JOIN cells AS c ON c.outline && n.geom AND ST_Intersects(c.outline, n.geom)) AS p
)"""
_HOMES = """
homes AS (
    SELECT onemap.{grid}_encode(ST_X(p.point), ST_Y(p.point), {level}) AS code, n.value
    FROM near AS n, LATERAL (SELECT ST_PointOnSurface(n.geom) AS point) AS p
    WHERE {which} AND NOT ST_IsEmpty(p.point) AND abs(ST_Y(p.point)) < {lat_limit}
)"""
_CELLS = """
    SELECT code, outline FROM onemap.grid_cells('{grid}', {level},
        ST_MakeEnvelope(%(box_west)s, %(box_south)s, %(box_east)s, %(box_north)s, 4490), {most})
"""
_SENT_CELLS = """
    SELECT s.code, ST_GeomFromWKB(s.wkb, 4490) AS outline
    FROM unnest(%(cell_codes)s::text[], %(cell_shapes)s::bytea[]) AS s(code, wkb)
"""
_SENT_HOMES = """
homes AS (SELECT s.code, s.value FROM unnest(%(home_codes)s::text[], %(home_values)s::float8[]) AS s(code, value))
"""
_POINTS = """
WITH near AS MATERIALIZED ({near})
SELECT ST_X(p.point), ST_Y(p.point), n.value::double precision
FROM near AS n, LATERAL (SELECT ST_PointOnSurface(n.geom) AS point) AS p
WHERE {which} AND NOT ST_IsEmpty(p.point) LIMIT {most}
"""
_COUNT = "SELECT h.code, count(*) AS value FROM homes AS h GROUP BY h.code"
_MEASURES = {
    "count": _COUNT,
    "per_km2": "SELECT c.code, count(*) * 1e6 / ST_Area(geography(c.outline)) AS value"
    " FROM homes AS h JOIN cells AS c USING (code) GROUP BY c.code, c.outline",
    "length_m": "SELECT p.code, sum(ST_Length(geography(p.piece))) AS value"
    " FROM pieces AS p WHERE p.dimension = 1 GROUP BY p.code",
    "area_m2": "SELECT p.code, sum(ST_Area(geography(p.piece))) AS value"
    " FROM pieces AS p WHERE p.dimension = 2 GROUP BY p.code",
    "area_share": "SELECT p.code, sum(ST_Area(geography(p.piece))) / max(ST_Area(geography(p.outline))) AS value"
    " FROM pieces AS p WHERE p.dimension = 2 GROUP BY p.code",
    "sum": """
    SELECT s.code, sum(s.value) AS value FROM (
        SELECT p.code, p.value * ST_Area(geography(p.piece)) / nullif(ST_Area(geography(p.whole)), 0) AS value
        FROM pieces AS p WHERE p.dimension = 2
        UNION ALL
        SELECT p.code, p.value * ST_Length(geography(p.piece)) / nullif(ST_Length(geography(p.whole)), 0)
        FROM pieces AS p WHERE p.dimension = 1
        UNION ALL
        SELECT h.code, h.value FROM homes AS h
    ) AS s WHERE s.value IS NOT NULL GROUP BY s.code""",
}
_TILE = """
WITH near AS MATERIALIZED ({near}), cells AS MATERIALIZED ({cells}), {parts}, measured AS ({measure}), features AS (
    SELECT c.code, m.value::double precision AS value, ST_AsMVTGeom(
        ST_Transform(ST_SetSRID(ST_ClipByBox2D(c.outline, ST_MakeEnvelope(-180, -88, 180, 88, 4490)), 4326), 3857),
        ST_TileEnvelope(%(z)s, %(x)s, %(y)s), {extent}, {buffer}, true
    ) AS geom
    FROM cells AS c JOIN measured AS m USING (code) WHERE m.value > 0 OR '{kind}' = 'sum' ORDER BY c.code
)
SELECT (
    SELECT sum(onemap.tile_version(%(layer)s, %(ground_z)s, g.x, g.y, %(version_at)s))::bigint
    FROM unnest(%(ground_x)s::integer[], %(ground_y)s::integer[]) AS g(x, y)
) AS version, (SELECT ST_AsMVT(f, '{name}', {extent}, 'geom') FROM features AS f) AS body,
(SELECT count(*) FROM features) AS found
"""


def grid_values(
    layer: Layer, measure: GridMeasure, address: Address, when: When, version_at: datetime | None
) -> dict[str, Any]:
    """Return the values of one tile, but for those of the row filter."""
    box, ground = box_of(address), ground_of(measure, address)
    near = box.widened(*measure.cell(box))
    return {
        "z": address.z,
        "x": address.x,
        "y": address.y,
        "layer": layer.id,
        "version_at": version_at or datetime.now(UTC),
        "ground_z": ground[0].z,
        "ground_x": [one.x for one in ground],
        "ground_y": [one.y for one in ground],
        **{f"box_{side}": getattr(box, side) for side in _SIDES},
        **{f"near_{side}": getattr(near, side) for side in _SIDES},
        **when.parameters(),
    }


@lru_cache(maxsize=256)
def grid_statement(layer: Layer, measure: GridMeasure, form: When, decision: Decision) -> tuple[str, dict[str, Any]]:
    """Return the statement, whose row is (version, body, number of cells), and its fixed values.

    Only words of the allow-lists of ``tiles.grid`` and numbers are put into it; the rest is bound.
    """
    near, fixed = _compiled_near(layer, measure, form, decision)
    cells, homes = (_SENT_CELLS, _SENT_HOMES) if measure.is_hexagonal else _cells_and_homes(measure)
    homes = homes.strip()
    needed = {"count": [homes], "per_km2": [homes], "sum": [_PIECES.strip(), homes]}.get(
        measure.measure, [_PIECES.strip()]
    )
    statement = _TILE.format(
        near=near,
        cells=cells,
        parts=", ".join(needed),
        measure=_MEASURES[measure.measure],
        kind=measure.measure,
        extent=EXTENT,
        buffer=BUFFER,
        name=CELLS,
    )
    return statement, fixed


@lru_cache(maxsize=256)
def points_statement(layer: Layer, measure: GridMeasure, form: When, decision: Decision) -> tuple[str, dict[str, Any]]:
    """Return the statement of (longitude, latitude, value) of a point on each thing near, and its fixed values."""
    near, fixed = _compiled_near(layer, measure, form, decision)
    return _POINTS.format(near=near, which=_which(measure), most=MOST_THINGS + 1), fixed


def _cells_and_homes(measure: GridMeasure) -> tuple[str, str]:
    """Return the cells, and which of them points lie in, as the database makes them."""
    lattice = IN_DATABASE[measure.grid]
    words = {"grid": measure.grid, "level": measure.level, "lat_limit": lattice.lat_limit}
    return _CELLS.format(**words, most=2 * MOST_CELLS), _HOMES.format(**words, which=_which(measure))


def _which(measure: GridMeasure) -> str:
    """Return which things lie in a cell as a whole; others are shared out."""
    return "ST_Dimension(n.geom) = 0" if measure.measure == "sum" else "true"


def _compiled_near(layer: Layer, measure: GridMeasure, form: When, decision: Decision) -> tuple[str, dict[str, Any]]:
    sql, values = driver_sql(_near(layer, measure, form, decision))
    return sql, {name: value for name, value in values.items() if name not in _BOUND}


def _near(layer: Layer, measure: GridMeasure, when: When, decision: Decision) -> Select[Any]:
    """Return (geom, value) of what somebody may see in the cells of the tile."""
    rows = visible(layer, decision, when)
    columns = rows.selected_columns
    value: Any = literal(0.0) if measure.column is None else func.coalesce(columns[measure.column], 0)
    box = func.ST_MakeEnvelope(*(_bound(f"near_{side}", Float()) for side in _SIDES), 4490)
    lies_there = columns.geom.op("&&", is_comparison=True, return_type=Boolean())(box)
    # Geometry as it is: SQLAlchemy would otherwise make text of it for a reader.
    geom = func.ST_SetSRID(columns.geom, 4490).label("geom")
    return rows.with_only_columns(geom, value.label("value")).where(lies_there)


def _bound(name: str, kind: Any) -> BindParameter[Any]:
    return bindparam(name, type_=kind)


_BOUND = {CLEARANCE, AREA, "at_first", "at_last", "as_of", *(f"near_{side}" for side in _SIDES)}
