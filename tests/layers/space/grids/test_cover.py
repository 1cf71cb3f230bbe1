"""Covers of areas, lines and points by cells, and what every grid has in common."""

import h3
import numpy as np
import pytest
import shapely
from grid_points import random_points
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import NotFound, ParameterError
from layers.space.grids.beidou import BEIDOU
from layers.space.grids.geosot import GEOSOT
from layers.space.grids.h3 import H3
from layers.space.grids.registry import GRIDS, grid_named

# A level of each grid with cells of about a kilometre.
KILOMETRE = {"beidou": 4, "geosot": 15, "h3": 8}
PLACES = [(121.5, 31.23), (-0.01, 0.01), (-70.6, -33.4)]
each_grid = pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)


def star(x: float, y: float, radii: list[float]) -> shapely.Polygon:
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    return shapely.Polygon(np.column_stack([x + np.cos(angles) * radii, y + np.sin(angles) * radii]))


@each_grid
@pytest.mark.parametrize("place", PLACES)
@settings(deadline=None)
@given(radii=st.lists(st.floats(0.003, 0.06), min_size=3, max_size=9), seed=st.integers(0, 99))
def test_a_cover_covers_and_has_nothing_more(grid, place, radii, seed):
    area = star(*place, radii)
    level = KILOMETRE[grid.name]
    codes = grid.cover(area, level)
    outlines = grid.outline(codes)
    assert (codes == np.unique(codes)).all()
    assert shapely.union_all(outlines).buffer(1e-9).covers(area)
    assert shapely.intersects(outlines, area).all()
    west, south, east, north = area.bounds
    points = np.random.default_rng(seed).uniform((west, south), (east, north), (200, 2))
    points = points[shapely.contains_xy(area, points)]
    assert np.isin(grid.encode(points[:, 0], points[:, 1], level), codes).all()


@pytest.mark.parametrize("grid", [BEIDOU, GEOSOT], ids=["beidou", "geosot"])
@pytest.mark.parametrize("place", PLACES)
def test_a_cell_is_covered_by_itself_and_by_its_children(grid, place):
    level = KILOMETRE[grid.name]
    (code,) = grid.encode(*place, level).tolist()
    (cell,) = grid.outline(code)
    assert grid.cover(cell, level).tolist() == [code]
    assert grid.cover(cell, level + 1).tolist() == grid.children(code).tolist()
    assert grid.cover(cell, level - 1).tolist() == grid.parent(code).tolist()


@pytest.mark.parametrize("grid", [BEIDOU, GEOSOT], ids=["beidou", "geosot"])
@pytest.mark.parametrize(("lon", "lat"), [(121.5, 31.25), (-70.5, -33.25), (0.0, 0.0)])
def test_a_line_along_a_seam_lies_in_the_cells_that_its_points_have(grid, lon, lat):
    level = KILOMETRE[grid.name]
    along = np.linspace(0, 0.1, 1000)
    found = grid.cover(shapely.LineString([(lon, lat), (lon, lat + 0.1)]), level)
    assert found.tolist() == np.unique(grid.encode(np.full(1000, lon), lat + along, level)).tolist()
    found = grid.cover(shapely.LineString([(lon, lat), (lon + 0.1, lat)]), level)
    assert found.tolist() == np.unique(grid.encode(lon + along, np.full(1000, lat), level)).tolist()


@each_grid
def test_parts_of_a_collection_are_covered_each(grid):
    level = KILOMETRE[grid.name]
    parts = [
        shapely.Point(121.5, 31.2),
        shapely.LineString([(121.6, 31.2), (121.64, 31.23)]),
        star(121.7, 31.1, [0.01] * 5),
        shapely.MultiPoint([(-100, 31), (100, -31)]),
    ]
    found = set(grid.cover(shapely.GeometryCollection(parts), level).tolist())
    assert found == {code for part in parts for code in grid.cover(part, level).tolist()}
    assert set(grid.encode([121.5, 121.6, 121.64, -100, 100], [31.2, 31.2, 31.23, 31, -31], level)) < found


@each_grid
def test_a_line_is_covered(grid):
    line = shapely.LineString([(121.4, 31.2), (121.45, 31.21), (121.5, 31.15)])
    outlines = grid.outline(grid.cover(line, KILOMETRE[grid.name]))
    assert shapely.union_all(outlines).buffer(1e-9).covers(line)
    assert shapely.intersects(outlines, line).all()


@each_grid
def test_too_many_cells_are_refused_with_how_many_there_would_be(grid):
    area = star(121.5, 31.2, [0.4] * 8)
    level = KILOMETRE[grid.name]
    count = len(grid.cover(area, level))
    assert len(grid.cover(area, level, most=count)) == count
    with pytest.raises(ParameterError, match=rf"level: a cover by {grid.name} cells .* at least \d+ cells, and 50 are"):
        grid.cover(area, level, most=50)
    sliver = shapely.box(121.5, 30, 121.5 + 1e-6, 35)
    for shape in (area, area.boundary, sliver):
        with pytest.raises(ParameterError, match="take a coarser level or a smaller area"):
            grid.cover(shape, grid.levels[-1])


