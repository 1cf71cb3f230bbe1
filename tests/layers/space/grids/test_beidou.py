"""BeiDou grid position codes."""

import numpy as np
import pytest
import shapely
from grid_points import DEGREE, points_on_lines, random_points
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import ParameterError
from layers.space.grids.beidou import BEIDOU, LENGTHS

lons = st.floats(-180, 180)
lats = st.floats(-87.999, 87.999)
levels = st.integers(1, 10)


def dms(degrees: float, minutes: float, seconds: float) -> float:
    return degrees + minutes / 60 + seconds / 3600


def encode(lon: float, lat: float, level: int) -> str:
    return str(BEIDOU.encode(lon, lat, level)[0])


@pytest.mark.parametrize(
    ("lat", "lon", "code"),
    [
        # GB/T 39409-2020, annex B, and the three examples of section 8.
        ((39, 59, 35.38), (116, 18, 45.37), "N50J47539B825534"),
        ((39, 59, 56.1444), (116, 19, 14.3184), "N50J475493E"),
        ((39, 59, 59.7012), (116, 19, 5.9808), "N50J475491E"),
        ((39, 59, 56.5260), (116, 19, 9.3540), "N50J475492E"),
    ],
)
def test_the_worked_examples_of_the_standard(lat, lon, code):
    levels = [level for level, length in LENGTHS.items() if length <= len(code)]
    assert [encode(dms(*lon), dms(*lat), level) for level in levels] == [code[: LENGTHS[level]] for level in levels]


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (121.5010, 31.2335, "N51H3620400162331144"),
        (121.4952, 31.2421, "N51H263E4A7326710722"),
        (121.8053, 31.1434, "N51H3613849140274533"),
        (121.93, 30.90, "N51H355A4C0000000000"),
        (-dms(116, 18, 45.37), -dms(39, 59, 35.38), "S11J47539B825534"),
        (0.0, 0.0, "N31A0000000000000000"),
        (-0.0, -0.0, "N31A0000000000000000"),
        (-5e-9, -5e-9, "S30A0000000000000000"),
        (-6.0, -4.0, "S29B0000000000000000"),
        (180.0, 0.0, "N60AB01E0E0170707070"),
        (-180.0, 0.0, "N01AB01E0E0170707070"),
    ],
)
def test_codes_of_known_places(lon, lat, code):
    for level, length in LENGTHS.items():
        assert encode(lon, lat, level) == code[:length] or length > len(code)


def test_an_array_of_points_is_an_array_of_codes():
    codes = BEIDOU.encode([121.5010, 121.4952], [31.2335, 31.2421], 5)
    assert codes.tolist() == ["N51H3620400", "N51H263E4A7"]
    assert BEIDOU.encode([], [], 5).tolist() == []
    assert BEIDOU.level_of(["N51H", "N51H3620400"]).tolist() == [1, 5]


@pytest.mark.parametrize("level", BEIDOU.levels)
def test_points_lie_in_their_cells_and_prefixes_are_parents(level):
    for lon, lat in (random_points(4000, 87.999), points_on_lines(4000, 87)):
        codes = BEIDOU.encode(lon, lat, level)
        cells = BEIDOU.decode(codes)
        assert set(cells.level.tolist()) == {level}
        assert (cells.west - 1e-9 <= lon).all()
        assert (lon <= cells.east + 1e-9).all()
        assert (cells.south - 1e-9 <= lat).all()
        assert (lat <= cells.north + 1e-9).all()
        assert (BEIDOU.encode(*cells.centre.T, level) == codes).all()
        for coarser in range(1, level):
            prefixes = codes.astype(f"U{LENGTHS[coarser]}")
            assert (BEIDOU.parent(codes, coarser) == prefixes).all()
            assert (BEIDOU.encode(lon, lat, coarser) == prefixes).all()


