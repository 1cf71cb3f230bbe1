"""What is counted by cells adds up to what there is."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from layers.errors import ParameterError
from layers.space.gridding import gridded
from layers.space.grids.beidou import BEIDOU
from layers.space.grids.h3 import H3

GEOD = Geod(ellps="GRS80")
LON, LAT = st.floats(121.49, 121.52), st.floats(31.22, 31.25)


def square(lon: float, lat: float, size: float = 0.002) -> shapely.Polygon:
    return shapely.box(lon, lat, lon + size, lat + size)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(LON, LAT), min_size=1, max_size=20), st.sampled_from([(BEIDOU, 5), (BEIDOU, 4), (H3, 9)]))
def test_counts_areas_and_values_of_all_cells_add_up(places: list[tuple[float, float]], grid_level: tuple) -> None:
    grid, level = grid_level
    shapes = np.array([square(*place) for place in places])
    values = np.arange(1.0, len(shapes) + 1)
    found = gridded(grid, level, shapes, values)
    assert found.count.sum() == len(shapes)
    true = sum(abs(GEOD.geometry_area_perimeter(shape)[0]) for shape in shapes)
    assert found.area_m2.sum() == pytest.approx(true, rel=1e-5)
    assert found.total.sum() == pytest.approx(values.sum())
    assert (found.length_m == 0).all()
    assert (found.area_m2 <= found.cell_m2 * len(shapes) * 1.000001).all()


def test_points_are_counted_where_they_lie() -> None:
    points = shapely.points([[121.5010, 31.2335], [121.5010, 31.2335], [121.4952, 31.2421]])
    found = gridded(BEIDOU, 10, points, np.array([1.0, np.nan, 5.0]))
    by_code = dict(zip(found.codes.tolist(), zip(found.count.tolist(), found.total.tolist(), strict=True), strict=True))
    assert by_code == {"N51H3620400162331144": (2, 1.0), "N51H263E4A7326710722": (1, 5.0)}


def test_a_line_is_shared_out_by_its_length() -> None:
    (cell,) = BEIDOU.outline(["N51H3620400"])
    west, south, east, north = cell.bounds
    width, lat = east - west, (south + north) / 2
    line = shapely.LineString([(west + width / 2, lat), (east + width / 4, lat)])
    found = gridded(BEIDOU, 5, np.array([line]), np.array([90.0]))
    assert found.total.tolist() == pytest.approx([60.0, 30.0], rel=1e-4)
    assert found.length_m.sum() == pytest.approx(GEOD.geometry_length(line), rel=1e-5)
    assert found.count.tolist() == [1, 0]


def test_a_line_between_two_cells_is_not_longer_for_it() -> None:
    (cell,) = BEIDOU.outline(["N51H3620400"])
    west, south, _, north = cell.bounds
    line = shapely.LineString([(west, south), (west, north)])
    found = gridded(BEIDOU, 5, np.array([line]), np.array([10.0]))
    assert found.length_m.sum() == pytest.approx(GEOD.geometry_length(line), rel=1e-5)
    assert found.total.sum() == pytest.approx(10.0)


def test_density_is_by_the_cells_own_area() -> None:
    found = gridded(BEIDOU, 5, shapely.points([[121.5010, 31.2335]]))
    # GB/T 39409 at 31.2 degrees: 105.9 x 123.2 m.
    assert found.cell_m2[0] == pytest.approx(105.9 * 123.2, rel=2e-3)
    assert found.per_km2[0] == pytest.approx(1e6 / found.cell_m2[0])


def test_nothing_gives_no_cells_and_too_much_is_refused() -> None:
    assert len(gridded(BEIDOU, 5, np.array([], dtype=object)).codes) == 0
    assert len(gridded(BEIDOU, 5, np.array([shapely.Point(), None], dtype=object)).codes) == 0
    with pytest.raises(ParameterError, match="level"):
        gridded(BEIDOU, 8, np.array([square(121.5, 31.2, 0.1)]))
