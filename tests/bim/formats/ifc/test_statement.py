"""What a file says of its place, in metres and degrees."""

import math
from pathlib import Path
from typing import Any

import pytest
from authored_ifc import METRES, Author, Plan, guid

from bim.formats import open_model
from bim.georeference import Helmert, Statement

SHANGHAI = {"Eastings": 353_500.0, "Northings": 3_457_000.0, "OrthogonalHeight": 4.2}


def said(author: Author, folder: Path) -> Statement:
    return open_model(author.write(folder / "house.ifc")).statement


def conversion(author: Author, folder: Path) -> Helmert:
    found = said(author, folder).conversion
    assert found is not None
    return found


def in_unit(unit: str, **others: float) -> dict[str, float]:
    """Return the conversion to Shanghai with lengths in a unit."""
    return {name: number / METRES[unit] for name, number in SHANGHAI.items()} | others


def assert_shanghai(found: Helmert) -> None:
    assert (found.eastings, found.northings, found.height) == pytest.approx(tuple(SHANGHAI.values()), rel=1e-12)


@pytest.mark.parametrize("schema", ["IFC4", "IFC4X3"])
@pytest.mark.parametrize("unit", METRES)
def test_a_map_without_a_unit_has_that_of_the_project(schema: str, unit: str, tmp_path: Path) -> None:
    found = conversion(Author(Plan(schema, unit, map_conversion=in_unit(unit))), tmp_path)
    assert_shanghai(found)
    assert found.scale == 1


@pytest.mark.parametrize("unit", METRES)
@pytest.mark.parametrize("map_unit", METRES)
def test_a_map_with_a_unit_has_that_and_sizes_stay(unit: str, map_unit: str, tmp_path: Path) -> None:
    plan = Plan(unit=unit, map_unit=map_unit, map_conversion=in_unit(map_unit))
    found = conversion(Author(plan), tmp_path)
    assert_shanghai(found)
    assert found.scale == 1


@pytest.mark.parametrize("unit", METRES)
def test_the_scale_takes_numbers_to_numbers_and_comes_out_between_metres(unit: str, tmp_path: Path) -> None:
    stated = in_unit("m", Scale=METRES[unit] * 0.9996)
    found = conversion(Author(Plan(unit=unit, map_unit="m", map_conversion=stated)), tmp_path)
    assert_shanghai(found)
    assert found.scale == pytest.approx(0.9996)


def test_a_scale_of_one_between_millimetres_and_metres_leaves_sizes_and_is_noted(tmp_path: Path) -> None:
    author = Author(Plan(unit="mm", map_unit="m", map_conversion=in_unit("m", Scale=1.0)))
    statement = said(author, tmp_path)
    assert statement.conversion is not None
    assert statement.conversion.scale == 1
    assert any("leaves out the units" in note for note in statement.notes)


def test_a_map_without_a_unit_whose_scale_is_that_of_metres_is_in_metres(tmp_path: Path) -> None:
    found = conversion(Author(Plan(unit="mm", map_conversion=in_unit("m", Scale=0.001))), tmp_path)
    assert_shanghai(found)
    assert found.scale == pytest.approx(1)


def test_the_axis_is_a_unit_vector_and_along_the_eastings_where_it_has_no_length(tmp_path: Path) -> None:
    author = Author(Plan(map_conversion=in_unit("m", XAxisAbscissa=3.0, XAxisOrdinate=-4.0)))
    found = conversion(author, tmp_path)
    assert (found.abscissa, found.ordinate) == pytest.approx((0.6, -0.8))
    author = Author(Plan(map_conversion=in_unit("m", XAxisAbscissa=0.0, XAxisOrdinate=0.0)))
    statement = said(author, tmp_path)
    assert statement.conversion is not None
    assert (statement.conversion.abscissa, statement.conversion.ordinate) == (1, 0)
    assert any("no direction" in note for note in statement.notes)


def test_factors_of_a_scaled_conversion_count(tmp_path: Path) -> None:
    author = Author(Plan("IFC4X3", unit="mm", map_unit="m", map_conversion=in_unit("m", Scale=0.001)))
    plain = author.file.by_type("IfcMapConversion")[0]
    attributes = {name: value for name, value in plain.get_info().items() if name not in ("id", "type")}
    author.file.remove(plain)
    author.file.create_entity("IfcMapConversionScaled", **attributes, FactorX=0.9998, FactorY=0.9998, FactorZ=1.0)
    found = conversion(author, tmp_path)
    assert_shanghai(found)
    assert found.scale == pytest.approx(0.9998)


def test_a_rigid_operation_moves_without_turning(tmp_path: Path) -> None:
    author = Author(Plan("IFC4X3", unit="mm"))
    length = author.file.createIfcLengthMeasure
    crs = author.file.create_entity("IfcProjectedCRS", Name="EPSG:4549", MapUnit=author.unit("m"))
    author.file.create_entity(
        "IfcRigidOperation", author.context, crs, length(353_500.0), length(3_457_000.0), Height=4.2
    )
    assert_shanghai(conversion(author, tmp_path))


def test_a_blank_conversion_is_ignored_and_its_crs_kept(tmp_path: Path) -> None:
    statement = said(Author(Plan(map_conversion={"Eastings": 0.0, "Northings": 0.0})), tmp_path)
    assert statement.conversion is None
    assert statement.crs == "EPSG:4549"
    assert any("blank" in note for note in statement.notes)


def test_a_file_that_says_nothing_of_its_place_says_nothing(tmp_path: Path) -> None:
    assert said(Author(), tmp_path) == Statement()


