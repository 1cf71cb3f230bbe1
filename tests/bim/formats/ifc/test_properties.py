"""Property sets and quantities as plain values."""

from pathlib import Path

import pytest
from authored_ifc import METRES, Author, Plan

from bim.formats import open_model
from bim.model import Element


def wall_of(author: Author, folder: Path) -> Element:
    reading = open_model(author.write(folder / "house.ifc"))
    return next(element for element in reading.elements if element.name == "wall 0")


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4", "IFC4X3"])
def test_what_an_instance_says_wins_over_its_type(schema: str, tmp_path: Path) -> None:
    author = Author(Plan(schema))
    wall = author.storeys[0].wall
    kind = author.root("IfcWallType", "kind", PredefinedType="STANDARD")
    author.type_of(wall, kind)
    author.define(kind, "Pset_WallCommon", {"FireRating": "REI 30", "Reference": "thick"})
    author.define(wall, "Pset_WallCommon", {"FireRating": "REI 90"})
    author.define(wall, "Own", {"n": 7})
    found = wall_of(author, tmp_path).properties
    assert found == {"Pset_WallCommon": {"FireRating": "REI 90", "Reference": "thick"}, "Own": {"n": 7.0}}


@pytest.mark.parametrize("unit", METRES)
def test_measures_are_in_metres_and_other_values_as_they_stand(unit: str, tmp_path: Path) -> None:
    author = Author(Plan(unit=unit))
    make = author.file.create_entity
    values = {
        "length": make("IfcPositiveLengthMeasure", 2.0 / METRES[unit]),
        "area": make("IfcAreaMeasure", 3.0 / METRES[unit] ** 2),
        "volume": make("IfcVolumeMeasure", 4.0 / METRES[unit] ** 3),
        "real": make("IfcReal", 5.0),
        "count": make("IfcInteger", 6),
        "yes": make("IfcBoolean", True),
        "unknown": make("IfcLogical", "UNKNOWN"),
        "ratio": make("IfcThermalTransmittanceMeasure", 0.24),
        "text": make("IfcText", "厚墙"),
        "empty": None,
    }
    author.define(author.storeys[0].wall, "Set", values | {"label": "L"})
    found = wall_of(author, tmp_path).properties["Set"]
    assert found["length"] == pytest.approx(2)
    assert found["area"] == pytest.approx(3)
    assert found["volume"] == pytest.approx(4)
    rest = {name: found[name] for name in ("real", "count", "yes", "unknown", "ratio", "text", "empty", "label")}
    assert rest == {"real": 5.0, "count": 6, "yes": True, "unknown": "UNKNOWN", "ratio": 0.24, "text": "厚墙",
                    "empty": None, "label": "L"}  # fmt: skip


def test_a_property_with_a_unit_of_its_own_is_in_that(tmp_path: Path) -> None:
    author = Author(Plan(unit="ft"))
    value = author.file.create_entity("IfcLengthMeasure", 250.0)
    own = author.file.createIfcPropertySingleValue("own", None, value, author.unit("mm"))
    author.define(author.storeys[0].wall, "Set", {}).HasProperties = [own]
    assert wall_of(author, tmp_path).properties["Set"]["own"] == pytest.approx(0.25)


def test_lists_bounds_tables_references_and_complex_properties(tmp_path: Path) -> None:
    author = Author(Plan(unit="mm"))
    file = author.file
    label, length = file.createIfcLabel, file.createIfcLengthMeasure
    inner = file.createIfcPropertySingleValue("depth", None, length(40.0))
    made = [
        file.createIfcPropertyEnumeratedValue("choice", None, [label("A"), label("B")]),
        file.createIfcPropertyListValue("list", None, [length(100.0), length(200.0)]),
        file.createIfcPropertyBoundedValue("range", None, length(3000.0), length(1000.0), None, length(2000.0)),
        file.createIfcPropertyTableValue("table", None, [label("a")], [length(10.0)]),
        file.createIfcPropertyReferenceValue("made of", None, None, file.createIfcMaterial("oak")),
        file.createIfcComplexProperty("frame", None, "use", [inner]),
    ]
    author.define(author.storeys[0].wall, "Set", {}).HasProperties = made
    assert wall_of(author, tmp_path).properties["Set"] == {
        "choice": ["A", "B"],
        "list": [0.1, 0.2],
        "range.lower": 1.0,
        "range.upper": 3.0,
        "range.set_point": 2.0,
        "table": [["a", 0.01]],
        "made of": "oak",
        "frame.depth": 0.04,
    }


@pytest.mark.parametrize("unit", METRES)
def test_quantities_are_in_si_units(unit: str, tmp_path: Path) -> None:
    author = Author(Plan(unit=unit))
    metre = METRES[unit]
    quantities = {
        "Length": ("Length", 6.0 / metre),
        "NetSideArea": ("Area", 18.0 / metre**2),
        "NetVolume": ("Volume", 5.4 / metre**3),
        "Doors": ("Count", 1),
        "Weight": ("Weight", 900.0),
    }
    author.measure(author.storeys[0].wall, "Qto_WallBaseQuantities", quantities)
    found = wall_of(author, tmp_path)
    assert found.quantities["Qto_WallBaseQuantities"] == pytest.approx(
        {"Length": 6.0, "NetSideArea": 18.0, "NetVolume": 5.4, "Doors": 1.0, "Weight": 900.0}
    )
    assert found.properties == {}


def test_units_of_area_and_mass_count_where_they_are_stated(tmp_path: Path) -> None:
    author = Author(Plan(unit="mm"))
    wall, units = author.storeys[0].wall, author.project.UnitsInContext
    square = author.file.createIfcSIUnit(None, "AREAUNIT", None, "SQUARE_METRE")
    gram = author.file.createIfcSIUnit(None, "MASSUNIT", None, "GRAM")
    units.Units = [*units.Units, square, gram]
    quantities = author.measure(wall, "Q", {"a": ("Area", 18.0), "m": ("Weight", 900.0), "l": ("Length", 5.0)})
    quantities.Quantities[2].Unit = author.file.createIfcSIUnit(None, "LENGTHUNIT", "CENTI", "METRE")
    assert wall_of(author, tmp_path).quantities["Q"] == pytest.approx({"a": 18.0, "m": 0.9, "l": 0.05})


def test_a_square_millimetre_is_a_millionth_of_a_square_metre(tmp_path: Path) -> None:
    author = Author()
    units = author.project.UnitsInContext
    units.Units = [*units.Units, author.file.createIfcSIUnit(None, "AREAUNIT", "MILLI", "SQUARE_METRE")]
    author.measure(author.storeys[0].wall, "Q", {"a": ("Area", 1e6)})
    assert wall_of(author, tmp_path).quantities["Q"]["a"] == pytest.approx(1)
