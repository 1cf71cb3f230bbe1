"""Values that can only be told once all rows of a load are there, worked out on the staging tables."""

from dataclasses import dataclass
from typing import LiteralString

from psycopg import sql

from layers.base import Layer
from layers.ingest.stage import Cursor, stage_table


@dataclass(frozen=True)
class Derivation:
    """A statement over the staging tables of ``layers``, which stand in it as {0}, {1} and so on."""

    layers: tuple[str, ...]
    statements: tuple[LiteralString, ...]


DERIVATIONS = {
    # OpenStreetMap's Simple 3D Buildings: a building in which parts stand is drawn by its parts.
    "has_parts": Derivation(
        ("buildings", "building_parts"),
        (
            "CREATE INDEX ON {0} USING gist (geom)",
            "UPDATE {0} AS b SET has_parts = true FROM {1} AS p WHERE ST_Covers(b.geom, ST_PointOnSurface(p.geom))",
        ),
    ),
    # Square metres on the ellipsoid.
    "farmland_area": Derivation(("farmland",), ("UPDATE {0} SET area_m2 = ST_Area(geom::geography)",)),
}


def derive(cursor: Cursor, names: tuple[str, ...], layers: tuple[Layer, ...]) -> None:
    """Work out the named values where all the layers that they need are being loaded."""
    staged = {layer.id: stage_table(layer) for layer in layers}
    for name in names:
        derivation = DERIVATIONS[name]
        if all(needed in staged for needed in derivation.layers):
            for statement in derivation.statements:
                cursor.execute(sql.SQL(statement).format(*(staged[needed] for needed in derivation.layers)))
