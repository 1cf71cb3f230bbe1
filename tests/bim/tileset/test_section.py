"""Cuts of models by planes: level and upright ones, of boxes whose volume is known."""

import numpy as np
import pytest
from boxes import box_body
from hypothesis import given
from hypothesis import strategies as st

from bim.georeference import Placement
from bim.tileset import Plane, Section, planes_of
from bim.tileset.batch import Placed, batch
from layers.errors import ParameterError

PLACE = Placement(121.5, 31.23, heading_deg=30.0, anchor=(100.0, 50.0, 0.0))


def left(planes: tuple[Plane, ...], size: tuple[float, float, float] = (4.0, 2.0, 3.0)) -> np.ndarray:
    """Return the corners that are left of a box with a corner at the anchor, x, y, z of the model about the anchor."""
    body = box_body(size, PLACE.anchor)
    groups = batch([Placed(body.mesh, body.matrix[:3])], np.array(PLACE.anchor), planes)
    found = np.concatenate([group.positions for group in groups])
    return np.column_stack([found[:, 0], -found[:, 2], found[:, 1]])


@given(st.floats(-180, 180), st.floats(-1, 1))
def test_what_is_left_lies_before_the_cut_on_the_map_and_reaches_to_it(azimuth: float, share: float) -> None:
    way = np.array([np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth)), 0.0])
    whole = PLACE.enu(left(()) + PLACE.anchor) @ way
    offset = whole.mean() + share * 0.45 * np.ptp(whole)
    corners = PLACE.enu(left(planes_of(PLACE, None, Section(azimuth, float(offset)))) + PLACE.anchor) @ way
    assert corners.max() == pytest.approx(offset, abs=1e-4)
    assert corners.min() == pytest.approx(whole.min(), abs=1e-4)


def test_a_level_and_an_upright_cut_hold_together() -> None:
    corners = left(planes_of(PLACE, 1.0, Section(60.0, 1.5)))
    # The x-axis is turned by 30 degrees from east, so that it looks to azimuth 60.
    assert corners[:, 0].max() == pytest.approx(1.5)
    assert corners[:, 2].max() == pytest.approx(1.0)


def test_a_box_beyond_a_plane_is_gone_and_one_that_touches_it_is_not() -> None:
    plane = Section(60.0, 1.5).plane(PLACE)
    assert plane.cuts_away((101.6, 50.0, 0.0, 104.0, 52.0, 3.0))
    assert not plane.cuts_away((101.4, 50.0, 0.0, 104.0, 52.0, 3.0))


@pytest.mark.parametrize("text", ["", "north,3", "90", "90,1,2", "nan,1", "90,inf", "400,0", "90,20000"])
def test_what_is_no_section_is_said(text: str) -> None:
    with pytest.raises(ParameterError, match="section"):
        Section.parse("section", text)
