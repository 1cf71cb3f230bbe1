"""Covers and children in the database are those of Python, to the last cell."""

import numpy as np
import pytest
import shapely
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from layers.space.grids.beidou import BEIDOU
from layers.space.grids.geosot import GEOSOT

GRIDS = {"beidou": BEIDOU, "geosot": GEOSOT}
LUJIAZUI = shapely.Polygon([(121.49, 31.23), (121.52, 31.228), (121.515, 31.25), (121.50, 31.245)])
SHAPES = {
    "a polygon": LUJIAZUI,
    "with a hole": LUJIAZUI.difference(shapely.box(121.5, 31.235, 121.508, 31.24)),
    "a line": shapely.LineString([(121.49, 31.23), (121.52, 31.245), (121.5, 31.26)]),
    "along lines of the lattice": shapely.LineString([(121.5, 31.2), (121.5, 31.25), (121.55, 31.25)]),
    "a cell itself": shapely.box(121.5, 31.25, 121.5 + 1 / 60, 31.25 + 1 / 60),
    "points": shapely.MultiPoint([(121.5, 31.25), (121.4999999999, 31.2), (0, 0), (-0.5, -10)]),
    "about zero": shapely.Polygon([(-0.011, -0.013), (0.017, -0.009), (0.012, 0.02), (-0.015, 0.008)]),
    "a line over zero": shapely.LineString([(-0.02, -0.01), (0.02, 0.015)]),
    "many parts": shapely.GeometryCollection([LUJIAZUI, shapely.Point(121.6, 31.3), shapely.box(0, 0, 0.1, 0.1)]),
    "a sliver": shapely.box(121.5 - 1e-10, 31.21, 121.5 + 1e-10, 31.215),
}  # fmt: skip
LEVELS = {"beidou": (3, 4, 5, 6), "geosot": (9, 13, 15, 16, 18, 19)}


def cover(tx: Connection, name: str, shape: shapely.Geometry, level: int, most: int = 100_000) -> list[str]:
    query = text(f"SELECT onemap.{name}_cover(ST_SetSRID(CAST(:wkb AS geometry), 4490), :level, :most)")
    return list(tx.execute(query, {"wkb": shape.wkb_hex, "level": level, "most": most}).scalars())


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("name", GRIDS)
def test_a_geometry_has_the_same_cover(tx: Connection, name: str, kind: str) -> None:
    for level in LEVELS[name]:
        assert cover(tx, name, SHAPES[kind], level) == GRIDS[name].cover(SHAPES[kind], level).tolist(), level


@pytest.mark.parametrize("name", GRIDS)
def test_random_triangles_have_the_same_cover(tx: Connection, name: str) -> None:
    random = np.random.default_rng(4)
    level = {"beidou": 5, "geosot": 17}[name]
    for corner in random.uniform((-179, -80), (179, 80), (40, 2)):
        shape = shapely.Polygon(corner + random.uniform(-0.01, 0.01, (3, 2)))
        assert cover(tx, name, shape, level) == GRIDS[name].cover(shape, level).tolist()


@pytest.mark.parametrize("name", GRIDS)
def test_cells_of_each_level_have_the_same_children(tx: Connection, name: str) -> None:
    grid = GRIDS[name]
    places = [(121.5, 31.25), (-121.51, -31.2), (179.99, 87.9), (-0.001, 0.001), (121.98, 31.99)]
    for level in list(grid.levels)[:-1]:
        codes = grid.encode(*zip(*places, strict=True), level).tolist()
        rows = "unnest(CAST(:codes AS text[])) WITH ORDINALITY AS o(c, n)"
        query = text(f"SELECT onemap.{name}_children(c) FROM {rows} ORDER BY n")
        assert list(tx.execute(query, {"codes": codes}).scalars()) == [grid.children(code).tolist() for code in codes]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("beidou_cover(ST_GeomFromText('POLYGON EMPTY', 4490), 5)", "is empty"),
        ("beidou_cover(ST_MakeEnvelope(121, 31, 122, 32, 4490), 6)", "cells of this level"),
        ("geosot_cover(ST_GeomFromText('POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))', 4490), 5)", "is not valid"),
        ("beidou_children('N51H36204001233114140')", "level"),
        ("geosot_children('G4')", "GeoSOT"),
    ],
)
def test_what_has_no_cover_or_children_is_told(tx: Connection, call: str, said: str) -> None:
    with pytest.raises(DBAPIError, match=said):
        tx.execute(text(f"SELECT onemap.{call}"))