@pytest.mark.parametrize(
    "name", ["ePSet_MapConversion", "EPset_MapConversion", "EPSET_MAPCONVERSION", "ePset_MapConversion"]
)
@pytest.mark.parametrize("owner", ["project", "site"])
@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4"])
def test_the_property_set_counts_in_any_spelling_on_project_and_site(
    name: str, owner: str, schema: str, tmp_path: Path
) -> None:
    author = Author(Plan(schema, unit="mm"))
    length = author.file.createIfcLengthMeasure
    values = {"EASTINGS": length(353_500.0), "Northings": 3_457_000.0, "orthogonalHeight": 4.2, "XAxisOrdinate": 1.0,
              "XAxisAbscissa": 0.0, "Scale": 0.001}  # fmt: skip
    author.define(getattr(author, owner), name, values)
    author.define(getattr(author, owner), name.lower().replace("mapconversion", "ProjectedCRS"), {"Name": "EPSG:2437"})
    statement = said(author, tmp_path)
    assert statement.crs == "EPSG:2437"
    assert statement.conversion is not None
    assert_shanghai(statement.conversion)
    assert (statement.conversion.abscissa, statement.conversion.ordinate) == (0, 1)
    assert statement.conversion.scale == pytest.approx(1)


@pytest.mark.parametrize(
    ("eastings", "map_unit"),
    [
        ("353500 m", None),
        ("353,500.0 metre", "mm"),
        ("353500000 mm", "METRE"),
        ("353500", "m"),
        ("353500000", "MILLIMETRE"),
        (353_500_000, "mm"),
        ("1159776.9028871391 ft", None),
    ],
)
def test_texts_with_and_without_units_are_read(eastings: Any, map_unit: str | None, tmp_path: Path) -> None:
    author = Author(Plan("IFC2X3", unit="mm"))
    author.define(author.project, "ePSet_MapConversion", {"Eastings": eastings, "Northings": "3457000 m"})
    author.define(author.project, "ePSet_ProjectedCRS", {"Name": "X"} | ({"MapUnit": map_unit} if map_unit else {}))
    found = conversion(author, tmp_path)
    assert (found.eastings, found.northings) == pytest.approx((353_500.0, 3_457_000.0), rel=1e-9)


def test_a_text_that_is_no_number_is_noted(tmp_path: Path) -> None:
    author = Author(Plan("IFC2X3"))
    author.define(author.project, "ePSet_MapConversion", {"Eastings": "see drawing", "Northings": "0"})
    statement = said(author, tmp_path)
    assert statement.conversion is None
    assert any("see drawing" in note for note in statement.notes)


def test_coordinates_beyond_the_earth_are_in_the_projects_unit(tmp_path: Path) -> None:
    author = Author(Plan("IFC2X3", unit="mm"))
    author.define(author.project, "ePSet_MapConversion", {"Eastings": 353_500_000.0, "Northings": 3_457_000_000.0})
    statement = said(author, tmp_path)
    assert statement.conversion is not None
    assert statement.conversion.northings == pytest.approx(3_457_000)
    assert any("beyond the Earth" in note for note in statement.notes)


@pytest.mark.parametrize("unit", METRES)
def test_angles_elevation_and_offset_of_the_site(unit: str, tmp_path: Path) -> None:
    plan = Plan(
        unit=unit, latitude=(31, 14, 0, 500_000), longitude=(121, 30, 30), elevation=4.5, site_at=(100, -20, 1.5)
    )
    statement = said(Author(plan), tmp_path)
    assert statement.angles is not None
    assert statement.angles.latitude == pytest.approx(31 + 14 / 60 + 0.5 / 3600)
    assert statement.angles.longitude == pytest.approx(121 + 30.5 / 60)
    assert statement.elevation_m == pytest.approx(4.5)
    assert statement.site_offset == pytest.approx((100, -20, 1.5))


def test_angles_of_both_signs_are_no_place_and_the_site_is_named(tmp_path: Path) -> None:
    statement = said(Author(Plan(latitude=(31, -14, 0), longitude=(121, 30, 30))), tmp_path)
    assert statement.angles is None
    assert any("RefLatitude" in note and guid("site") in note for note in statement.notes)


def test_a_latitude_beyond_the_pole_is_no_place(tmp_path: Path) -> None:
    statement = said(Author(Plan(latitude=(121, 30, 30), longitude=(31, 14, 0))), tmp_path)
    assert statement.angles is None
    assert any("beyond 90 degrees" in note for note in statement.notes)


def test_true_north_stands_as_in_the_file(tmp_path: Path) -> None:
    angle = math.radians(30)
    statement = said(Author(Plan(true_north=(-math.sin(angle), math.cos(angle)))), tmp_path)
    assert statement.true_north == pytest.approx((-0.5, 0.8660254037844386))


def test_true_north_without_a_direction_is_noted(tmp_path: Path) -> None:
    statement = said(Author(Plan(true_north=(0.0, 0.0))), tmp_path)
    assert statement.true_north is None
    assert any("TrueNorth" in note for note in statement.notes)


def test_the_address_is_one_line_from_the_street_on(tmp_path: Path) -> None:
    author = Author()
    author.building.BuildingAddress = author.file.create_entity(
        "IfcPostalAddress", AddressLines=["世纪大道 100 号"], Town="上海", PostalCode="200120", Country="中国"
    )
    assert said(author, tmp_path).address == "世纪大道 100 号, 200120 上海, 中国"
