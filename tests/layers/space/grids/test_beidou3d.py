"""BeiDou codes in three dimensions, which are experimental."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import ParameterError
from layers.space.grids.beidou import BEIDOU, LENGTHS
from layers.space.grids.beidou3d import check, decode, encode, height_of

heights = st.floats(-10_000, 1_000_000)


@pytest.mark.parametrize(
    ("height", "code"),
    [
        (0, "N051H003602004000010620330110440"),
        (100, "N051H003602004000011625330113440"),
        (632, "N051H003602004000510622333115444"),
    ],
)
def test_heights_over_pudong(height, code):
    assert encode(121.5010, 31.2335, height) == code
    voxel = decode(code)
    assert voxel.bottom <= height < voxel.top
    assert voxel.top - voxel.bottom == pytest.approx(0.015, abs=0.001)


def test_the_sample_of_the_standard():
    code = "N036J0093000780B3010010520430140"
    voxel = decode(code)
    assert (voxel.level, voxel.bottom) == (10, 0.0)
    middle = (voxel.west + voxel.east) / 2, (voxel.south + voxel.north) / 2
    assert encode(*middle, 0.0) == code
    assert BEIDOU.encode(*middle, 10).tolist() == ["N36J93078B3101524314"]


def test_formula_c_13_of_the_standard():
    assert height_of(256 * 7_372_800) == pytest.approx(528_680_171, abs=500)


@settings(deadline=None)
@given(st.floats(-180, 180), st.floats(-87.9, 87.9), heights, st.integers(1, 10))
def test_decoding_and_encoding_is_the_same_voxel(lon, lat, height, level):
    code = encode(lon, lat, height, level)
    assert check(code) is None
    voxel = decode(code)
    assert voxel.level == level
    assert voxel.bottom - 0.001 <= height <= voxel.top + 0.001
    middle = (voxel.west + voxel.east) / 2, (voxel.south + voxel.north) / 2, (voxel.bottom + voxel.top) / 2
    assert encode(*middle, level) == code
    assert encode(lon, lat, height).startswith(code)
    assert len(code) == LENGTHS[level] + 2 + level


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("N251H00", "character 2 is '2'; it must be 0-1"),
        ("N061H00", "characters 3 and 4 are '61'"),
        ("N051H64", "characters 6 and 7 are '64', and layers of level 1 go from 00 to 63"),
        ("N051H003", "has 8 characters"),
    ],
)
def test_a_check_tells_what_is_wrong(code, words):
    assert words in str(check(code))
    with pytest.raises(ParameterError, match="code: "):
        decode(code)


@pytest.mark.parametrize("height", [float("nan"), -7e6, float("inf"), 1e30])
def test_what_is_no_height_is_refused(height):
    with pytest.raises(ParameterError, match="height: "):
        encode(121.5, 31.2, height)
