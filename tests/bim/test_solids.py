"""Volumes, surfaces and footprints of meshes."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bim.model import Body, Mesh
from bim.solids import facing_out, footprint, solid_of, surface_area, volume

CORNERS = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], np.float64)
SIDES = np.array(
    [[0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4], [2, 6, 7], [2, 7, 3], [0, 4, 6], [0, 6, 2],
     [1, 3, 7], [1, 7, 5]], np.int32,
)  # fmt: skip


def mesh(vertices: NDArray[np.float64], triangles: NDArray[np.int32]) -> Mesh:
    return Mesh(
        np.asarray(vertices, np.float64),
        np.asarray(triangles, np.int32).reshape(-1, 3),
        np.ones((1, 4), np.float32),
        np.zeros(len(triangles), np.int32),
    )


def box(size: tuple[float, float, float], at: tuple[float, float, float] = (0, 0, 0)) -> Mesh:
    return mesh(CORNERS * size + at, SIDES)


def both(first: Mesh, second: Mesh) -> Mesh:
    return mesh(
        np.vstack([first.vertices, second.vertices]),
        np.vstack([first.triangles, second.triangles + len(first.vertices)]),
    )


sizes = st.tuples(*[st.floats(0.01, 100)] * 3)
places = st.tuples(*[st.floats(-1e6, 1e6)] * 3)


@given(sizes, places)
def test_a_box_anywhere_has_the_volume_and_the_surface_of_a_box(size: tuple, at: tuple) -> None:
    x, y, z = size
    assert volume(box(size, at)) == pytest.approx(x * y * z, rel=1e-5)
    assert surface_area(box(size, at)) == pytest.approx(2 * (x * y + y * z + z * x), rel=1e-5)


def test_vertices_that_each_triangle_has_for_itself_are_welded() -> None:
    cube = box((2, 2, 2))
    torn = mesh(cube.vertices[cube.triangles].reshape(-1, 3), np.arange(36).reshape(-1, 3))
    assert volume(torn) == pytest.approx(8)


def test_vertices_to_both_sides_of_the_border_of_a_cell_are_welded_too() -> None:
    cube = box((2, 2, 2))
    corners = cube.vertices[cube.triangles].reshape(-1, 3)
    shaken = corners + np.where(np.arange(len(corners))[:, None] % 2, 1e-9, -1e-9)
    assert volume(mesh(shaken, np.arange(36).reshape(-1, 3))) == pytest.approx(8, rel=1e-6)


def test_two_shells_add_up_and_a_hollow_is_taken_off() -> None:
    outer, inner = box((4, 4, 4)), box((1, 1, 1), (1, 1, 1))
    assert volume(both(outer, box((2, 2, 2), (10, 0, 0)))) == pytest.approx(72)
    assert volume(both(outer, mesh(inner.vertices, inner.triangles[:, ::-1]))) == pytest.approx(63)


def test_boxes_that_touch_along_an_edge_are_closed() -> None:
    assert volume(both(box((1, 1, 1)), box((1, 1, 1), (1, 1, 0)))) == pytest.approx(2)


@pytest.mark.parametrize("side", range(12))
def test_a_box_without_one_triangle_is_open(side: int) -> None:
    cube = box((1, 1, 1))
    found = solid_of(mesh(cube.vertices, np.delete(cube.triangles, side, axis=0)))
    assert (found.volume, found.reason) == (None, "open")


@pytest.mark.parametrize("side", range(12))
def test_a_box_with_one_triangle_turned_over_is_inconsistent(side: int) -> None:
    cube = box((1, 1, 1), (5e5, 3e6, 0))
    triangles = cube.triangles.copy()
    triangles[side] = triangles[side][::-1]
    assert solid_of(mesh(cube.vertices, triangles)).reason == "inconsistent"


def test_a_box_inside_out_has_no_volume_and_is_put_right() -> None:
    cube = box((1, 1, 1))
    reversed_ = mesh(cube.vertices, cube.triangles[:, ::-1])
    assert solid_of(reversed_).reason == "inconsistent"
    assert volume(mesh(cube.vertices, facing_out(reversed_.vertices, reversed_.triangles))) == pytest.approx(1)
    assert facing_out(cube.vertices, cube.triangles) is cube.triangles


@pytest.mark.parametrize("triangles", [np.empty((0, 3)), np.array([[0, 0, 1]]), np.array([[0, 1, 0], [2, 2, 2]])])
def test_nothing_and_lines_are_empty(triangles: NDArray[np.int32]) -> None:
    assert solid_of(mesh(CORNERS, triangles)).reason == "empty"


def test_a_footprint_is_what_is_covered_in_the_frame_of_the_model() -> None:
    turned = np.array([[0, -1, 0, 10], [1, 0, 0, 20], [0, 0, 1, 5], [0, 0, 0, 1]], np.float64)
    found = footprint(Body(box((4, 2, 3)), turned))
    assert found.equals(shapely.box(8, 20, 10, 24))


def test_parts_apart_give_several_polygons_and_a_table_covers_what_is_below_it() -> None:
    legs = both(box((0.1, 0.1, 1)), box((0.1, 0.1, 1), (2, 0, 0)))
    assert shapely.get_num_geometries(footprint(Body(legs, np.eye(4)))) == 2
    table = both(legs, box((3, 1, 0.1), (0, 0, 1)))
    assert footprint(Body(table, np.eye(4))).area == pytest.approx(3)


def test_an_open_surface_covers_what_it_covers_whichever_side_is_up() -> None:
    square = np.array([[0, 1, 3], [0, 3, 2]])
    for triangles in (square, square[:, ::-1], np.vstack([square[:1], square[1:, ::-1]])):
        assert footprint(Body(mesh(CORNERS, triangles), np.eye(4))).area == pytest.approx(1)


@pytest.mark.parametrize(
    "triangles", [[[0, 1, 5], [0, 5, 4]], [[0, 4, 4]], [[0, 0, 0]]], ids=["on edge", "a rod", "a point"]
)
def test_what_covers_nothing_gets_a_thin_valid_polygon(triangles: list[list[int]]) -> None:
    found = footprint(Body(mesh(CORNERS, np.array(triangles)), np.eye(4)))
    assert found.is_valid
    assert found.geom_type == "Polygon"
    assert 0 < found.area < 0.003
    assert found.distance(shapely.Point(0, 0)) == 0


@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_footprints_of_any_triangles_are_valid_and_cover_them(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    vertices = random.normal(size=(30, 3)) * 10 ** random.uniform(-4, 2)
    body = Body(mesh(vertices, random.integers(0, 30, (count, 3))), np.eye(4))
    found = footprint(body)
    assert found.is_valid
    assert not found.is_empty
    largest = max(shapely.polygons(body.points[body.mesh.triangles][:, :, :2]), key=shapely.area)
    assert found.buffer(0.01).covers(largest)
