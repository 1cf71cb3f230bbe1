"""Two bodies: whether they clash, how and how deep; boxes at random against interval arithmetic and linear programs."""

from typing import Any

import numpy as np
import pytest
import shapely
from boxes import box_body
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from prisms import moved, prism, together, turned, wall_with_opening
from scipy.optimize import linprog

from bim.clash import Clash, Solid, Tolerance, candidates, clash_of
from bim.model import Body
from layers.errors import ParameterError

CENTIMETRE = Tolerance(0.01)
SLANTED = (0.3, -0.5, 0.8)
L_SHAPE = shapely.Polygon([(0, 0), (4, 0), (4, 0.3), (0.3, 0.3), (0.3, 4), (0, 4)])


def clash(one: Body, two: Body, tolerance: Tolerance = CENTIMETRE) -> Clash | None:
    return clash_of(Solid.of(one), Solid.of(two), tolerance)


def kinds(one: Body, two: Body) -> set[str | None]:
    """Return the kinds that are found as they stand, slanted, far from the origin, and the other way round."""
    found = []
    far = np.eye(4)
    far[:3, 3] = (3e4, -2e4, 500.0)
    for degrees in (0.0, 33.0, 147.0):
        a, b = (moved(turned(body, degrees, SLANTED), far) for body in (one, two))
        found += [clash(a, b), clash(b, a)]
    assert not any(each.undecided for each in found if each)
    return {None if each is None else each.kind for each in found}


WALL = wall_with_opening((1.5, 0.0, 2.5, 2.1))


@pytest.mark.parametrize(
    ("one", "two", "kind"),
    [
        pytest.param(box_body(), box_body(at=(0.5, 0.5, 0.5)), "intersects", id="corners"),
        pytest.param(box_body((4, 0.2, 0.2)), box_body((0.2, 4, 0.2), (1, -1, 0)), "intersects", id="a cross"),
        pytest.param(box_body(), box_body(at=(0.5, 0, 0)), "intersects", id="coplanar sides"),
        pytest.param(box_body((4, 0.2, 3)), box_body((1, 0.2, 3), (1, 0, 0)), "contains", id="coplanar sides, inside"),
        pytest.param(box_body((4, 0.2, 3)), box_body((4, 0.2, 3)), "identical", id="twice"),
        pytest.param(box_body((4, 0.2, 3)), box_body((4, 0.205, 3), (0.004, 0, 0)), "identical", id="nearly twice"),
        pytest.param(box_body((1, 1, 0.003)), box_body((1, 1, 0.003)), "identical", id="a thin sheet twice"),
        pytest.param(box_body((1, 1, 0.009)), box_body((1, 1, 0.009), (0, 0, 0.009)), None, id="sheets touch"),
        pytest.param(box_body((4, 4, 3)), box_body((0.1, 0.1, 0.1), (1, 1, 1)), "contains", id="wholly inside"),
        pytest.param(box_body((4, 0.2, 3)), box_body((0.008, 2, 0.008), (1, -1, 1)), "intersects", id="a thin pipe"),
        pytest.param(box_body(), box_body(at=(1, 0, 0)), None, id="sides touch"),
        pytest.param(box_body(), box_body(at=(1, 1, 0.3)), None, id="edges touch"),
        pytest.param(box_body(), box_body(at=(1, 1, 1)), None, id="corners touch"),
        pytest.param(box_body(), box_body(at=(0.995, 0.2, 0.2)), None, id="by less than the tolerance"),
        pytest.param(box_body(), box_body(at=(0.98, 0.2, 0.2)), "intersects", id="by more than the tolerance"),
        pytest.param(WALL, box_body((1, 0.1, 2.1), (1.5, 0.05, 0)), None, id="a door in its opening"),
        pytest.param(WALL, box_body((1.05, 0.1, 2.1), (1.5, 0.05, 0)), "intersects", id="a door too wide"),
        pytest.param(WALL, box_body((0.4, 0.2, 2), (0.2, 0, 0.5)), "contains", id="a column in it"),
        pytest.param(prism(L_SHAPE, 3), box_body((3, 3, 3), (0.3, 0.3, 0)), None, id="in the corner of an L"),
        pytest.param(prism(L_SHAPE, 3), box_body((3, 3, 3), (0.25, 0.3, 0)), "intersects", id="over the side of an L"),
        pytest.param(prism(L_SHAPE, 3), prism(L_SHAPE, 3), "identical", id="an L twice"),
        pytest.param(
            together(box_body((3, 3, 3)), box_body((2, 2, 2), (0.5, 0.5, 0.5)), hollow=True),
            box_body((2, 2, 2), (0.5, 0.5, 0.5)), None, id="in a hollow that it fills",
        ),
        pytest.param(
            together(box_body((3, 3, 3)), box_body((2, 2, 2), (0.5, 0.5, 0.5)), hollow=True),
            box_body((2, 2, 2), (0.6, 0.5, 0.5)), "intersects", id="out of a hollow",
        ),
        pytest.param(
            together(box_body(), box_body(at=(3, 0, 0))), box_body(at=(3, 0, 0)), "contains", id="a part twice"
        ),
        pytest.param(
            together(box_body((1, 1, 1)), box_body((1, 1, 1), (1, 0, 0))), box_body((2, 1, 1)), "identical",
            id="in two parts",
        ),
    ],
)  # fmt: skip
def test_two_bodies(one: Body, two: Body, kind: str | None) -> None:
    assert kinds(one, two) == {kind}


