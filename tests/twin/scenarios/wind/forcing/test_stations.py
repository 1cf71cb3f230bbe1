"""Station readings, and what becomes of several."""

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import InputError, ParameterError, SourceError
from twin.scenarios.wind.forcing.readings import Mount, Reading, Station, read_readings, read_readings_file
from twin.scenarios.wind.forcing.reference import Window, turn_deg
from twin.scenarios.wind.forcing.stations import FusionRules, fault, fuse, profile_ratio, station_series
from twin.scenarios.wind.terrain import Terrain

NOW = datetime(2024, 9, 16, 2, tzinfo=UTC)


def reading(name, speed, direction=120.0, *, minutes=2, mount=Mount.MAST, **changes):
    station = Station(name, 121.5, 31.23, changes.pop("height_m", 10.0), changes.pop("terrain", Terrain.B), mount)
    return Reading(station, NOW - timedelta(minutes=minutes), speed, direction, **({"averaging_s": 600.0} | changes))


def test_a_ten_minute_mean_at_ten_metres_in_open_country_is_the_reference():
    wind = fuse([reading("a", 12.0, 45.0)], NOW).wind
    assert (wind.speed_ms, wind.from_deg) == pytest.approx((12.0, 45.0))
    assert wind.time == NOW


def test_a_high_roof_and_a_city_come_to_the_same_reference_by_the_profile():
    high = reading(
        "roof", 20.0 * profile_ratio(Station("x", 0, 0, 200.0, Terrain.D)), terrain=Terrain.D, height_m=200.0
    )
    coast = reading("coast", 20.0 * math.sqrt(1.284), terrain=Terrain.A)
    wind = fuse([high, coast], NOW).wind
    assert wind.speed_ms == pytest.approx(20.0)


@given(st.lists(st.tuples(st.floats(8.0, 12.0), st.floats(80.0, 100.0)), min_size=1, max_size=8))
def test_the_fused_wind_lies_among_its_stations(winds):
    fusion = fuse([reading(f"s{number}", *wind) for number, wind in enumerate(winds)], NOW)
    speeds = [estimate.speed_ms for estimate in fusion.used]
    assert min(speeds) - 1e-9 <= fusion.wind.speed_ms <= max(speeds) + 1e-9
    assert 79.9 < fusion.wind.from_deg < 100.1


def test_directions_are_averaged_across_north():
    wind = fuse([reading("a", 10.0, 350.0), reading("b", 10.0, 10.0)], NOW).wind
    assert turn_deg(wind.from_deg, 0.0) < 1e-6


def test_an_outlier_is_refused_with_the_reason():
    good = [reading(name, speed) for name, speed in (("a", 14.0), ("b", 15.0), ("c", 16.0), ("d", 15.5))]
    fusion = fuse([*good, reading("far", 45.0), reading("turned", 15.0, 300.0), reading("dead", 0.2)], NOW)
    assert fusion.wind.speed_ms == pytest.approx(15.1, abs=0.2)
    reasons = {refusal.reading.station.id: refusal.reason for refusal in fusion.refused}
    assert set(reasons) == {"far", "turned", "dead"}
    assert "45.0 / 15.0 m/s" in reasons["far"].zh
    assert "180 degrees" in reasons["turned"].en
    assert "3 refused" in fusion.wind.source


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"speed_ms": -1.0}, "speed of -1 m/s is impossible"),
        ({"speed_ms": 95.0}, "speed of 95 m/s is impossible"),
        ({"speed_ms": math.nan}, "missing"),
        ({"from_deg": 361.0}, "direction of 361 degrees"),
        ({"from_deg": math.nan}, "direction of nan"),
        ({"gust_ms": 5.0}, "gust of 5"),
        ({"gust_ms": 80.0}, "gust factor"),
        ({"gust_ms": 300.0}, "gust of 300"),
    ],
)
def test_an_impossible_value_is_refused_and_the_others_go_on(changes, said):
    broken = replace(reading("broken", 15.0), **changes)
    assert said in fault(broken).en
    fusion = fuse([broken, reading("good", 15.0)], NOW)
    assert [refusal.reading.station.id for refusal in fusion.refused] == ["broken"]
    with pytest.raises(InputError, match="broken: .*" + said.split()[0]):
        fuse([broken], NOW)


def test_a_stuck_station_and_an_old_reading_are_refused():
    stuck = [reading("stuck", 11.0, minutes=minutes) for minutes in range(2, 74, 12)]
    lively = [reading("lively", 11.0 + minutes / 100, minutes=minutes) for minutes in range(2, 74, 12)]
    fusion = fuse([*stuck, *lively, reading("old", 11.0, minutes=45)], NOW)
    assert {refusal.reading.station.id: refusal.reason.en.split(":")[-1] for refusal in fusion.refused} == {
        "stuck": " it is stuck",
        "old": "the reading is 45 minutes old",
    }
    assert [estimate.reading.station.id for estimate in fusion.used] == ["lively"]


