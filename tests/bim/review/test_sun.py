"""The sun against a second library, true solar time both ways, and solar terms against the calendar."""

from datetime import UTC, date, datetime

import ephem
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bim.review.sun import (
    clock_seconds,
    from_true_solar,
    shadow_length,
    sun_at,
    term_day,
    term_instant,
    true_solar,
)

LON, LAT = 121.50, 31.24


def seconds(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[arg-type,misc]


def second_library(at: float) -> tuple[float, float]:
    observer = ephem.Observer()
    observer.lon, observer.lat = str(LON), str(LAT)
    observer.elevation, observer.pressure = 0, 0
    observer.date = datetime.fromtimestamp(at, UTC)
    sun = ephem.Sun(observer)
    return np.degrees(sun.az), np.degrees(sun.alt)


def test_the_sun_stands_where_a_second_library_has_it_over_a_year() -> None:
    times = seconds(2026, 1, 1) + np.arange(0, 366 * 86400, 5 * 3600 + 1234.0)
    sun = sun_at(times, LON, LAT)
    expected = np.array([second_library(at) for at in times])
    off = (sun.azimuth_deg - expected[:, 0] + 180) % 360 - 180
    assert np.abs(off * np.cos(np.radians(sun.elevation_deg))).max() < 0.01
    assert np.abs(sun.elevation_deg - expected[:, 1]).max() < 0.01


def test_directions_are_of_length_one_and_point_east_in_the_morning_and_south_at_noon() -> None:
    morning, noon = from_true_solar(np.array([clock_seconds(date(2027, 1, 20), hour) for hour in (8, 12)]), LON)
    directions = sun_at(np.array([morning, noon]), LON, LAT).directions
    assert np.linalg.norm(directions, axis=1) == pytest.approx(1.0)
    assert directions[0, 0] > 0.5
    assert directions[1] == pytest.approx([0.0, -np.cos(np.radians(38.6)), np.sin(np.radians(38.6))], abs=2e-3)


def test_eight_by_the_sun_is_five_past_eight_in_shanghai_on_the_great_cold() -> None:
    # A published table of true solar time: 8:05:02 at Shanghai (121°28′).
    (at,) = from_true_solar(np.array([clock_seconds(date(2014, 1, 20), 8.0)]), 121 + 28 / 60)
    assert at == pytest.approx(seconds(2014, 1, 20, 0, 5, 2), abs=10)


@given(st.floats(seconds(1990, 1, 1), seconds(2060, 1, 1)), st.floats(70, 140))
def test_true_solar_time_goes_both_ways(at: float, lon: float) -> None:
    (back,) = from_true_solar(true_solar(np.array([at]), lon), lon)
    assert back == pytest.approx(at, abs=1e-3)


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.floats(-65, 65))
def test_the_sun_crosses_the_meridian_at_twelve_by_its_own_clock(day: date, lat: float) -> None:
    sun = sun_at(from_true_solar(np.array([clock_seconds(day, 12.0)]), LON), LON, lat)
    # Parallax apart, azimuth is 0 or 180 but where the sun is overhead.
    assert abs(np.sin(np.radians(sun.azimuth_deg[0]))) * np.cos(np.radians(sun.elevation_deg[0])) < 2e-4


@pytest.mark.parametrize(
    ("year", "great_cold", "winter_solstice"),
    [(2024, (20, 22, 7), (21, 17, 20)), (2025, (20, 4, 0), (21, 23, 3)), (2026, (20, 9, 45), (22, 4, 50)),
     (2027, (20, 15, 30), (22, 10, 42))],
)  # fmt: skip
def test_solar_terms_are_those_of_the_calendar(
    year: int, great_cold: tuple[int, int, int], winter_solstice: tuple[int, int, int]
) -> None:
    assert term_day("great_cold", year) == date(year, 1, great_cold[0])
    assert term_day("winter_solstice", year) == date(year, 12, winter_solstice[0])
    for name, expected in (("great_cold", great_cold), ("winter_solstice", winter_solstice)):
        found = term_instant(name, year)  # type: ignore[arg-type]
        minutes = (found.day - expected[0]) * 1440 + (found.hour - expected[1]) * 60 + found.minute - expected[2]
        assert abs(minutes) <= 1


def test_a_shadow_is_as_long_as_its_edge_at_45_degrees_and_endless_at_the_horizon() -> None:
    assert shadow_length(10.0, 45.0) == pytest.approx(10.0)
    assert shadow_length(10.0, 0.0) == np.inf
