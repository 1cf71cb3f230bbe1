"""Gusts and people."""

from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from twin.scenarios.wind.risk import pedestrians, people

BEIJING = timezone(timedelta(hours=8))
MORNING = datetime(2026, 9, 1, 9, 0, tzinfo=BEIJING)  # a Tuesday
NIGHT = datetime(2026, 9, 1, 3, 0, tzinfo=BEIJING)
SUNDAY = datetime(2026, 9, 6, 9, 0, tzinfo=BEIJING)


def test_gust_classes_begin_at_10_15_20_and_25() -> None:
    assert pedestrians.gust_levels([9.9, 10, 15, 20, 25, np.nan]).tolist() == [0, 1, 2, 3, 4, 0]


def test_comfort_takes_the_worse_of_the_mean_and_the_gust_equivalent() -> None:
    classes = pedestrians.comfort_classes([3.0, 3.0, 7.0, 12.0], [4.0, 1.85 * 5.0, 9.0, 12.0])
    assert [pedestrians.COMFORT[i].en for i in classes] == ["sitting", "standing", "walking", "uncomfortable"]


def test_a_segment_has_its_worst_gust_and_the_share_of_places_with_its_level() -> None:
    segment = np.array([1, 0, 0, 1, 0, 2])
    found = pedestrians.along_segments(segment, [21.0, 12.0, 14.0, 11.0, np.nan, np.nan], 4)
    assert found.worst_ms[:2].tolist() == [14.0, 21.0]
    assert np.isnan(found.worst_ms[2:]).all()
    assert found.share.tolist() == [1.0, 0.5, 0.0, 0.0]


def test_offices_are_full_on_a_weekday_morning_and_homes_at_night() -> None:
    area = [15_000.0, 37_000.0]
    day = people.people_in_buildings(["office", "residential"], area, MORNING)
    night = people.people_in_buildings(["office", "residential"], area, NIGHT)
    assert day.tolist() == pytest.approx([950.0, 450.0])
    assert night.tolist() == pytest.approx([20.0, 1000.0])
    assert people.people_in_buildings(["office"], [15_000.0], SUNDAY)[0] < 200


def test_the_hour_is_beijing_time_whatever_the_zone_of_the_instant() -> None:
    assert people.share_of_day("office", MORNING.astimezone(timezone(timedelta(hours=-5)))) == 0.95


def test_between_its_hours_a_profile_is_straight_and_midnight_joins() -> None:
    assert people.share_of_day("transit", MORNING - timedelta(hours=1, minutes=30)) == pytest.approx(0.65)
    late = datetime(2026, 9, 1, 22, 30, tzinfo=BEIJING)
    assert people.share_of_day("transit", late) == pytest.approx(0.20)


def test_unknown_uses_and_missing_areas_count_too() -> None:
    counted = people.people_in_buildings([None, "shrine"], [3_000.0, np.nan], MORNING)
    assert counted.tolist() == pytest.approx([95.0, 0.0])
    assert people.people_on_streets(["footway", "motorway", None], [100.0, 500.0, 50.0], MORNING).tolist() == [12, 0, 2]
    assert people.people_at_places(["metro_exit", "sky_deck"], [1000.0, 400.0], NIGHT).tolist() == [10.0, 0.0]
