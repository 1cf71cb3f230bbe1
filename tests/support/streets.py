"""Two subdistricts, side by side along 31.222° N, for tests of people who are bound to one."""

from sqlalchemy import text

from layers.store.engine import Database

NORTH, SOUTH = "310115005", "310115004"
_INSERT = text("""
INSERT INTO onemap.boundaries (name, class, admin_level, division_code, source_key, dataset, geom) VALUES
('北街道', 'administrative', 8, '310115005', 'north', 'test',
 ST_Multi(ST_MakeEnvelope(121.49, 31.2221, 121.53, 31.25, 4490))),
('南街道', 'administrative', 8, '310115004', 'south', 'test',
 ST_Multi(ST_MakeEnvelope(121.49, 31.19, 121.53, 31.222, 4490)))
""")


def add_streets(database: Database) -> None:
    """Insert both subdistricts into the layer boundaries."""
    with database.owner.begin() as connection:
        connection.execute(_INSERT)
