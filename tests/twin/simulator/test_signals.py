"""What stations say: courses of days, and how they answer to the weather."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import spearmanr

from twin.sensing.reading import objection_to_type
from twin.simulator.calendar import is_workday
from twin.simulator.kinds import KINDS
from twin.simulator.readings import Stream, World, readings_of, values_of
from twin.simulator.signals import air, field, traffic, water, wind
from twin.simulator.station import Station
from twin.simulator.weather import Weather

START = datetime(2026, 5, 1, tzinfo=UTC).timestamp()
DAYS = 56


@pytest.fixture(scope="module")
def weather() -> Weather:
    return Weather(np.arange(START, START + DAYS * 86_400, 900.0))


def station(category: str, height_m: float = 2.0, **facts: object) -> Station:
    return Station(f"{category}-01", category, height_m, tuple(sorted(facts.items())))


def by_hour(
    weather: Weather, values: NDArray[np.float64], among: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    chosen = np.full(len(values), True) if among is None else among
    return np.array([values[chosen & (weather.hour.astype(int) == hour)].mean() for hour in range(24)])


def test_traffic_has_two_peaks_on_working_days_and_one_at_weekends(weather: Weather) -> None:
    flow = traffic.flow(station("traffic", lanes=4), weather)
    working = is_workday(weather.times_s)
    week, weekend = by_hour(weather, flow, working), by_hour(weather, flow, ~working)
    assert week[8] > 1.3 * week[12] < week[18] / 1.2
    assert week[8] > 5 * week[3]
    assert 13 <= weekend.argmax() <= 17
    assert weekend[8] < 0.6 * week[8]
    speed = by_hour(weather, traffic.vehicle_speed(station("traffic", lanes=4), weather), working)
    assert speed[8] < speed[3] - 5


def test_car_parks_of_offices_fill_by_day_and_those_of_dwellings_by_night(weather: Weather) -> None:
    working = is_workday(weather.times_s)
    office, home = (
        by_hour(weather, traffic.occupancy(station("parking", use=use), weather), working) for use in ("office", "home")
    )
    assert office[11] > 80
    assert office[3] < 25
    assert home[3] > 85
    assert home[11] < 60
    free = traffic.free_spaces(station("parking", use="office", spaces=100), weather)
    assert ((free >= 0) & (free <= 100)).all()


def test_mist_and_fog_are_of_the_morning_and_of_moist_air(weather: Weather) -> None:
    year = Weather(np.arange(START, START + 365 * 86_400, 1800.0))
    sight = air.visibility(station("visibility", 10.0), year)
    fog = (sight < 1000.0) & (year.rain == 0.0)
    assert 0.002 < fog.mean() < 0.05
    assert np.isin(year.hour[fog].astype(int), [22, 23, *range(10)]).mean() > 0.95
    assert np.quantile(year.depression_c[fog], 0.9) < 0.5
    assert np.quantile(year.wind_ms[fog], 0.9) < 3.0
    assert sight[year.depression_c > 5].min() > 2000.0


def test_gases_follow_sun_and_traffic(weather: Weather) -> None:
    ozone, dioxide = (
        by_hour(weather, signal(station("air_quality"), weather)) for signal in (air.ozone, air.nitrogen_dioxide)
    )
    assert 12 <= ozone.argmax() <= 16
    assert dioxide[8] > dioxide[3] + 10
    assert dioxide[18] > dioxide[14]


def test_particles_have_the_spread_of_the_city() -> None:
    year = Weather(np.arange(START, START + 365 * 86_400, 3600.0))
    logarithm = np.log(air.particles(station("air_quality"), year))
    assert logarithm.mean() == pytest.approx(3.69, abs=0.25)
    assert logarithm.std() == pytest.approx(0.75, abs=0.2)


def test_water_answers_to_rain_fast_in_sewers_slowly_in_creeks_and_for_weeks_in_soil(weather: Weather) -> None:
    rain = weather.rain
    heaviest = int(rain.argmax())
    sewer = water.sewer_level(station("manhole", -2.5, water="rain"), weather)
    creek = water.level(station("water_level", 0.0, water="creek"), weather)
    soil = field.soil_moisture(station("soil", -0.2), weather)
    hours = 4
    assert sewer[heaviest : heaviest + 2 * hours].max() > 3 * np.median(sewer)
    assert creek[heaviest : heaviest + 6 * hours].max() > np.median(creek) + 0.02
    assert spearmanr(soil, weather.rain_before(9 * 86_400, 3600.0)).statistic > 0.95
    assert sewer.max() <= 2.5
    dry = weather.rain_before(6 * 3600, 900.0) < 0.05
    assert sewer[dry].max() < 0.15


def test_the_river_has_two_tides_a_day(weather: Weather) -> None:
    level = water.level(station("water_level", 0.0, water="river"), weather)
    smoothed = np.convolve(level, np.ones(4) / 4, mode="same")
    high = (smoothed[1:-1] > smoothed[:-2]) & (smoothed[1:-1] > smoothed[2:]) & (smoothed[1:-1] > level.mean())
    assert high.sum() / DAYS == pytest.approx(1.93, abs=0.15)
    assert 1.5 < level.max() - level.min() < 4.5


def test_there_is_light_by_day_alone_and_most_at_noon(weather: Weather) -> None:
    light = field.radiation(station("crop_station"), weather)
    assert 11 <= by_hour(weather, light).argmax() <= 12
    assert light[(weather.hour < 4) | (weather.hour > 20)].max() == 0.0
    assert 800 < light.max() < 1150


def test_masts_have_the_profile_and_the_gusts_of_their_ground(weather: Weather) -> None:
    high, low = (station("wind_mast", height, mount="roof", terrain="D") for height in (300.0, 60.0))
    ratio = wind.speed(high, weather).mean() / wind.speed(low, weather).mean()
    assert 1.3 < ratio < 2.3
    factor = wind.gust(low, weather) / wind.speed(low, weather)
    assert factor.min() >= 1.0
    assert 1.3 < np.median(factor) < 1.8
    turn = (wind.direction(high, weather) - weather.from_deg + 180) % 360 - 180
    assert abs(np.median(turn)) < 15
    assert turn.std() < 15


def test_all_that_is_said_is_within_bounds_and_of_its_type() -> None:
    instants = [datetime(2026, 7, 3, tzinfo=UTC) + timedelta(minutes=17 * n) for n in range(300)]
    for category, kind in KINDS.items():
        one = station(category, -2.0 if category == "manhole" else 30.0)
        for observed in kind.observed:
            stream = Stream(1, one, observed)
            for reading in readings_of([stream], instants, World(seed=5, faults=1.0)):
                assert objection_to_type(reading.result, observed.kind) is None, reading
                assert observed.low <= reading.result <= observed.high, (category, reading)


def test_readings_are_the_same_for_a_seed_and_others_for_another_one() -> None:
    instants = [datetime(2026, 7, 3, tzinfo=UTC) + timedelta(minutes=10 * n) for n in range(50)]
    streams = [
        Stream(n, station(category), one) for n, (category, kind) in enumerate(KINDS.items()) for one in kind.observed
    ]
    whole = readings_of(streams, instants, World(seed=3, faults=0.5))
    parts = [readings_of(streams, part, World(seed=3, faults=0.5)) for part in (instants[:13], instants[13:])]
    order = lambda reading: (reading.datastream, reading.time, str(reading.result))  # noqa: E731
    assert sorted(whole, key=order) == sorted(parts[0] + parts[1], key=order)
    other = readings_of(streams, instants, World(seed=4, faults=0.5))
    assert len({reading.result for reading in whole} & {reading.result for reading in other}) < len(whole) / 2


def test_values_are_what_the_signal_gives_where_nothing_is_wrong(weather: Weather) -> None:
    one = Stream(1, station("rain_gauge"), KINDS["rain_gauge"].observed[0])
    np.testing.assert_array_equal(values_of(one, weather, World()), water.rain(one.station, weather))