def test_how_deep_and_where() -> None:
    found = clash(box_body((4, 0.2, 3)), box_body((4, 4, 0.3), (0, -2, 2.95)))
    assert found is not None
    assert found.depth_m == pytest.approx(0.05, abs=0.002)
    assert found.box == pytest.approx((0, 0, 2.95, 4, 0.2, 3.0))
    assert found.point[2] == pytest.approx(3.0)
    inside = clash(box_body((0.1, 0.1, 0.1), (1, 1, 1)), box_body((4, 4, 3)))
    assert inside is not None
    assert inside.inner == 0


def test_a_surface_without_volume_clashes_where_it_is_inside_a_body() -> None:
    sheet = box_body((1, 1, 1))
    open_one = Body(type(sheet.mesh)(
        sheet.mesh.vertices, sheet.mesh.triangles[:2], sheet.mesh.colors, sheet.mesh.color_of[:2]
    ), sheet.matrix)  # fmt: skip
    assert kinds(open_one, box_body((1, 1, 1), (0.5, 0.5, -0.5))) == {"intersects"}
    assert kinds(open_one, box_body((1, 1, 1), (0, 0, -1))) == {None}
    assert kinds(open_one, open_one) == {"identical"}


@pytest.mark.parametrize("metres", [0.0, 0.0005, 1.5, float("nan")])
def test_a_tolerance_that_shapes_are_not_exact_to_is_refused(metres: float) -> None:
    with pytest.raises(ParameterError, match="tolerance"):
        Tolerance(metres)


# Centimetres: sides are often in one plane, and no overlap is as large as the tolerance of 2.2 cm.
span = st.tuples(st.integers(-60, 60), st.integers(6, 60))
box = st.tuples(span, span, span)


def made(spans: Any) -> tuple[Body, np.ndarray]:
    low = np.array([start for start, _ in spans]) / 100
    size = np.array([length for _, length in spans]) / 100
    return box_body(tuple(size), tuple(low)), np.concatenate([low, low + size])


@settings(max_examples=400, deadline=None)
@given(one=box, two=box, degrees=st.sampled_from([0.0, 90.0, 17.0]))
@example(one=((0, 50),) * 3, two=((0, 50),) * 3, degrees=17.0)
@example(one=((0, 6), (0, 50), (0, 6)), two=((0, 6), (0, 52), (0, 8)), degrees=0.0)
@example(one=((0, 50),) * 3, two=((0, 50), (0, 50), (20, 50)), degrees=17.0)
def test_boxes_clash_where_they_overlap_by_more_than_the_tolerance_on_every_axis(
    one: Any, two: Any, degrees: float
) -> None:
    (first, a), (second, b) = made(one), made(two)
    overlap = np.minimum(a[3:], b[3:]) - np.maximum(a[:3], b[:3])
    expected = bool((overlap > 0.022).all())
    tolerance = Tolerance(0.022)
    found = clash(turned(first, degrees, SLANTED), turned(second, degrees, SLANTED), tolerance)
    assert (found is not None) == expected
    if expected:
        assert len(candidates(a[None], b[None], 0.022)) == 1, "no clash is lost before it is looked at"
        excess = [np.maximum(x[3:] - y[3:], y[:3] - x[:3]).max() for x, y in ((a, b), (b, a))]
        assert found is not None
        # A corner sticks out farther than each of the sides that meet there.
        if not any(0.015 < each < 0.035 for each in excess):
            assert found.kind == {0: "identical", 1: "contains", 2: "intersects"}[sum(each > 0.022 for each in excess)]


def room_in_common(one: Body, two: Body) -> float:
    """Return the radius of the largest ball inside two convex bodies, negative where there is none."""
    planes = []
    for body in (one, two):
        corners = body.points[body.mesh.triangles]
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normal /= np.linalg.norm(normal, axis=1)[:, None]
        planes.append(np.column_stack([normal, np.ones(len(normal)), np.einsum("ij,ij->i", normal, corners[:, 0])]))
    rows = np.concatenate(planes)
    found = linprog([0, 0, 0, -1], rows[:, :4], rows[:, 4], bounds=[(None, None)] * 4)
    return float(found.x[3])


@settings(max_examples=150, deadline=None)
@given(one=box, two=box, first=st.floats(0, 180), second=st.floats(0, 180))
def test_slanted_boxes_clash_where_a_ball_fits_into_both(one: Any, two: Any, first: float, second: float) -> None:
    a, b = turned(made(one)[0], first, SLANTED), turned(made(two)[0], second, (1.0, 0.2, 0.1))
    room = room_in_common(a, b)
    assume(room < 0 or room > 0.02)
    assert (clash(a, b) is not None) == (room > 0.02)


def test_pairs_of_boxes_are_all_that_reach_into_each_other() -> None:
    rng = np.random.default_rng(7)
    low = rng.uniform(0, 20, (300, 3))
    boxes = np.concatenate([low, low + rng.uniform(0.1, 3, (300, 3))], axis=1)
    found = {tuple(pair) for pair in candidates(boxes, None, 0.01).tolist()}
    way = np.minimum(boxes[:, None, 3:] - boxes[None, :, :3], boxes[None, :, 3:] - boxes[:, None, :3]).min(axis=2)
    assert found == {(i, j) for i, j in np.argwhere(way > 0.01).tolist() if i < j}
    assert len(candidates(boxes[:0], boxes, 0.01)) == 0
