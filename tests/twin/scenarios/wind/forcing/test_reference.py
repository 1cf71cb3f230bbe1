"""The reference wind and its limits."""

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import ParameterError
from twin.scenarios.wind.forcing.reference import ReferenceWind, Window, components, from_components, turn_deg

NOON = datetime(2024, 9, 16, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"speed_ms": 300.0}, "speed_ms"),
        ({"speed_ms": -1.0}, "speed_ms"),
        ({"speed_ms": math.nan}, "speed_ms"),
        ({"from_deg": 361.0}, "from_deg"),
        ({"from_deg": math.nan}, "from_deg"),
        ({"sigma_ms": -0.1}, "sigma_ms"),
        ({"spread_deg": 181.0}, "spread_deg"),
        ({"time": datetime(2024, 9, 16, 4)}, "time"),  # noqa: DTZ001
    ],
)
def test_a_ridiculous_number_is_refused_with_its_name(changes, field):
    with pytest.raises(ParameterError, match=field):
        ReferenceWind(**({"time": NOON, "speed_ms": 10.0, "from_deg": 90.0} | changes))


def test_time_is_kept_in_utc_and_360_is_north():
    wind = ReferenceWind(datetime(2024, 9, 16, 12, tzinfo=timezone(timedelta(hours=8))), 10.0, 360.0)
    assert (wind.time, wind.time.tzinfo, wind.from_deg) == (NOON, UTC, 0.0)


@given(st.floats(0.1, 90.0), st.floats(0.0, 359.999))
def test_components_lead_back_to_speed_and_direction(speed, direction):
    again, back = from_components(*components(speed, direction))
    assert again == pytest.approx(speed)
    assert turn_deg(back, direction) < 1e-6
    assert 0.0 <= back < 360.0


def test_an_east_wind_blows_westwards():
    assert components(10.0, 90.0) == pytest.approx((-10.0, 0.0))


def test_a_window_includes_both_ends_and_is_bounded():
    window = Window(NOON, NOON + timedelta(hours=3))
    assert list(window.times()) == [NOON + timedelta(hours=hour) for hour in range(4)]
    with pytest.raises(ParameterError, match="before the start"):
        Window(NOON, NOON - timedelta(hours=1))
    with pytest.raises(ParameterError, match="more than the 1000"):
        Window(NOON, NOON + timedelta(days=30), timedelta(minutes=1))
    with pytest.raises(ParameterError, match="step"):
        Window(NOON, NOON, timedelta(0))
