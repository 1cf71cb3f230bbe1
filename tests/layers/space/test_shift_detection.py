"""Coordinates compared with lines of the map, by what they might be."""

import numpy as np
import pytest
import shapely

from layers.space.gcj02_bd09 import BD09, GCJ02, from_gcj02, to_gcj02
from layers.space.plane import LocalPlane
from layers.space.shift_detection import AS_IS, HYPOTHESES, OVERCORRECTED, Sample

PLANE = LocalPlane(121.52, 31.22)


def town(seed: int = 3, count: int = 400, spread: float = 3_000.0) -> np.ndarray:
    """Return houses anyhow turned and placed, in degrees."""
    random = np.random.default_rng(seed)
    houses = []
    for x, y, turn in zip(*random.uniform(-spread, spread, (2, count)), random.uniform(0, 90, count), strict=True):
        width, depth = random.uniform(8, 40, 2)
        house = shapely.affinity.rotate(shapely.box(x, y, x + width, y + depth), turn)
        houses.append(house)
    return PLANE.to_map(np.array(houses))


def moved(lonlat: np.ndarray, east: float, north: float) -> np.ndarray:
    return PLANE.lonlat(PLANE.xy(lonlat) + np.array([east, north]))


def verdict(shapes: np.ndarray, lonlat: np.ndarray) -> str | None:
    return Sample(lonlat).compare(shapes).verdict


TOWN = town()
TRUE = shapely.get_coordinates(TOWN)
MADE = {AS_IS: TRUE, GCJ02.name: to_gcj02(TRUE), BD09.name: BD09.forward(TRUE), OVERCORRECTED: from_gcj02(TRUE)}


@pytest.mark.parametrize("hypothesis", HYPOTHESES)
def test_what_was_done_to_coordinates_is_recognised(hypothesis):
    sample = Sample(MADE[hypothesis])
    compared = sample.compare(TOWN)
    assert compared.verdict == hypothesis
    assert compared.fits[hypothesis].share > 0.99
    assert compared.fits[hypothesis].median_m < 0.001
    assert compared.vertices > 1_000


@pytest.mark.parametrize("hypothesis", HYPOTHESES)
def test_it_is_recognised_by_another_survey_two_metres_off_that_lacks_a_fifth_of_the_houses(hypothesis):
    random = np.random.default_rng(5)
    known = [shapely.transform(house, lambda at: moved(at, *random.normal(0, 1.4, 2))) for house in TOWN[:240]]
    assert verdict(np.array(known), MADE[hypothesis][: 300 * 5]) == hypothesis


@pytest.mark.parametrize("turn", range(0, 360, 45))
def test_thirty_metres_off_is_no_shift(turn):
    east, north = 30 * np.cos(np.radians(turn)), 30 * np.sin(np.radians(turn))
    assert verdict(TOWN, moved(TRUE, east, north)) is None


def test_another_town_says_nothing():
    assert verdict(town(seed=8), TRUE) is None
    assert verdict(town(seed=8), MADE[GCJ02.name]) is None
    assert Sample(TRUE).compare(np.array([shapely.box(1, 1, 2, 2)])).vertices == 0
    assert Sample(TRUE).compare(np.array([], dtype=object)).verdict is None


def test_so_dense_a_town_that_all_lies_near_a_wall_says_nothing():
    lanes = [shapely.LineString([(-6_000, 4.0 * k), (6_000, 4.0 * k)]) for k in range(-1_500, 1_500)]
    compared = Sample(TRUE).compare(PLANE.to_map(np.array(lanes)))
    assert compared.chance == 1.0
    assert compared.verdict is None


@pytest.mark.parametrize("pitch", [25, 30, 35])
def test_rows_of_equal_houses_one_pitch_off_say_nothing(pitch):
    kept = np.random.default_rng(2).random(2_000) < 0.7
    corners = [(x, y) for y in range(0, 900, 90) for x in range(0, 1000, pitch)]
    rows = [shapely.box(x, y, x + pitch * 0.5, y + 12) for (x, y), keep in zip(corners, kept, strict=False) if keep]
    houses = PLANE.to_map(np.array(rows))
    lonlat = shapely.get_coordinates(houses)
    assert verdict(houses, lonlat) == AS_IS
    compared = Sample(moved(lonlat, pitch, 0)).compare(houses)
    assert compared.fits[AS_IS].share > 0.5
    assert compared.verdict is None


def test_a_few_corners_are_no_evidence():
    assert verdict(TOWN, MADE[GCJ02.name][: 5 * 6]) is None
    assert verdict(TOWN, MADE[GCJ02.name][: 5 * 30]) == GCJ02.name


@pytest.mark.parametrize("hypothesis", HYPOTHESES)
def test_points_belong_into_houses(hypothesis):
    random = np.random.default_rng(4)
    # Seven in ten shops lie in houses, the others anywhere.
    inside = shapely.get_coordinates(shapely.point_on_surface(TOWN[:280]))
    shops = np.vstack([inside, moved(inside[:120], *random.uniform(60, 90, 2))])
    made = {AS_IS: shops, GCJ02.name: to_gcj02(shops), BD09.name: BD09.forward(shops), OVERCORRECTED: from_gcj02(shops)}
    assert Sample(made[hypothesis], points=True).compare(TOWN).verdict == hypothesis
    assert Sample(made[hypothesis][:90], points=True).compare(TOWN).verdict is None


def test_the_boxes_hold_all_that_matters():
    sample = Sample(MADE[BD09.name][:200])
    boxes = shapely.box(*sample.boxes.T)
    near = TOWN[np.unique(shapely.STRtree(boxes).query(TOWN, predicate="intersects")[0])]
    assert sample.compare(near) == sample.compare(TOWN)
    assert len(near) < len(TOWN)
