"""Placing a model by its ground plan."""

import numpy as np
import pytest
import shapely
from shapely import affinity

from bim.georeference import Placement, match_footprint
from layers.errors import InputError
from layers.space import to_geocentric

ELL = shapely.Polygon([(0, 0), (40, 0), (40, 12), (14, 12), (14, 30), (0, 30)])
SLAB = shapely.box(0, 0, 60, 15)


def on_the_map(shape: shapely.Geometry, truth: Placement) -> shapely.Geometry:
    return shapely.transform(
        shape, lambda points: truth.geodetic(np.column_stack([points, np.zeros(len(points))]))[:, :2]
    )


def apart_m(one: Placement, other: Placement, shape: shapely.Geometry) -> float:
    points = shapely.get_coordinates(shape, include_z=False)
    places = [to_geocentric(each.geodetic(np.column_stack([points, np.zeros(len(points))]))) for each in (one, other)]
    return np.linalg.norm(places[0] - places[1], axis=1).max()


@pytest.mark.parametrize("heading", [0.0, 17.3, 90.0, 151.9, -123.4])
def test_an_angled_plan_has_one_answer(heading):
    truth = Placement(121.5, 31.24, 0.0, heading, anchor=(20.0, 15.0, 0.0))
    match = match_footprint(ELL, on_the_map(ELL, truth))
    assert match.iou > 0.998
    assert not match.is_ambiguous
    assert match.notes == ()
    assert apart_m(match.placement, truth, ELL) < 0.05


def test_a_plan_far_from_its_origin_and_at_a_height_is_placed_likewise():
    far = affinity.translate(ELL, 351_000.0, 3_457_000.0)
    truth = Placement(121.5, 31.24, 0.0, 33.0, anchor=(351_020.0, 3_457_015.0, 0.0))
    placement = match_footprint(far, on_the_map(far, truth), base_z=4.0, height_m=2.5).placement
    assert placement.anchor[2] == 4.0
    assert placement.height_m == 2.5
    sunk = Placement(placement.lon, placement.lat, 0.0, placement.heading_deg, 1.0, (*placement.anchor[:2], 0.0))
    assert apart_m(sunk, truth, far) < 0.05


def test_a_plan_that_the_map_has_larger_and_coarser_still_fits():
    truth = Placement(121.5, 31.24, 0.0, 42.0, anchor=(20.0, 15.0, 0.0))
    match = match_footprint(ELL, on_the_map(ELL.buffer(0.8, join_style="mitre"), truth))
    assert 0.8 < match.iou < 0.95
    assert match.placement.heading_deg == pytest.approx(42.0, abs=1.0)


def test_a_rectangle_is_ambiguous_and_a_supposed_heading_decides():
    truth = Placement(121.5, 31.24, 0.0, 30.0, anchor=(30.0, 7.5, 0.0))
    base = on_the_map(SLAB, truth)
    match = match_footprint(SLAB, base)
    assert match.is_ambiguous
    assert "ambiguous" in match.notes[0].en
    assert "不唯一" in match.notes[0].zh
    for near, expected in ((20.0, 30.0), (-170.0, -150.0)):
        chosen = match_footprint(SLAB, base, near_deg=near)
        assert chosen.placement.heading_deg == pytest.approx(expected, abs=0.1)
        assert chosen.notes == ()


def test_a_mirrored_plan_does_not_fit():
    truth = Placement(121.5, 31.24, 0.0, 0.0, anchor=(20.0, 15.0, 0.0))
    mirrored = affinity.scale(ELL, xfact=-1.0)
    assert match_footprint(mirrored, on_the_map(ELL, truth)).iou < 0.85


def test_another_building_is_said_to_fit_poorly():
    truth = Placement(121.5, 31.24)
    match = match_footprint(affinity.scale(ELL, 3.0, 3.0), on_the_map(ELL, truth))
    assert match.iou == pytest.approx(1 / 9, abs=0.001)
    assert "9.00 : 1" in match.notes[-1].en


@pytest.mark.parametrize(
    ("model", "base", "words"),
    [
        (shapely.LineString([(0, 0), (1, 1)]), ELL, "the model's ground plan has no area"),
        (shapely.Polygon(), ELL, "the model's ground plan has no area"),
        (ELL, shapely.Point(121.5, 31.24), "the footprint of the map has no area"),
    ],
)
def test_what_has_no_area_is_refused(model, base, words):
    with pytest.raises(InputError, match=words):
        match_footprint(model, base)
