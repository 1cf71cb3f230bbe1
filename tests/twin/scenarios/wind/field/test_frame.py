import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import affinity, box

from twin.scenarios.wind.block import Block
from twin.scenarios.wind.field.frame import frame_for, wall_direction

DEGREES = st.floats(0.0, 360.0, exclude_max=True)
WALLS = st.floats(0.0, 90.0, exclude_max=True)


def turned(degrees: float, length: float = 30.0) -> Block:
    """Return a rectangle whose long side points ``degrees`` clockwise from north."""
    return Block("b", affinity.rotate(box(-5, -length / 2, 5, length / 2), -degrees), 0.0, 20.0)


def apart(a: float, b: float) -> float:
    """Return how far two wall directions are from one another, degrees; 0 and 90 are the same."""
    return abs((a - b + 45.0) % 90.0 - 45.0)


@given(DEGREES, WALLS, st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=2))
def test_there_and_back_again_is_the_same_place(from_deg: float, wall_deg: float, xy: list[float]) -> None:
    frame = frame_for(from_deg, wall_deg)
    place = np.array([xy])
    assert frame.back(frame.into(place)) == pytest.approx(place, abs=1e-6)
    assert np.linalg.norm(frame.into(place)) == pytest.approx(np.linalg.norm(place))


@given(DEGREES, WALLS)
def test_the_wind_blows_between_the_axes_of_its_frame(from_deg: float, wall_deg: float) -> None:
    frame = frame_for(from_deg, wall_deg)
    towards = np.radians(from_deg + 180.0)
    blows = frame.into(np.array([[np.sin(towards), np.cos(towards)]]))[0]
    skew = np.radians(frame.skew_deg)
    assert 0.0 <= frame.skew_deg < 90.0
    assert blows == pytest.approx([np.cos(skew), np.sin(skew)], abs=1e-9)


@given(DEGREES, WALLS)
def test_a_wind_across_the_walls_has_them_along_its_axes(from_deg: float, wall_deg: float) -> None:
    frame = frame_for(from_deg, wall_deg)
    assert apart(frame.axis_deg, wall_deg) <= 2.0 + 1e-9
    if frame.skew_deg:
        assert apart(frame.axis_deg, wall_deg) < 1e-6


@given(DEGREES)
def test_blocks_turn_with_their_frame(from_deg: float) -> None:
    frame = frame_for(from_deg, 20.0)
    block = turned(20.0)
    corners = np.asarray(block.outline.exterior.coords)
    again = np.asarray(frame.blocks([block])[0].outline.exterior.coords)
    assert again == pytest.approx(frame.into(corners), abs=1e-9)


@given(WALLS)
def test_the_walls_of_a_turned_rectangle_are_found(degrees: float) -> None:
    assert apart(wall_direction([turned(degrees)]), degrees) < 1e-6


def test_the_walls_of_most_buildings_outweigh_one_that_stands_askew() -> None:
    assert apart(wall_direction([turned(10.0), turned(100.0), turned(10.0), turned(50.0, 10.0)]), 10.0) < 3.0


def test_a_wind_nearly_along_the_walls_is_turned_onto_them() -> None:
    assert frame_for(270.0, 1.0).skew_deg == 0.0
    assert frame_for(270.0, 89.0).skew_deg == 0.0
    assert frame_for(270.0, 3.0).skew_deg == pytest.approx(3.0)
