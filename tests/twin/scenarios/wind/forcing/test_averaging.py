"""Averaging periods."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import ParameterError
from twin.scenarios.wind.forcing.averaging import (
    PERIODS_S,
    Exposure,
    convert,
    factor,
    hourly_factor,
    mean_of_gust,
    sampling_sigma,
)

EXPOSURES = st.sampled_from(Exposure)
PERIODS = st.floats(PERIODS_S[0], PERIODS_S[-1])


@given(st.floats(0.0, 90.0), PERIODS, PERIODS, EXPOSURES)
def test_there_and_back_is_the_same_speed(speed, one, other, exposure):
    assert convert(convert(speed, one, other, exposure), other, one, exposure) == pytest.approx(speed)


@given(PERIODS, PERIODS, EXPOSURES)
def test_the_highest_mean_of_a_shorter_time_is_never_lower(one, other, exposure):
    short, long = sorted((one, other))
    assert hourly_factor(short, exposure) >= hourly_factor(long, exposure)


@pytest.mark.parametrize(
    ("exposure", "ratio"),
    [(Exposure.AT_SEA, 0.93), (Exposure.OFF_SEA, 0.90), (Exposure.OFF_LAND, 0.87), (Exposure.IN_LAND, 0.84)],
)
def test_one_minute_becomes_ten_as_the_wmo_says_for_maximum_winds(exposure, ratio):
    # WMO/TD-No. 1555, table 1.2, which is not in the code.
    assert factor(60.0, 600.0, exposure) == pytest.approx(ratio, abs=0.005)


def test_the_curve_of_durst_is_that_of_the_standard():
    # ASCE 7 commentary, figure C26.5-1.
    assert hourly_factor(3.0, Exposure.DURST) == pytest.approx(1.52, abs=0.02)
    assert hourly_factor(60.0, Exposure.DURST) == pytest.approx(1.25, abs=0.02)
    assert hourly_factor(3600.0, Exposure.DURST) == 1.0


def test_a_gust_in_open_country_is_half_as_much_again():
    assert mean_of_gust(15.2, Exposure.OFF_LAND) == pytest.approx(10.0)
    assert mean_of_gust(10.0, Exposure.DURST) == pytest.approx(convert(10.0, 3.0, 600.0, Exposure.DURST))


def test_a_short_mean_is_less_sure_than_a_long_one():
    sigmas = [sampling_sigma(20.0, period, Exposure.IN_LAND) for period in PERIODS_S]
    assert sigmas == sorted(sigmas, reverse=True)
    assert sigmas[-2:] == [0.0, 0.0]
    assert 0.5 < sigmas[2] < 2.5


@pytest.mark.parametrize("period", [0.0, 2.9, 3601.0, float("nan"), -60.0])
def test_a_period_outside_the_table_is_refused(period):
    with pytest.raises(ParameterError, match="averaging_s"):
        factor(period, 600.0, Exposure.AT_SEA)
