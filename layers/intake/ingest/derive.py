"""Values that need all rows of a load, computed on the staging tables."""

from dataclasses import dataclass
from typing import LiteralString

from psycopg import sql

from layers.base import Layer
from layers.intake.ingest.stage import Cursor, stage_table


@dataclass(frozen=True)
class Derivation:
    """Statements over the staging tables of ``layers``, which they name as {0}, {1} and so on."""

    layers: tuple[str, ...]
    statements: tuple[LiteralString, ...]


DERIVATIONS = {
    # OpenStreetMap's Simple 3D Buildings: a building is drawn by its parts. They ought to fill its outline; where a
    # mapper has drawn only a tower on a podium, less than half of it, the outline has to represent the rest.
    "has_parts": Derivation(
        ("buildings", "building_parts"),
        (
            "CREATE INDEX ON {0} USING gist (geom)",
            "UPDATE {0} AS b SET has_parts = true FROM ("
            "SELECT h.source_key, ST_Area(ST_Union(p.geom)) AS area FROM {0} AS h JOIN {1} AS p "
            "ON ST_Covers(h.geom, ST_PointOnSurface(p.geom)) GROUP BY h.source_key"
            ") AS filled WHERE filled.source_key = b.source_key AND filled.area >= ST_Area(b.geom) / 2",
            # Mappers who draw parts leave the height to them: the highest part is better than an estimate.
            "UPDATE {0} AS b SET height_m = top.height_m, height_source = top.height_source FROM ("
            "SELECT DISTINCT ON (h.source_key) h.source_key, p.height_m, p.height_source FROM {0} AS h JOIN {1} AS p "
            "ON ST_Covers(h.geom, ST_PointOnSurface(p.geom)) ORDER BY h.source_key, p.height_m DESC"
            ") AS top WHERE top.source_key = b.source_key AND b.has_parts AND b.height_source = 'estimated'",
        ),
    ),
    # OpenStreetMap has a metro station as an area, a point, or only as the places where the trains stop, one for each
    # direction, and often as several of them. Points give way to an area, or to the first of them, of the same name.
    "one_station": Derivation(
        ("stations",),
        (
            "DELETE FROM {0} AS s USING {0} AS o WHERE s.class = 'subway' AND o.class = s.class AND o.name = s.name "
            "AND s.source_key LIKE 'node/%' AND (o.source_key NOT LIKE 'node/%' OR o.source_key < s.source_key) "
            "AND ST_DWithin(s.geom::geography, o.geom::geography, 1000)",
        ),
    ),
    # Square metres on the ellipsoid.
    "farmland_area": Derivation(("farmland",), ("UPDATE {0} SET area_m2 = ST_Area(geom::geography)",)),
}


def derive(cursor: Cursor, names: tuple[str, ...], layers: tuple[Layer, ...]) -> None:
    """Compute the named values whose layers are all being loaded."""
    staged = {layer.id: stage_table(layer) for layer in layers}
    for name in names:
        derivation = DERIVATIONS[name]
        if all(needed in staged for needed in derivation.layers):
            for statement in derivation.statements:
                cursor.execute(sql.SQL(statement).format(*(staged[needed] for needed in derivation.layers)))
