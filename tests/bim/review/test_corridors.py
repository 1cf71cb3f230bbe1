"""How much of a protected view is obstructed, against plans by hand."""

import numpy as np
import pytest
from designs import PLACE, box
from hypothesis import given, settings
from hypothesis import strategies as st

from bim.review import Corridor, Prisms, Scene, facade_points, view_along, width_of
from bim.review.facades import Placing
from layers.errors import InputError
from layers.title import Title

NAMED = Title("视廊", "corridor")


def at(x: float, y: float) -> tuple[float, float]:
    spot = box(x - 1, y - 1, x + 1, y + 1).centroid
    return spot.x, spot.y


def corridor(**more: object) -> Corridor:
    """Return the view from a place at the ground to a window of 40 m, from the ground up, 400 m to the north."""
    told = {"base_m": 0.0, "top_m": 80.0, "width_m": 40.0, "permitted_pct": 10.0, "eye_m": 0.0} | more
    return Corridor("c", NAMED, at(0, 0), at(0, 400), **told)  # type: ignore[arg-type]


def blocks(*given: tuple[float, float, float, float, float]) -> Prisms:
    return Prisms.of(
        [box(*sides) for *sides, _ in given], [0.0] * len(given), [top for *_, top in given],
        [f"buildings/{number}" for number in range(len(given))],
    )  # fmt: skip


def seen(one: Corridor, prisms: Prisms, aside_m: float = 0.0) -> float:
    return view_along(Scene.of(prisms, PLACE), one, prisms, aside_m).obstructed_pct


def test_a_block_hides_what_is_behind_it_by_the_rule_of_three() -> None:
    assert seen(corridor(), blocks()) == 0.0
    # At half the way a wall of 20 m hides the lower half, all across.
    wall = blocks((-50, 200, 50, 210, 20))
    assert seen(corridor(), wall) == pytest.approx(50, abs=1.3)
    # One that reaches to the middle of the view hides the left half of that.
    half = view_along(Scene.of(blocks((-50, 200, 0, 210, 20)), PLACE), corridor(), blocks())
    assert half.obstructed_pct == pytest.approx(25, abs=1.3)
    assert half.by == "buildings/0"
    assert half.cells_pct == pytest.approx(100 / 82)
    assert seen(corridor(), blocks((-50, 500, 50, 510, 300))) == 0.0, "behind the target"


def test_a_view_that_is_taken_aside_sees_past_the_block() -> None:
    post = blocks((-30, 200, 0, 210, 100))
    assert seen(corridor(width_m=0.0), blocks((-1, 200, 1, 210, 100))) == 100.0
    assert seen(corridor(), post, -5.0) < seen(corridor(), post) < seen(corridor(), post, 5.0)


def test_an_angle_is_a_width_at_the_target() -> None:
    assert width_of(90.0, 100.0) == pytest.approx(200.0)
    assert corridor().length_m == pytest.approx(400, rel=1e-5)


def test_the_facades_of_a_landmark_are_the_view() -> None:
    landmark = blocks((-20, 395, 20, 420, 80))
    one = corridor(landmark=landmark)
    alone = Scene.of(landmark, PLACE)
    assert view_along(alone, one, landmark).obstructed_pct == 0.0
    front = blocks((-50, 200, 50, 210, 20))
    found = view_along(alone.with_prisms(Prisms.of(front.outlines, [0.0], [20.0], ["design/x"])), one, landmark)
    assert found.obstructed_pct == pytest.approx(50, abs=6)
    assert found.by == "design/x"
    assert len(facade_points(landmark, Placing(1.0, 4.0, 4.0, all_storeys=True), alone.frame)) > 100


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"top_m": -1.0}, "ends below its base"), ({"base_m": 90.0}, "ends below its base"),
        ({"eye_m": -3.0}, "ground"), ({"width_m": 5000.0}, "width"), ({"permitted_pct": 101.0}, "permits"),
    ],
)  # fmt: skip
def test_what_is_no_view_is_refused(more: dict[str, float], says: str) -> None:
    with pytest.raises(InputError, match=says):
        corridor(**more)
    with pytest.raises(InputError, match="10 km"):
        Corridor("c", NAMED, at(0, 0), (PLACE[0] + 1, PLACE[1]), 0.0, 1.0, 0.0, 0.0)


SIDE = st.floats(-60, 60)


@settings(max_examples=40, deadline=None)
@given(SIDE, st.floats(20, 380), st.floats(1, 40), st.floats(1, 200))
def test_more_blocks_never_open_a_view(west: float, south: float, size: float, top: float) -> None:
    first = (-15.0, 180.0, 5.0, 190.0, 15.0)
    fewer, more = (
        seen(corridor(), blocks(first)),
        seen(corridor(), blocks(first, (west, south, west + size, south + 9, top))),
    )
    assert 0.0 <= fewer <= more + 1e-9 <= 100.0 + 1e-9
    assert np.isfinite(more)
