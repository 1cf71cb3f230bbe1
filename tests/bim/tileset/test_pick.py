import numpy as np
import pytest
from boxes import box_body
from hypothesis import given
from hypothesis import strategies as st

from bim.tileset import Plane
from bim.tileset.pick import Ray, _entered, first_hit

inside = st.floats(0.05, 0.95)


def ray(start: tuple[float, float, float], end: tuple[float, float, float]) -> Ray:
    return Ray(np.array(start, float), np.array(end, float))


def triangles(size: tuple[float, float, float], at: tuple[float, float, float]) -> np.ndarray:
    body = box_body(size, at)
    return body.points[body.mesh.triangles]


@given(x=inside, y=inside, away=st.floats(1, 1e4))
def test_a_box_is_met_on_the_side_that_faces_the_eye(x: float, y: float, away: float) -> None:
    share = first_hit(ray((x, y, 1 + away), (x, y, -away)), triangles((1, 1, 1), (0, 0, 0)))
    assert share == pytest.approx(away / (1 + 2 * away), abs=1e-9)


def test_a_line_that_ends_before_the_box_meets_nothing() -> None:
    box = triangles((1, 1, 1), (10, 0, 0))
    assert first_hit(ray((0, 0.5, 0.5), (9.9, 0.5, 0.5)), box) is None
    assert first_hit(ray((0, 0.5, 0.5), (10.1, 0.5, 0.5)), box) is not None
    assert first_hit(ray((12, 0.5, 0.5), (20, 0.5, 0.5)), box) is None, "what lies behind the eye"


def test_what_is_cut_away_is_not_met() -> None:
    down = ray((0.5, 0.5, 5), (0.5, 0.5, -5))
    assert first_hit(down, triangles((1, 1, 3), (0, 0, 0))) == pytest.approx(0.2)
    assert first_hit(down, triangles((1, 1, 3), (0, 0, 0)), planes=[Plane.level(2.0)]) == pytest.approx(0.5), (
        "the floor, through the cut"
    )


def test_boxes_are_entered_in_order_and_missed_where_they_are_missed() -> None:
    boxes = np.array([[10, 0, 0, 11, 1, 1], [2, 0, 0, 3, 1, 1], [2, 5, 0, 3, 6, 1], [-5, 0, 0, -4, 1, 1]], float)
    entered = _entered(ray((0, 0.5, 0.5), (20, 0.5, 0.5)), boxes)
    assert entered[:2].tolist() == [0.5, 0.1]
    assert np.isinf(entered[2:]).all()


def test_an_eye_inside_a_box_has_entered_it() -> None:
    assert _entered(ray((0.5, 0.5, 0.5), (9, 9, 9)), np.array([[0, 0, 0, 1, 1, 1]], float)).tolist() == [0.0]