@settings(deadline=None)
@given(lons, lats, levels)
def test_decoding_and_encoding_is_the_same_cell(lon, lat, level):
    code = encode(lon, lat, level)
    assert BEIDOU.check(code) is None
    ((x, y),) = BEIDOU.centre(code)
    assert encode(x, y, level) == code


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("decimals", [None, 9, 10, 12])
def test_a_point_on_a_line_gets_the_cell_whose_inner_corner_it_is(sign, decimals):
    rng = np.random.default_rng(5)
    for level in range(1, 10):
        width = BEIDOU.axes(level)[0].period
        height = BEIDOU.axes(level)[1].period
        x = rng.integers(1, 179 * DEGREE // width, 300) * width
        y = rng.integers(1, 87 * DEGREE // height, 300) * height
        lon, lat = sign * x / DEGREE, sign * y / DEGREE
        if decimals is not None:
            lon, lat = np.round(lon, decimals), np.round(lat, decimals)
        cells = BEIDOU.decode(BEIDOU.encode(lon, lat, level))
        inner_lon, inner_lat = (cells.west, cells.south) if sign > 0 else (cells.east, cells.north)
        assert (inner_lon == sign * x / DEGREE).all()
        assert (inner_lat == sign * y / DEGREE).all()


@settings(deadline=None)
@given(lons, lats, levels)
def test_neighbours_are_symmetric_and_touch(lon, lat, level):
    code = encode(lon, lat, level)
    around = BEIDOU.neighbours(code).tolist()
    assert len(set(around) - {code}) == len(around)
    assert len(around) in (5, 8)
    for other in around:
        assert code in BEIDOU.neighbours(other)
        if abs(lon) < 170:
            assert BEIDOU.outline(code)[0].intersects(BEIDOU.outline(other)[0].buffer(1e-12))


def test_neighbours_go_clockwise_from_north_and_over_every_seam():
    assert BEIDOU.neighbours("N51H36").tolist() == [
        *("N51H37", "N51H47", "N51H46", "N51H45", "N51H35", "N51H25", "N51H26", "N51H27"),
    ]
    assert BEIDOU.neighbours("N31A").tolist() == ["N31B", "N32B", "N32A", "S32A", "S31A", "S30A", "N30A", "N30B"]
    assert BEIDOU.neighbours("N60V").tolist() == ["N01V", "N01U", "N60U", "N59U", "N59V"]


@settings(deadline=None)
@given(lons, lats, st.integers(1, 9))
def test_children_fill_their_parent(lon, lat, level):
    code = encode(lon, lat, level)
    children = BEIDOU.children(code)
    assert len(children) == {1: 96, 2: 6, 3: 150, 4: 225, 5: 4}.get(level, 64)
    assert all(child.startswith(code) for child in children.tolist())
    assert encode(*BEIDOU.centre(code)[0], level + 1) in children
    assert shapely.area(BEIDOU.outline(children)).sum() == pytest.approx(BEIDOU.outline(code)[0].area)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("N51H3x", "character 6 is 'x'; it must be 0-7"),
        ("n51H", "character 1 is 'n'; it must be N or S; codes have capitals"),
        ("N51H3600", "8 characters; BeiDou codes have 4, 6, 7, 9, 11, 12, 14, 16, 18, 20, by level"),
        ("N61H", "characters 2 and 3 are '61', and columns go from 01 to 60"),
        ("N51W", "character 4 is 'W'; it must be A-V"),
        ("N51HC0", "character 5 is 'C'; it must be 0-9 or A-B"),
        ("N51H366", "character 7 is '6'; it must be 0-5"),
        ("N000", "lies about a pole"),
    ],
)
def test_a_check_tells_what_is_wrong(code, words):
    assert words in str(BEIDOU.check(code))
    with pytest.raises(ParameterError, match=f"code: {code!r}"):
        BEIDOU.decode(["N51H", code])
    for act in (BEIDOU.neighbours, BEIDOU.children, BEIDOU.parent):
        with pytest.raises(ParameterError, match="code: "):
            act(code)


@pytest.mark.parametrize("lat", [88.0, -88.0, 89.5, 90.0, 88 - 1e-10])
def test_poles_are_refused(lat):
    with pytest.raises(ParameterError, match=r"lat: .* \(number 2\) is within two degrees of a pole"):
        BEIDOU.encode([121.5, 121.5], [31.2, lat], 5)


@pytest.mark.parametrize(
    ("lon", "lat", "words"),
    [
        ([1, 181], [1, 1], r"lon: 181 \(number 2\) is not within -180 to 180 degrees"),
        ([float("nan")], [1], r"lon: nan \(number 1\)"),
        ([1], [-91], "lat: -91"),
        ([1, 2], [1], "lat: 1 latitudes for 2 longitudes"),
    ],
)
def test_what_is_no_place_is_refused(lon, lat, words):
    with pytest.raises(ParameterError, match=words):
        BEIDOU.encode(lon, lat, 5)


def test_there_is_nothing_beyond_the_first_and_last_level():
    with pytest.raises(ParameterError, match="level: beidou has levels 1 to 10, not 11"):
        BEIDOU.encode(121.5, 31.2, 11)
    with pytest.raises(ParameterError, match="'N51H' is of level 1 and has no parent"):
        BEIDOU.parent("N51H")
    with pytest.raises(ParameterError, match="'N51H' is of level 1 and has no parent of level 2"):
        BEIDOU.parent("N51H", 2)
    with pytest.raises(ParameterError, match="the finest"):
        BEIDOU.children("N51H3620400162331144")
