"""Cells of city management."""

import pytest
import shapely

from layers.errors import ParameterError
from layers.space.grids.management import area_m2, check, generate, parse

STREET = shapely.Point(121.5, 31.23).buffer(0.01).difference(shapely.Point(121.503, 31.232).buffer(0.003))


def test_a_code_has_its_parts():
    code = parse("310115005012034")
    assert (code.division, code.street, code.community, code.sequence) == ("310115", "005", "012", "034")
    assert (str(code), code.unit) == ("310115005012034", "310115005012")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("31011500501203x", "character 15 is 'x'; it must be 0-9"),
        ("３10115005012034", "character 1"),
        ("990115005012034", "digits 1 and 2 are 99, which is not a province"),
        ("310115000012034", "the street, digits 7 to 9, is 000"),
        ("310115005012000", "the sequence, digits 13 to 15, is 000"),
        ("31011500501203", "has 14 digits; a cell has 15"),
        ("", "has 0 digits"),
    ],
)
def test_a_check_tells_what_is_wrong(code, words):
    assert words in str(check(code))
    with pytest.raises(ParameterError, match="code: "):
        parse(code)


def test_cells_fill_the_street_once_and_are_about_ten_thousand_square_metres():
    cells = generate(STREET, "310115005000")
    polygons = [cell.polygon for cell in cells]
    assert {polygon.geom_type for polygon in polygons} == {"Polygon"}
    assert shapely.union_all(polygons).symmetric_difference(STREET).area < 1e-12
    assert sum(cell.area_m2 for cell in cells) == pytest.approx(area_m2(STREET), rel=1e-6)
    areas = sorted(cell.area_m2 for cell in cells)
    assert areas[len(areas) // 2] == pytest.approx(10_000, rel=0.001)
    assert 2_500 <= areas[0] <= areas[-1] <= 20_000


def test_cells_are_numbered_from_the_north_west_row_by_row():
    cells = generate(shapely.box(121.5, 31.2, 121.505, 31.204), "310115005001", 20_000)
    codes = [str(cell.code) for cell in cells]
    assert codes == [f"310115005001{number:03d}" for number in range(1, len(cells) + 1)]
    assert all(check(code) is None for code in codes)
    middles = [(cell.polygon.centroid.y, cell.polygon.centroid.x) for cell in cells]
    rows = sorted({round(y, 4) for y, _ in middles}, reverse=True)
    assert [round(y, 4) for y, _ in middles] == sorted((round(y, 4) for y, _ in middles), reverse=True)
    for row in rows:
        across = [x for y, x in middles if round(y, 4) == row]
        assert across == sorted(across)
    assert cells[0].polygon.covers(shapely.Point(121.5001, 31.2039))


def test_parts_apart_are_cells_apart_however_small():
    island = shapely.box(121.52, 31.2, 121.5201, 31.2001)
    cells = generate(shapely.MultiPolygon([shapely.box(121.5, 31.2, 121.505, 31.204), island]), "310115005001")
    assert [cell for cell in cells if cell.polygon.equals(island)]


def test_a_unit_with_more_cells_than_its_sequence_holds_is_refused():
    with pytest.raises(ParameterError, match=r"would have \d+ cells, and three digits of sequence hold 999; generate"):
        generate(shapely.Point(121.5, 31.23).buffer(0.05), "310115005000")


@pytest.mark.parametrize(
    ("area", "unit", "words"),
    [
        (STREET, "310115005", "unit: '310115005' has 9 digits, and needs 12"),
        (STREET, "3101150050001", "unit: .* has 13 digits"),
        (STREET, "31011500500x", "unit: .* character 12"),
        (shapely.Point(121.5, 31.2), "310115005000", "geometry: a Point has no area"),
        (shapely.Polygon(), "310115005000", "geometry: is empty"),
    ],
)
def test_what_cannot_be_cut_is_refused(area, unit, words):
    with pytest.raises(ParameterError, match=words):
        generate(area, unit)


def test_parts_too_far_apart_are_refused():
    far = shapely.MultiPolygon([shapely.box(121.5, 31.2, 121.501, 31.201), shapely.box(100, 40, 100.001, 40.001)])
    with pytest.raises(ParameterError, match="geometry: its parts lie so far apart"):
        generate(far, "310115005000")


@pytest.mark.parametrize("size", [0, -1, float("nan")])
def test_a_cell_has_a_size(size):
    with pytest.raises(ParameterError, match="cell_m2"):
        generate(STREET, "310115005000", size)
