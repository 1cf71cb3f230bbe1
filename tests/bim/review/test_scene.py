"""Scenes: where their triangles are, whose they are, and what is taken out and put in."""

import numpy as np
import pytest
import shapely
from blocks import ANCHOR, FRAME, blocks, on_the_map, town
from hypothesis import given
from hypothesis import strategies as st

from bim.review import Prisms, Rays, Scene, to_plane
from layers.errors import InputError

UP, DOWN = np.array([[0.0, 0.0, 1.0]]), np.array([[0.0, 0.0, -1.0]])
TRIANGLE = np.array([[-5.0, -5.0, 30.0], [5.0, -5.0, 30.0], [0.0, 5.0, 30.0]])


def met(scene: Scene, x: float, y: float) -> str:
    """Return whose roof is seen from above."""
    (found,) = scene.rays.first(np.array([[x, y, 5000.0]]), DOWN).triangle
    return "" if found < 0 else str(scene.owners[found])


def test_a_ray_from_above_meets_the_roof_at_its_height() -> None:
    scene = Scene.of(blocks([shapely.box(-10, -10, 10, 10)], [42.5]), ANCHOR)
    found = scene.rays.first(np.array([[0.0, 0.0, 100.0], [11.0, 0.0, 100.0]]), np.repeat(DOWN, 2, axis=0))
    assert found.distance == pytest.approx([57.5, np.inf], abs=1e-3)


def test_triangles_know_whose_they_are() -> None:
    scene = Scene.of(blocks([shapely.box(-30, 0, -20, 10), shapely.box(20, 0, 30, 10)], [20, 30]), ANCHOR)
    assert (met(scene, -25, 5), met(scene, 25, 5), met(scene, 0, 5)) == ("buildings/0", "buildings/1", "")


def test_a_building_is_taken_out_and_another_put_in_its_place() -> None:
    scene = Scene.of(blocks([shapely.box(-10, -10, 10, 10), shapely.box(20, 0, 30, 10)], [20, 30]), ANCHOR)
    changed = scene.without(["buildings/0"]).with_mesh("schemes/a", TRIANGLE, np.array([[0, 1, 2]]))
    assert met(changed, 0, 0) == "schemes/a"
    assert met(changed, 25, 5) == "buildings/1"
    assert met(changed, -9, -9) == ""
    assert met(scene, 0, 0) == "buildings/0", "the scene before is as it was"


def test_what_has_nothing_in_it_lets_every_ray_pass() -> None:
    for scene in (Scene.empty(ANCHOR), Scene.of(blocks([], []), ANCHOR)):
        assert not scene.rays.blocked(np.zeros((2, 3)), np.repeat(UP, 2, axis=0)).any()
        assert scene.rays.first(np.zeros((1, 3)), UP).triangle.tolist() == [-1]


def test_a_scene_that_does_not_fit_together_is_refused() -> None:
    with pytest.raises(InputError, match="an owner for each triangle"):
        Scene(ANCHOR, TRIANGLE, np.array([[0, 1, 2]]), np.empty(0, np.str_))
    with pytest.raises(InputError, match="none of the 3"):
        Scene.empty(ANCHOR).with_mesh("a", TRIANGLE, np.array([[0, 1, 3]]))
    with pytest.raises(InputError, match="finite"):
        Scene.empty(ANCHOR).with_mesh("a", TRIANGLE * np.nan, np.array([[0, 1, 2]]))


def test_rays_far_from_the_origin_start_off_a_face_as_they_do_near_it() -> None:
    # At map coordinates single precision has steps of 3 cm.
    far = np.array([351_000.0, 3_460_000.0, 0.0])
    rng = np.random.default_rng(1)
    starts = np.column_stack([rng.uniform(-4, 4, 500), rng.uniform(-5, -4, 500), np.full(500, 30.001)])
    assert not Rays(TRIANGLE + far, np.array([[0, 1, 2]])).blocked(starts + far, np.repeat(UP, 500, axis=0)).any()
    below = starts - [0, 0, 0.002]
    inside = np.abs(starts[:, 0]) < 4
    assert Rays(TRIANGLE + far, np.array([[0, 1, 2]])).blocked(below + far, np.repeat(UP, 500, axis=0))[inside].all()


def test_no_ray_slips_out_of_a_closed_solid_through_its_edges_and_corners() -> None:
    scene = Scene.of(blocks([shapely.box(2000, 2000, 2020, 2020)], [30.0]), ANCHOR)
    rng = np.random.default_rng(4)
    middle = np.append((scene.vertices.min(axis=0) + scene.vertices.max(axis=0))[:2] / 2, 15.0)
    corners = scene.vertices[scene.triangles[rng.integers(0, len(scene.triangles), 20_000)]]
    share = rng.random((len(corners), 1))
    starts = middle + rng.uniform(-5, 5, (len(corners), 3))
    for through in (corners[:, 0], corners[:, 0] * share + corners[:, 1] * (1 - share)):
        assert scene.rays.blocked(starts, through - starts).all()


def test_more_rays_than_are_cast_at_once_come_back_in_order() -> None:
    scene = Scene.of(town(30), ANCHOR)
    rng = np.random.default_rng(2)
    starts = np.column_stack([rng.uniform(-120, 120, (300_000, 2)), np.full(300_000, 200.0)])
    together = scene.rays.blocked(starts, np.repeat(DOWN, len(starts), axis=0))
    some = rng.choice(len(starts), 200)
    one_by_one = [scene.rays.blocked(starts[i : i + 1], DOWN)[0] for i in some]
    assert together[some].tolist() == one_by_one


def test_pairs_of_places_and_directions_are_free_where_their_rays_meet_nothing() -> None:
    scene = Scene.of(town(30), ANCHOR)
    rng = np.random.default_rng(3)
    starts = np.column_stack([rng.uniform(-120, 120, (700, 2)), rng.uniform(0, 50, 700)])
    ways = np.column_stack([rng.normal(size=(250, 2)), rng.uniform(0, 1, 250)])
    asked = rng.random((700, 250)) < 0.7
    pairs = np.nonzero(asked)
    expected = np.zeros_like(asked)
    expected[pairs] = ~scene.rays.blocked(starts[pairs[0]], ways[pairs[1]])
    assert (scene.rays.free(starts, ways, asked) == expected).all()
    assert (Scene.empty(ANCHOR).rays.free(starts, ways, asked) == asked).all()


def test_heights_are_scaled_over_the_ground() -> None:
    prisms = Prisms.of([on_the_map(shapely.box(0, 0, 10, 10))], [10.0], [30.0], ["buildings/0"]).scaled(1.1)
    assert (prisms.base.tolist(), prisms.top.tolist()) == ([11.0], [pytest.approx(33.0)])


@given(st.floats(-5000, 5000), st.floats(-5000, 5000))
def test_places_in_the_plane_and_on_the_map_are_the_same(x: float, y: float) -> None:
    point = shapely.Point(x, y)
    back = to_plane(on_the_map(point), FRAME)
    assert back.distance(point) < 1e-6
