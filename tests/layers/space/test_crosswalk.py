"""Crosswalks: nothing is lost, and the database says the same."""

import numpy as np
import pytest
import shapely
from sqlalchemy import Connection, text

from layers.errors import ParameterError
from layers.space.crosswalk import crosswalk
from layers.space.grids.registry import GRIDS, grid_named

AREA = shapely.Polygon([(121.495, 31.232), (121.515, 31.230), (121.518, 31.246), (121.500, 31.248)])


def test_a_cell_is_shared_out_wholly_among_those_of_another_grid() -> None:
    one = GRIDS["beidou"].outline(GRIDS["beidou"].cover(AREA, 5))
    other = GRIDS["h3"].outline(GRIDS["h3"].cover(shapely.box(*shapely.total_bounds(one)).buffer(0.01), 9))
    found = crosswalk(one, other)
    assert np.bincount(found.first, found.share) == pytest.approx(np.ones(len(one)), abs=1e-6)
    # 4 by 4 seconds at 31.24 degrees north, by the series of the ellipsoid: 105.86 m by 123.19 m.
    assert np.bincount(found.first, found.area_m2)[0] == pytest.approx(105.86 * 123.19, rel=2e-3)
    assert np.all(found.share_back <= 1 + 1e-9)


def test_neighbours_that_share_only_a_line_are_no_pair() -> None:
    grid = GRIDS["beidou"]
    cells = grid.outline(grid.cover(AREA, 5))
    found = crosswalk(cells, cells)
    assert found.first.tolist() == found.second.tolist() == list(range(len(cells)))


def test_too_many_pairs_are_refused() -> None:
    cells = GRIDS["beidou"].outline(GRIDS["beidou"].cover(AREA, 5))
    with pytest.raises(ParameterError, match="pairs; 10 are allowed"):
        crosswalk(cells, cells, 10)


@pytest.mark.parametrize(
    ("name", "level"), [("beidou", 4), ("beidou", 5), ("beidou", 6), ("geosot", 16), ("geosot", 18)]
)
def test_the_database_covers_with_the_same_cells(tx: Connection, name: str, level: int) -> None:
    query = text("SELECT code FROM onemap.grid_cover(:grid, ST_GeomFromText(:area, 4490), :level) AS c(code)")
    for area in (AREA, AREA.buffer(-0.003), shapely.box(121.5, 31.23, 121.5 + 1 / 60, 31.23 + 1 / 60)):
        asked = tx.execute(query, {"grid": name, "area": area.wkt, "level": level}).scalars().all()
        assert asked == grid_named(name).cover(area, level).tolist()


def test_the_database_has_the_same_crosswalk(tx: Connection) -> None:
    query = text("SELECT * FROM onemap.grid_crosswalk('beidou', 5, 'geosot', 19, ST_GeomFromText(:area, 4490))")
    asked = tx.execute(query, {"area": AREA.wkt}).all()
    beidou, geosot = GRIDS["beidou"], GRIDS["geosot"]
    first = beidou.cover(AREA, 5)
    cells = beidou.outline(first)
    second = geosot.cover(shapely.box(*shapely.total_bounds(cells)), 19)
    found = crosswalk(cells, geosot.outline(second))
    assert [(row.from_code, row.to_code) for row in asked] == list(
        zip(first[found.first].tolist(), second[found.second].tolist(), strict=True)
    )
    assert [row.share for row in asked] == pytest.approx(found.share, abs=1e-6)
    assert [row.area_m2 for row in asked] == pytest.approx(found.area_m2, rel=1e-5)
