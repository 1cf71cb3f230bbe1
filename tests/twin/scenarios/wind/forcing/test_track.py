"""Tracks, from each of the formats."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import ParameterError, SourceError
from twin.scenarios.wind.forcing.sphere import along, bearing_deg, distance_km, moved
from twin.scenarios.wind.forcing.track import KNOT_MS, Radii, Track, TrackPoint
from twin.scenarios.wind.forcing.track_files import read_track

START = datetime(2024, 9, 16, tzinfo=UTC)
CMA = "time_bjt,lon,lat,grade,beaufort,vmax_ms,pmin_hpa,move_kmh,move_dir,r7_km_ne_se_sw_nw,r10_km,r12_km\n"
PLACES = st.tuples(st.floats(-179.0, 179.0), st.floats(-80.0, 80.0))


def point(hours, lon, lat, **changes):
    return TrackPoint(START + timedelta(hours=hours), lon, lat, **({"pmin_hpa": 970.0, "vmax_ms": 35.0} | changes))


@pytest.mark.parametrize(
    ("file", "points", "averaging", "time", "expected"),
    [
        ("muifa_202212_cma_hourly.csv", 164, 120, "2022-09-15T02:00+08:00", (121.5, 31.2, 33, 975)),
        ("bebinca_202413_cma_hourly.csv", 102, 120, "2024-09-16T10:00+08:00", (121.4, 31.1, 38, 975)),
        ("infa_202106_qweather.csv", 160, 120, "2021-07-26T12:00+08:00", (121.0, 30.8, 28, 978)),
        ("muifa_14w2022_jtwc.csv", 10, 60, "2022-09-14T18:00+00:00", (121.8, 31.2, 70 * KNOT_MS, 975)),
    ],
)
def test_the_real_tracks_are_read(shared_data, file, points, averaging, time, expected):
    track = read_track(shared_data / "typhoon" / file)
    assert (len(track.points), track.averaging_s) == (points, averaging)
    there = track.at(datetime.fromisoformat(time))
    assert (there.lon, there.lat, there.vmax_ms, there.pmin_hpa) == pytest.approx(expected)


def test_radii_are_of_their_own_grades_and_kept_for_some_hours(shared_data):
    track = read_track(shared_data / "typhoon" / "bebinca_202413_cma_hourly.csv")
    landing = track.at(datetime.fromisoformat("2024-09-16T07:00+08:00"))
    assert landing.radii == (
        Radii(13.9, (200, 200, 180, 180)),
        Radii(24.5, (100, 100, 80, 70)),
        Radii(32.7, (40, 40, 20, 20)),
    )
    assert track.at(datetime.fromisoformat("2024-09-16T11:00+08:00")).radii == landing.radii
    assert track.at(datetime.fromisoformat("2024-09-16T16:00+08:00")).radii == ()


def test_a_storm_of_the_best_track_is_picked_by_number_or_name(shared_data):
    path = shared_data / "typhoon" / "jma_bst_2015_2021.txt"
    track = read_track(path, "2106")
    assert (track.name, track.averaging_s) == ("In-Fa", 600.0)
    there = track.at(datetime(2021, 7, 24, 12, tzinfo=UTC))
    assert 120.0 < there.lon < 127.0
    assert 25.0 < there.lat < 32.0
    assert 35.0 < there.vmax_ms < 45.0
    assert there.radii[0].speed_ms == pytest.approx(50 * KNOT_MS)
    assert read_track(path, "Lekima").points == read_track(path, "1909").points
    with pytest.raises(SourceError, match=r"2 storms are called 'IN-FA'.*1526 IN-FA, 2106 IN-FA"):
        read_track(path, "IN-FA")
    with pytest.raises(SourceError, match="no storm is named; the file has 169"):
        read_track(path)


def test_the_whole_best_track_is_readable(shared_data):
    path = shared_data / "typhoon" / "jma_bst_2015_2021.txt"
    headers = [line for line in path.read_text().splitlines() if line.startswith("66666")]
    for header in headers[::12]:
        track = read_track(path, header[6:10])
        assert len(track.points) == int(header[12:15])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["2024-09-16 07:00:00,400,30.8,x,14,45,955,25,x,,,", "2024-09-16 08:00:00,121,31,x,14,42,955,22,x,,,"], "400"),
        (["2024-09-16 07:00:00,122,95,x,14,45,955,25,x,,,"], "line 2: lat: 95"),
        (["2024-09-16 07:00:00,122,30,x,14,300,955,25,x,,,"], "line 2: vmax_ms: 300"),
        (["2024-09-16 07:00:00,122,30,x,14,45,95,25,x,,,"], "line 2: pmin_hpa: 95"),
        (["2024-09-16 07:00:00,122,30,x,14,nan,955,25,x,,,"], "line 2: column vmax_ms: 'nan' is not a finite number"),
        (["2024-09-16 07:00:00,122,30,x,14,,955,25,x,,,"], "line 2: column vmax_ms: is empty"),
        (["yesterday,122,30,x,14,45,955,25,x,,,"], "line 2: column time_bjt: 'yesterday'"),
        (
            ["2024-09-16 07:00:00,122,30,x,14,45,955,25,x,1|2|3,,"],
            "column r7_km_ne_se_sw_nw: '1|2|3' is not four radii",
        ),
        (
            ["2024-09-16 07:00:00,122,30,x,14,45,955,25,x,,,", "2024-09-16 07:00:00,121,31,x,14,42,955,22,x,,,"],
            "line 3: 2024-09-15T23:00:00+00:00 is not after the line before",
        ),
    ],
)
def test_an_error_in_a_table_names_line_and_column(tmp_path, rows, said):
    file = tmp_path / "storm.csv"
    file.write_text(CMA + "\n".join(rows), encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        read_track(file)
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "time_bjt,lon\n"])
def test_a_file_of_no_known_format_is_refused(tmp_path, text):
    file = tmp_path / "storm.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match="is not that of a CMA table"):
        read_track(file)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path):
    with pytest.raises(SourceError, match="cannot be read"):
        read_track(tmp_path / "none.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(SourceError, match="cannot be read"):
        read_track(tmp_path / "bytes.csv")


def test_a_track_goes_forward_and_does_not_jump():
    with pytest.raises(ParameterError, match=r"points\[1\]\.time"):
        Track("X", (point(1, 122, 30), point(0, 122, 30)), 120.0)
    with pytest.raises(ParameterError, match="too fast for a cyclone"):
        Track("X", (point(0, 122, 30), point(1, 125, 30)), 120.0)
    with pytest.raises(ParameterError, match="outside the track"):
        Track("X", (point(0, 122, 30), point(6, 122, 31)), 120.0).at(START + timedelta(hours=7))


def test_a_centre_between_points_is_on_the_great_circle_and_moves_evenly():
    track = Track("X", (point(0, 122, 30, vmax_ms=40.0), point(6, 121, 31, vmax_ms=34.0)), 120.0)
    middle = track.at(START + timedelta(hours=3))
    assert distance_km((122, 30), middle.place) == pytest.approx(distance_km((122, 30), (121, 31)) / 2)
    assert middle.vmax_ms == pytest.approx(37.0)
    east, north = track.motion_ms(START + timedelta(hours=3))
    assert east < 0.0 < north
    assert (east**2 + north**2) ** 0.5 == pytest.approx(distance_km((122, 30), (121, 31)) / 21.6, rel=0.01)


def test_a_track_crosses_the_date_line():
    track = Track("X", (point(0, 179.8, 20), point(6, -179.8, 20)), 600.0)
    assert abs(track.at(START + timedelta(hours=3)).lon) == pytest.approx(180.0)
    assert track.motion_ms(START)[0] > 0.0


@given(PLACES, PLACES, st.floats(0.0, 1.0))
def test_a_way_is_divided_as_its_length_is(first, second, share):
    whole = distance_km(first, second)
    if whole < 19_000.0:
        assert distance_km(first, along(first, second, share)) == pytest.approx(share * whole, abs=0.01)


def test_bearings_and_shifts_agree():
    wusong = (121.5, 31.39)
    north = moved(wusong, 0.0, 50.0)
    assert bearing_deg(wusong, north) == pytest.approx(0.0, abs=1e-6)
    assert distance_km(wusong, moved(wusong, 30.0, 40.0)) == pytest.approx(50.0, rel=0.01)


def test_a_track_is_a_line_on_the_map():
    track = Track("X", (point(0, 122, 30), point(6, 121, 31)), 120.0)
    assert track.json()["geometry"]["coordinates"] == [[122, 30], [121, 31]]
    assert all(first < second for first, second in pairwise(track.json()["properties"]["times"]))
