"""Places by hand go before the file's, and levels of georeference."""

from dataclasses import replace

import numpy as np
import pytest
from located import CONVERSION, EAST, HOUSE, LUJIAZUI, NORTH, STATEMENT, by_proj, moved, off_m

from bim.georeference import (
    ControlPoint,
    Helmert,
    LocateOptions,
    Placement,
    SiteAngles,
    Statement,
    level_of,
    locate,
)
from layers.errors import InputError, ParameterError


def test_what_is_given_by_hand_goes_first():
    placement = Placement(121.5, 31.2, 3.0, 12.0)
    found = locate(STATEMENT, LocateOptions(placement=placement, source="footprint", height_m=99.0))
    assert (found.placement, found.source, found.level) == (placement, "footprint", 50)
    lonlat = locate(STATEMENT, LocateOptions(lonlat=(121.5, 31.2), anchor=(1.0, 2.0, 3.0), height_m=7.0))
    assert lonlat.placement.geodetic(np.array([[1.0, 2.0, 3.0]]))[0] == pytest.approx([121.5, 31.2, 7.0], abs=1e-8)


def test_control_points_go_before_the_file():
    truth = Placement(121.5, 31.2, 5.0, 33.0, anchor=(30.0, 7.5, 0.0))
    corners = HOUSE[HOUSE[:, 2] == 0.0]
    points = tuple(
        ControlPoint(tuple(corner), *place)
        for corner, place in zip(corners.tolist(), truth.geodetic(corners).tolist(), strict=True)
    )
    found = locate(STATEMENT, LocateOptions(control_points=points))
    assert off_m(found, truth.geodetic(HOUSE), HOUSE) < 0.001
    assert (found.source, found.level) == ("control_points", 50)
    flat = tuple(replace(point, height_m=None) for point in points)
    lifted = locate(replace(STATEMENT, elevation_m=8.0), LocateOptions(control_points=flat))
    assert lifted.placement.height_m == 8.0


def test_a_conversion_by_hand_needs_a_reference_system():
    given = LocateOptions(conversion=CONVERSION, crs="EPSG:4549")
    found = locate(Statement(address="世纪大道1号"), given, HOUSE)
    assert off_m(found, by_proj(HOUSE), HOUSE) < 0.001
    assert (found.source, found.level) == ("by_hand", 10)
    with pytest.raises(ParameterError, match="crs: a conversion by hand"):
        locate(Statement(), replace(given, crs=""))


def test_height_and_heading_by_hand_correct_a_conversion():
    found = locate(STATEMENT, LocateOptions(height_m=10.0, heading_deg=45.0), moved(HOUSE, 0.0, 0.0, 2.0))
    # The height is that of the origin of the site, and it stays where it is.
    origin = found.placement.geodetic(np.zeros((1, 3)))[0]
    assert origin == pytest.approx([*LUJIAZUI, 10.0], abs=1e-7)
    assert found.placement.heading_deg == 45.0
    assert found.residual_m is None


@pytest.mark.parametrize(("statement", "level"), [(Statement(), 0), (Statement(address="世纪大道1号"), 10)])
def test_a_file_that_says_nothing_is_refused_with_what_to_give(statement, level):
    assert level_of(statement) == level
    with pytest.raises(InputError, match=r"cannot be placed.*longitude and latitude.*control points.*footprint"):
        locate(statement)


@pytest.mark.parametrize(
    ("statement", "level"),
    [
        (STATEMENT, 50),
        (replace(STATEMENT, crs=""), 0),
        (Statement(context=Helmert(EAST, NORTH, 0.0), true_north=(0.0, 1.0)), 40),
        (Statement(site_offset=(EAST, NORTH, 0.0), angles=SiteAngles(31.0, 121.0)), 30),
        (Statement(site_offset=(12.0, 5.0, 0.0), angles=SiteAngles(31.0, 121.0)), 20),
    ],
)
def test_levels_are_those_of_clemen_and_goerne(statement, level):
    assert level_of(statement) == level


def test_an_empty_list_of_points_is_as_none():
    assert locate(STATEMENT, points=np.zeros((0, 3))) == locate(STATEMENT)


def test_the_elevation_is_that_of_the_site_and_not_of_a_point_by_hand():
    site = Statement(elevation_m=8.0, site_offset=(0.0, 0.0, 1.0), true_north=(0.0, 1.0))
    found = locate(site, LocateOptions(lonlat=LUJIAZUI, anchor=(1.0, 2.0, 3.0)))
    assert found.placement.height_m == 10.0
    assert found.notes == ()
