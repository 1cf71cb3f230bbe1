"""The weather of years and days, against what is known of Shanghai's."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from twin.scenarios.wind.forcing.track import Track, TrackPoint
from twin.simulator.calendar import is_workday
from twin.simulator.storm import Storm, rain_rate
from twin.simulator.weather import Weather

HOUR = 3600.0
SITE = (121.5025, 31.2375)
FIRST = datetime(2026, 8, 20, tzinfo=UTC)


def passing(vmax_ms: float = 40.0) -> Storm:
    """Return a typhoon that comes from the south-east and passes some kilometres from the site after 24 hours."""
    points = tuple(
        TrackPoint(FIRST + timedelta(hours=n), 124.5 - 0.13 * n, 28.7 + 0.11 * n, vmax_ms=vmax_ms, pmin_hpa=955.0)
        for n in range(0, 37, 3)
    )
    return Storm(Track("made up", points, 120.0), SITE)


@pytest.fixture(scope="module")
def years() -> Weather:
    return Weather(np.arange(1.72e9, 1.72e9 + 3 * 365 * 86_400, HOUR))


def test_three_years_have_the_means_of_shanghai(years: Weather) -> None:
    assert years.air_c.mean() == pytest.approx(18.1, abs=0.8)
    assert years.air_c.std() == pytest.approx(8.9, abs=0.8)
    assert years.humidity.mean() == pytest.approx(0.69, abs=0.04)
    assert years.pressure_hpa.mean() == pytest.approx(1015.7, abs=0.5)
    assert years.rain.mean() * 8766 == pytest.approx(1320, rel=0.25)
    assert (years.rain > 0).mean() == pytest.approx(0.108, abs=0.02)
    assert 2.8 < years.wind_ms.mean() < 4.0


def test_a_day_is_coldest_at_five_and_warmest_at_two_and_moist_at_night(years: Weather) -> None:
    by_hour = np.array([years.air_c[years.hour.astype(int) == hour].mean() for hour in range(24)])
    assert by_hour.argmin() in (4, 5, 6)
    assert by_hour.argmax() in (13, 14, 15)
    assert 4.5 < by_hour.max() - by_hour.min() < 7.5
    night, day = (years.humidity[years.hour.astype(int) == hour].mean() for hour in (5, 14))
    assert night - day > 0.15


def test_winter_blows_from_the_north_west_and_summer_from_the_south_east(years: Weather) -> None:
    day = years.times_s / 86_400 % 365.2425
    winter, summer = (np.abs(day - middle) < 30 for middle in (25, 208))
    for season, expected in ((winter, 330.0), (summer, 135.0)):
        angle = np.radians(years.from_deg[season])
        mean = np.degrees(np.arctan2(np.sin(angle).mean(), np.cos(angle).mean())) % 360
        assert abs((mean - expected + 180) % 360 - 180) < 20


def test_the_dew_point_is_never_above_the_temperature(years: Weather) -> None:
    assert (years.depression_c >= 0.0).all()
    assert ((years.humidity > 0.05) & (years.humidity <= 1.0)).all()


def test_weather_of_a_part_is_that_of_the_whole(years: Weather) -> None:
    part = Weather(years.times_s[5000:5010], storm=years.storm)
    for name in ("air_c", "rain", "wind_ms", "from_deg", "pressure_hpa"):
        np.testing.assert_array_equal(getattr(part, name), getattr(years, name)[5000:5010])
    whole = years.rain_before(2 * 86_400, HOUR)[5000:5010]
    np.testing.assert_allclose(part.rain_before(2 * 86_400, HOUR), whole, rtol=1e-12, atol=1e-12)


def test_rain_is_remembered_and_forgotten() -> None:
    times = np.arange(1.77e9, 1.77e9 + 60 * 86_400, 900.0)
    weather = Weather(times)
    kept = weather.rain_before(HOUR, 300.0)
    dry = np.convolve(weather.rain, np.ones(40), mode="full")[: len(times)] == 0.0
    assert kept[dry].max() < 0.1
    assert kept.max() > 2.0
    np.testing.assert_allclose(kept[weather.rain == 0.0].min(), 0.0, atol=1e-6)


def test_a_typhoon_rises_veers_and_falls_with_its_track() -> None:
    storm = passing()
    times = np.array([(FIRST + timedelta(hours=n)).timestamp() for n in range(37)])
    weather, calm = Weather(times, storm=storm), Weather(times)
    strongest = int(weather.wind_ms.argmax())
    assert weather.wind_ms[strongest] > 25.0
    assert weather.wind_ms[0] < 15.0
    assert weather.pressure_hpa.min() < calm.pressure_hpa.min() - 15.0
    assert weather.rain[strongest] > calm.rain[strongest] + 5.0
    east, north, *_ = storm.at(np.array([*times, storm.peak.timestamp()]))
    assert np.hypot(east, north).argmax() == len(times)
    # It passes to the south-west, so that the wind comes from the north-east first and from the south-east after.
    before, after = weather.from_deg[18], weather.from_deg[32]
    assert 0 < before < 90 < after < 200


def test_a_typhoon_can_pass_at_another_time() -> None:
    instant = datetime(2026, 11, 30, 8, tzinfo=UTC)
    moved = passing().with_peak_at(instant)
    assert moved.peak == instant
    assert Weather(np.array([instant.timestamp()]), storm=moved).wind_ms[0] > 25.0


def test_outside_its_track_a_typhoon_brings_nothing() -> None:
    times = np.array([(FIRST + timedelta(days=n)).timestamp() for n in (-3, 9)])
    np.testing.assert_array_equal(Weather(times, storm=passing()).wind_ms, Weather(times).wind_ms)


def test_typhoons_rain_most_near_their_centre_and_the_more_the_stronger() -> None:
    assert rain_rate(50.0, 40.0) > rain_rate(50.0, 150.0) > rain_rate(50.0, 400.0) > 0.0
    assert rain_rate(60.0, 60.0) > rain_rate(30.0, 60.0)
    # The mean of a storm of 90 knots at the radius of most rain is about 11 inches a day.
    assert rain_rate(90 * 0.514444, 30.0) == pytest.approx(11.2 * 25.4 / 24, rel=0.1)


def test_working_days_are_those_of_shanghai() -> None:
    # Sunday ends in Shanghai at 16:00 UTC; 2026-03-01 is one.
    evening = datetime(2026, 3, 1, 15, 59, tzinfo=UTC).timestamp()
    assert is_workday(np.array([evening, evening + 120])).tolist() == [False, True]
