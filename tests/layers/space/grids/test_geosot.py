"""GeoSOT codes."""

import pytest
import shapely
from grid_points import points_on_lines, random_points
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import ParameterError
from layers.space.grids.geosot import GEOSOT

lons = st.floats(-180, 180)
lats = st.floats(-90, 90)
levels = st.integers(1, 32)


def encode(lon: float, lat: float, level: int) -> str:
    return str(GEOSOT.encode(lon, lat, level)[0])


@pytest.mark.parametrize(
    ("lon", "lat", "level", "code"),
    [
        (116 + 18 / 60 + 54.8198 / 3600, 39 + 54 / 60 + 37.0098 / 3600, 15, "G001310322-230230"),
        (116 + 18 / 60 + 54.8 / 3600, 39 + 54 / 60 + 37.0 / 3600, 6, "G001310"),
        (121.5010, 31.2335, 21, "G001133223-013330-000011"),
        (10, 10, 1, "G0"),
        (-10, 10, 1, "G1"),
        (10, -10, 1, "G2"),
        (-10, -10, 1, "G3"),
    ],
)
def test_codes_of_known_places(lon, lat, level, code):
    assert encode(lon, lat, level) == code


@pytest.mark.parametrize("level", GEOSOT.levels)
def test_points_lie_in_their_cells(level):
    for lon, lat in (random_points(1000, 90), points_on_lines(1000, 89)):
        codes = GEOSOT.encode(lon, lat, level)
        cells = GEOSOT.decode(codes)
        assert (cells.west - 1e-9 <= lon).all()
        assert (lon <= cells.east + 1e-9).all()
        assert (cells.south - 1e-9 <= lat).all()
        assert (lat <= cells.north + 1e-9).all()
        assert (GEOSOT.encode(*cells.centre.T, level) == codes).all()
        if level > 1:
            assert (GEOSOT.parent(codes) == GEOSOT.encode(lon, lat, level - 1)).all()


@settings(deadline=None)
@given(lons, lats, levels)
def test_neighbours_are_symmetric(lon, lat, level):
    code = encode(lon, lat, level)
    assert GEOSOT.check(code) is None
    around = GEOSOT.neighbours(code).tolist()
    assert code not in around
    assert len(set(around)) == len(around)
    assert all(code in GEOSOT.neighbours(other) for other in around)


@settings(deadline=None)
@given(lons, lats, st.integers(1, 31))
def test_children_fill_their_parent(lon, lat, level):
    code = encode(lon, lat, level)
    children = GEOSOT.children(code)
    assert len(children) in (1, 2, 4)
    assert (GEOSOT.parent(children) == code).all()
    assert shapely.area(GEOSOT.outline(children)).sum() == pytest.approx(GEOSOT.outline(code)[0].area)


def test_cells_end_with_the_hour_and_with_the_globe():
    # 32 minutes and what is left of the degree.
    assert GEOSOT.outline("G001133223-0")[0].bounds == pytest.approx((121, 31, 121 + 32 / 60, 31 + 32 / 60), abs=1e-12)
    assert GEOSOT.outline("G001133223-3")[0].bounds == pytest.approx((121 + 32 / 60, 31 + 32 / 60, 122, 32), abs=1e-12)
    assert GEOSOT.outline("G0")[0].bounds == (0, 0, 180, 90)
    assert GEOSOT.children("G0").tolist() == ["G00", "G01"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("G4", "character 2 is '4'; it must be 0-3"),
        ("G0013103220", "character 11 is '0'; it must be -"),
        ("G001310322-", "9 digits and ends with a mark"),
        ("", "has 0 digits"),
        ("G111", "begins at 192° 0′ 0″ of longitude"),
        ("G02", "begins at 128° 0′ 0″ of latitude"),
        ("G001133223-3333", "60′"),
    ],
)
def test_a_check_tells_what_is_wrong(code, words):
    assert words in str(GEOSOT.check(code))
    with pytest.raises(ParameterError, match="code: "):
        GEOSOT.decode(code)
