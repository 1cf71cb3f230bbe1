"""Forecast values."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import InputError, ParameterError
from twin.scenarios.wind.forcing.forecast import ForecastBasis, ForecastValue, forecast_series
from twin.scenarios.wind.forcing.reference import Window, turn_deg
from twin.scenarios.wind.terrain import Terrain

START = datetime(2024, 9, 16, tzinfo=UTC)


def value(hours, speed, direction):
    return ForecastValue(START + timedelta(hours=hours), speed, direction)


def test_between_values_the_wind_turns_the_short_way():
    series = forecast_series([value(0, 10.0, 350.0), value(2, 20.0, 10.0)], Window(START, START + timedelta(hours=2)))
    assert [wind.speed_ms for wind in series] == [10.0, 15.0, 20.0]
    assert turn_deg(series[1].from_deg, 0.0) < 5.0
    assert turn_deg(series[2].from_deg, 10.0) < 1e-6


@given(st.floats(0.0, 60.0), st.floats(0.0, 60.0), st.floats(0.0, 360.0), st.floats(0.0, 360.0))
def test_the_speed_between_two_values_is_between_theirs(first, second, one, other):
    series = forecast_series([value(0, first, one), value(2, second, other)], Window(START, START + timedelta(hours=2)))
    assert min(first, second) - 1e-9 <= series[1].speed_ms <= max(first, second) + 1e-9


def test_height_terrain_and_period_are_brought_to_the_reference():
    window = Window(START, START)
    (sea,) = forecast_series([value(0, 20.0, 90.0)], window, ForecastBasis(terrain=Terrain.A))
    assert sea.speed_ms == pytest.approx(20.0 / 1.284**0.5)
    (high,) = forecast_series([value(0, 20.0, 90.0)], window, ForecastBasis(height_m=100.0))
    assert high.speed_ms == pytest.approx(20.0 / 10**0.15)
    (minute,) = forecast_series([value(0, 20.0, 90.0)], window, ForecastBasis(averaging_s=60.0, highest=True))
    assert minute.speed_ms == pytest.approx(20.0 * 1.06 / 1.22)


def test_it_is_less_sure_the_farther_ahead():
    window = Window(START, START + timedelta(hours=6), timedelta(hours=6))
    near, far = forecast_series([value(0, 20.0, 0.0), value(6, 20.0, 0.0)], window, ForecastBasis(issued=START))
    assert near.sigma_ms < far.sigma_ms
    assert near.spread_deg < far.spread_deg


def test_bad_forecasts_are_refused():
    window = Window(START, START + timedelta(hours=6))
    with pytest.raises(ParameterError, match=r"values\[1\]\.time"):
        forecast_series([value(1, 5.0, 0.0), value(0, 5.0, 0.0)], window)
    with pytest.raises(ParameterError, match="outside the forecast"):
        forecast_series([value(0, 5.0, 0.0), value(5, 5.0, 0.0)], window)
    with pytest.raises(ParameterError, match="gap"):
        forecast_series([value(0, 5.0, 0.0), value(24, 5.0, 0.0)], window)
    with pytest.raises(InputError, match="0 values"):
        forecast_series([], window)
    for speed, direction in ((300.0, 0.0), (5.0, 361.0), (float("nan"), 0.0)):
        with pytest.raises(ParameterError):
            value(0, speed, direction)
    with pytest.raises(ParameterError, match="offset"):
        ForecastValue(datetime(2024, 9, 16), 5.0, 0.0)  # noqa: DTZ001