@each_grid
@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        (shapely.Polygon(), "is empty"),
        (shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1), (0, 0)]), "is not valid: Self-intersection"),
    ],
)
def test_what_has_no_cover_is_refused(grid, geometry, words):
    with pytest.raises(ParameterError, match=f"geometry: {words}"):
        grid.cover(geometry, 3)


def test_many_parts_that_share_cells_count_once():
    rng = np.random.default_rng(7)
    places = rng.uniform((121.5, 31.2), (121.52, 31.22), (3000, 2))
    dots = shapely.MultiPoint(places)
    found = set(BEIDOU.encode(*places.T, 4).tolist())
    assert set(BEIDOU.cover(dots, 4, most=len(found)).tolist()) == found
    lines = shapely.multilinestrings([[place, place + 1e-4] for place in places])
    assert found <= set(BEIDOU.cover(lines, 4, most=9).tolist())


def test_a_cover_reaches_to_the_last_latitude_and_not_beyond():
    codes = BEIDOU.cover(shapely.box(120, 84, 126, 88), 1)
    assert codes.tolist() == ["N51V"]
    with pytest.raises(ParameterError, match=r"latitude: 88\.5"):
        BEIDOU.cover(shapely.box(120, 84, 126, 88.5), 1)
    assert BEIDOU.cover(shapely.box(174, -88, 180, -84), 1).tolist() == ["S60V"]
    assert len(GEOSOT.cover(shapely.box(-180, -90, 180, 90), 5)) == 24 * 12


def test_an_area_with_a_hole_leaves_the_hole_out():
    ring = shapely.Point(121.5, 31.2).buffer(0.2).difference(shapely.Point(121.5, 31.2).buffer(0.15))
    codes = BEIDOU.cover(ring, 4)
    assert BEIDOU.encode(121.5, 31.2, 4)[0] not in codes
    assert len(codes) < len(BEIDOU.cover(shapely.Polygon(ring.exterior), 4))


def test_a_sliver_along_a_line_has_a_cell_all_the_same():
    assert BEIDOU.cover(shapely.box(121.5, 31.2, 121.5 + 5e-10, 31.21), 2).tolist() == ["N51H36"]


@each_grid
def test_all_grids_do_the_same(grid):
    assert grid_named(grid.name) is grid
    level = KILOMETRE[grid.name]
    codes = grid.encode([121.5, -70.6], [31.2, -33.4], level)
    assert grid.level_of(codes).tolist() == [level, level]
    assert shapely.contains_xy(grid.outline(codes), grid.centre(codes)).all()
    assert grid.parent(codes, level - 2).tolist() == grid.parent(grid.parent(codes)).tolist()
    assert codes[0] in grid.children(str(grid.parent(codes)[0]))
    assert all(grid.check(code) is None for code in codes.tolist())
    assert grid.parent(codes, level).tolist() == codes.tolist()


def test_a_grid_of_another_name_is_not_found():
    with pytest.raises(NotFound, match="there is no grid 's2'; use beidou, geosot, h3"):
        grid_named("s2")


def test_codes_of_h3_are_those_of_its_library():
    lon, lat = random_points(2000, 90)
    for level in H3.levels:
        expected = [h3.latlng_to_cell(y, x, level) for x, y in zip(lon, lat, strict=True)]
        assert H3.encode(lon, lat, level).tolist() == expected


def test_cells_of_h3():
    assert H3.encode(121.5010, 31.2335, 10).tolist() == ["8a309958a657fff"]
    assert len(H3.children("8a309958a657fff")) == 7
    around = H3.neighbours("8a309958a657fff")
    assert len(around) == 6
    assert all("8a309958a657fff" in H3.neighbours(code) for code in around.tolist())
    assert len(H3.neighbours("820807fffffffff")) == 5


def test_cells_of_h3_fill_the_globe_over_the_antimeridian_and_at_the_poles():
    lon, lat = np.meshgrid(np.linspace(-180, 180, 721), np.linspace(-90, 90, 361))
    outlines = H3.outline(np.unique(H3.encode(lon.ravel(), lat.ravel(), 1)))
    assert shapely.is_valid(outlines).all()
    assert len(outlines) == 842
    assert shapely.area(outlines).sum() == pytest.approx(360 * 180, rel=1e-3)
    assert shapely.union_all(outlines).area == pytest.approx(360 * 180, rel=1e-3)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("8A309958a657fff", "character 2 is 'A'"),
        ("8a309958a657ff", "14 characters; H3 codes have 15"),
        ("000000000000000", "no index of an H3 cell"),
    ],
)
def test_a_check_of_h3_tells_what_is_wrong(code, words):
    assert words in str(H3.check(code))
    with pytest.raises(ParameterError, match=words):
        H3.outline([code])


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (0, 91), (float("nan"), 0)])
def test_h3_refuses_what_is_no_place(lon, lat):
    with pytest.raises(ParameterError, match="number 1"):
        H3.encode(lon, lat, 5)
