"""Placing a model by points whose places are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bim.georeference import ControlPoint, Placement, fit_control_points
from layers.errors import InputError
from layers.space import to_geocentric

HOUSE = np.array([[0.0, 0.0, 0.0], [40.0, 0.0, 0.0], [40.0, 25.0, 0.0], [0.0, 25.0, 3.0], [18.0, 33.0, 0.0]])


def surveyed(truth: Placement, model, heights: bool = True) -> list[ControlPoint]:
    places = truth.geodetic(np.asarray(model))
    return [
        ControlPoint(tuple(map(float, point)), lon, lat, height if heights else None)
        for point, (lon, lat, height) in zip(model, places.tolist(), strict=True)
    ]


def apart_m(one: Placement, other: Placement, model) -> float:
    return np.linalg.norm(to_geocentric(one.geodetic(model)) - to_geocentric(other.geodetic(model)), axis=1).max()


@settings(max_examples=100, deadline=None)
@given(
    lon=st.floats(73, 135),
    lat=st.floats(18, 53),
    height=st.floats(-100, 5000),
    heading=st.floats(-179, 179),
    scale=st.floats(0.5, 2.0),
    shift=st.tuples(st.floats(-4e6, 4e6), st.floats(-4e6, 4e6), st.floats(-50, 50)),
)
def test_any_similarity_is_recovered(lon, lat, height, heading, scale, shift):
    model = HOUSE + shift
    truth = Placement(lon, lat, height, heading, scale, tuple(map(float, model.mean(axis=0))))
    fit = fit_control_points(surveyed(truth, model), with_scale=True)
    assert apart_m(fit.placement, truth, model) < 1e-3
    assert fit.placement.scale == pytest.approx(scale, abs=1e-6)
    assert fit.rms_m < 1e-3
    assert np.abs(fit.height_residuals_m).max() < 1e-3


def test_two_points_are_enough():
    truth = Placement(121.5, 31.24, 4.5, 37.0, anchor=(20.0, 0.0, 0.0))
    fit = fit_control_points(surveyed(truth, HOUSE[:2]))
    assert apart_m(fit.placement, truth, HOUSE) < 1e-3


def test_points_without_heights_place_the_plane():
    truth = Placement(121.5, 31.24, 0.0, 37.0, anchor=tuple(HOUSE.mean(axis=0)))
    fit = fit_control_points(surveyed(truth, HOUSE, heights=False))
    assert fit.placement.height_m == 0.0
    assert np.isnan(fit.height_residuals_m).all()
    assert apart_m(fit.placement, truth, HOUSE) < 0.001


def test_heights_of_some_points_lift_the_model_by_their_mean():
    truth = Placement(121.5, 31.24, 4.5, 37.0, anchor=tuple(HOUSE.mean(axis=0)))
    points = surveyed(truth, HOUSE)
    points[0] = ControlPoint(points[0].model, points[0].lon, points[0].lat, None)
    points[1] = ControlPoint(points[1].model, points[1].lon, points[1].lat, points[1].height_m + 0.4)
    fit = fit_control_points(points)
    assert fit.placement.height_m == pytest.approx(4.6, abs=1e-3)
    np.testing.assert_allclose(fit.height_residuals_m, [np.nan, -0.3, 0.1, 0.1, 0.1], atol=1e-3)


def test_metres_stay_metres_and_an_odd_distance_is_said():
    truth = Placement(121.5, 31.24, 0.0, 0.0, 0.3048, tuple(HOUSE.mean(axis=0)))
    fit = fit_control_points(surveyed(truth, HOUSE))
    assert fit.placement.scale == 1.0
    assert [note.en for note in fit.notes if "0.3048 times" in note.en]
    assert fit.rms_m > 5.0


def test_errors_of_a_centimetre_are_averaged_and_reported():
    truth = Placement(121.5, 31.24, 4.5, 37.0, anchor=tuple(HOUSE.mean(axis=0)))
    noise = np.random.default_rng(5).normal(0.0, 0.01, HOUSE.shape)
    points = surveyed(truth, HOUSE + noise)
    placed = [
        ControlPoint(tuple(true), point.lon, point.lat, point.height_m)
        for true, point in zip(HOUSE, points, strict=True)
    ]
    fit = fit_control_points(placed)
    assert 0.001 < fit.rms_m < 0.02
    assert apart_m(fit.placement, truth, HOUSE) < 0.02
    assert fit.notes == ()


def test_one_wrong_point_is_named():
    truth = Placement(121.5, 31.24, 4.5, 37.0, anchor=tuple(HOUSE.mean(axis=0)))
    points = surveyed(truth, HOUSE)
    points[2] = ControlPoint(points[2].model, points[2].lon + 1e-4, points[2].lat, points[2].height_m)
    (note,) = fit_control_points(points).notes
    assert note.en.startswith("control point 3 is 9.5")
    assert "第 3 个控制点" in note.zh


@pytest.mark.parametrize(
    ("model", "places", "words"),
    [
        ([(0, 0, 0)], [(121.5, 31.2)], "1 control points; two"),
        ([(0, 0, 0), (0, 0, 9)], [(121.5, 31.2), (121.6, 31.2)], "fall together in the model"),
        ([(0, 0, 0), (9, 0, 0)], [(121.5, 31.2), (121.5, 31.2)], "fall together in the map"),
    ],
)
def test_points_that_give_no_direction_are_refused(model, places, words):
    with pytest.raises(InputError, match=words):
        fit_control_points([ControlPoint(point, *place) for point, place in zip(model, places, strict=True)])


@pytest.mark.parametrize("with_scale", [False, True])
@pytest.mark.parametrize("size", [(40.0, 25.0), (30.0, 30.0)])
def test_exchanged_axes_are_refused(size, with_scale):
    model = np.array([[0, 0, 0], [size[0], 0, 0], [*size, 0], [0, size[1], 0]], float)
    points = surveyed(Placement(121.5, 31.24, anchor=tuple(model.mean(axis=0))), model)
    swapped = [ControlPoint((point.model[1], point.model[0], 0.0), point.lon, point.lat) for point in points]
    with pytest.raises(InputError, match="x is north"):
        fit_control_points(swapped, with_scale)