def test_what_comes_later_is_not_known_yet():
    with pytest.raises(InputError, match="there are none"):
        fuse([reading("a", 10.0, minutes=-5)], NOW)


def test_a_local_ratio_takes_the_place_of_the_profile():
    seen = []

    def local_ratio(station, from_deg):
        seen.append((station.id, from_deg))
        return {"street": 0.4, "lee": 0.01, "roof": 1.25}.get(station.id, math.nan)

    readings = [
        reading("street", 6.0, 30.0, mount=Mount.STREET, terrain=Terrain.D, height_m=4.0),
        reading("lee", 0.3, 200.0, mount=Mount.STREET),
        reading("roof", 18.75, 120.0, mount=Mount.ROOF),
        reading("mast", 15.0, 120.0),
    ]
    fusion = fuse(readings, NOW, FusionRules(local_ratio=local_ratio))
    assert fusion.wind.speed_ms == pytest.approx(15.0)
    assert [(each.reading.station.id, "in the lee" in each.reason.en) for each in fusion.refused] == [("lee", True)]
    # The second time all ratios are for the common direction, which the street does not show.
    assert len({direction for _, direction in seen[-4:]}) == 1
    assert turn_deg(seen[-1][1], 120.0) < 15.0


def test_a_report_of_the_strongest_two_minutes_is_converted_and_a_mean_is_not():
    (mean,) = fuse([reading("a", 20.0, averaging_s=120.0)], NOW).used
    (highest,) = fuse([reading("a", 20.0, averaging_s=120.0, highest=True)], NOW).used
    assert mean.speed_ms == 20.0
    assert highest.speed_ms == pytest.approx(20.0 * 1.06 / 1.15)


def test_more_agreeing_stations_make_it_surer_and_disagreement_less_sure():
    one = fuse([reading("a", 15.0)], NOW).wind
    four = fuse([reading(name, 15.0) for name in "abcd"], NOW).wind
    apart = fuse([reading("a", 8.0), reading("b", 22.0)], NOW).wind
    assert four.sigma_ms < one.sigma_ms < apart.sigma_ms
    assert four.spread_deg < one.spread_deg


def test_a_calm_has_no_direction():
    assert fuse([reading("a", 0.1, math.nan)], NOW).wind.spread_deg == 180.0


def test_readings_become_a_series():
    later = replace(reading("a", 14.0), time=NOW + timedelta(minutes=55))
    series = station_series([reading("a", 10.0), later], Window(NOW, NOW + timedelta(hours=1)))
    assert [wind.speed_ms for wind in series] == [10.0, 14.0]


RECORD = {
    "station": "东昌路",
    "lon": 121.51,
    "lat": 31.23,
    "height_m": 4,
    "time": "2024-09-16T10:00:00+08:00",
    "speed_ms": 8.2,
    "from_deg": 95,
    "terrain": "D",
    "mount": "street",
}


def test_records_are_read_from_json_and_csv(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps([RECORD]), encoding="utf-8")
    lines = [",".join(RECORD), ",".join(map(str, RECORD.values()))]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    (one,), (other,) = read_readings_file(tmp_path / "a.json"), read_readings_file(tmp_path / "a.csv")
    assert one == other
    assert (one.station.mount, one.station.terrain, one.time) == (Mount.STREET, Terrain.D, NOW)
    (missing,) = read_readings([RECORD | {"speed_ms": None}])
    assert math.isnan(missing.speed_ms)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lon": 400}, "lon"),
        ({"lat": None}, "lat"),
        ({"height_m": -3}, "height_m"),
        ({"height_m": "NaN"}, "height_m"),
        ({"time": "2024-09-16T10:00:00"}, "time"),
        ({"time": "noon"}, "time"),
        ({"time": "0001-01-01T00:00:00+08:00"}, "time"),
        ({"speed_ms": "fast"}, "speed_ms"),
        ({"averaging_s": 0}, "averaging_s"),
        ({"terrain": "E"}, "terrain"),
        ({"mount": "kite"}, "mount"),
        ({"station": ""}, "station"),
    ],
)
def test_a_bad_record_names_its_place_and_field(changes, field):
    with pytest.raises(ParameterError) as caught:
        read_readings([RECORD, RECORD | changes])
    assert caught.value.parameter == f"[1].{field}"


def test_a_file_that_is_no_list_of_readings_is_refused(tmp_path):
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    (tmp_path / "b.json").write_text("{", encoding="utf-8")
    for name in ("a.json", "b.json", "none.csv"):
        with pytest.raises(SourceError):
            read_readings_file(tmp_path / name)
    with pytest.raises(ParameterError, match="not list"):
        read_readings([[]])
