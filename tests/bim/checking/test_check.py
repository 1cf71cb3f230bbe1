"""Delivery specifications held against authored files: units above all, and what cannot be read or takes too long."""

from pathlib import Path
from typing import Any

import pytest
from authored_ids import attribute, between, property_of, simple, specification, write_ids
from authored_ifc import METRES, Author, Plan, guid

from bim.checking import Limits, check_file
from bim.checking.worker import check
from layers.errors import SourceError

MEASURES = {
    "length": ("IfcLengthMeasure", "IfcQuantityLength", "Length", 1, 2.9),
    "area": ("IfcAreaMeasure", "IfcQuantityArea", "Area", 2, 1.8),
    "volume": ("IfcVolumeMeasure", "IfcQuantityVolume", "Volume", 3, 0.3),
    "mass": ("IfcMassMeasure", "IfcQuantityWeight", "Weight", 0, 40.0),
}


def door_in(unit: str, schema: str = "IFC4", *, prefixed: bool = True) -> Author:
    """Return a house in units of lengths, and of areas, volumes and masses too if ``prefixed``.

    Its door is 2.9 m high, has 1.8 m², 0.3 m³, weighs 40 kg.
    """
    author = Author(Plan(schema, unit, storeys=1))
    make, factor, door = author.file.create_entity, METRES[unit], author.storeys[0].door
    if prefixed and unit != "ft":
        prefix = "MILLI" if unit == "mm" else None
        si = author.file.createIfcSIUnit
        author.project.UnitsInContext.Units = [
            *author.project.UnitsInContext.Units,
            si(None, "AREAUNIT", prefix, "SQUARE_METRE"),
            si(None, "VOLUMEUNIT", prefix, "CUBIC_METRE"),
            si(None, "MASSUNIT", "KILO", "GRAM"),
        ]
    door.OverallHeight = 2.9 / factor
    sizes = {name: size / factor**power for name, (_, _, _, power, size) in MEASURES.items()}
    author.define(door, "Own", {name: make(MEASURES[name][0], size) for name, size in sizes.items()})
    author.measure(door, "Qto", {name: (MEASURES[name][2], size) for name, size in sizes.items()})
    return author


def failures(author: Author, folder: Path, requirements: list[str], entity: str = "IFCDOOR") -> list[tuple[str, str]]:
    """Return name and reason of what fails each of some requirements."""
    path = author.write(folder / "house.ifc")
    spec = write_ids(folder / "spec.ids", [specification("doors", entity, one) for one in requirements])
    report = check(path, spec, 10)
    return [
        (failure.name, failure.reason.en)
        for one in report.specifications
        for requirement in one.requirements
        for failure in requirement.failures
    ]


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4", "IFC4X3"])
@pytest.mark.parametrize("unit", METRES)
def test_sizes_are_compared_in_si_units_whatever_those_of_the_project(unit: str, schema: str, tmp_path: Path) -> None:
    right = [attribute("OverallHeight", simple("2.9")), attribute("OverallHeight", between(2.0, 2.9))]
    wrong = [attribute("OverallHeight", simple(str(2.9 / METRES[unit] + 1)))]
    for name, (measure, _, _, _, size) in MEASURES.items():
        for owner in ("Own", "Qto"):
            right.append(property_of(owner, name, simple(str(size)), measure.upper()))
            right.append(property_of(owner, name, between(size, size)))
            wrong.append(property_of(owner, name, between(size * 1.001, size * 1e9), measure.upper()))
    assert failures(door_in(unit, schema), tmp_path, right) == []
    assert len(failures(door_in(unit, schema), tmp_path, wrong)) == len(wrong)
    if unit != "mm":
        # Files of millimetres without a unit of area take its square, as we read them.
        return
    assert failures(door_in(unit, schema, prefixed=False), tmp_path, right) == []


def test_units_of_a_property_and_kinds_of_values_are_brought_along(tmp_path: Path) -> None:
    author = door_in("mm")
    make, door = author.file.create_entity, author.storeys[0].door
    length = [make("IfcLengthMeasure", number) for number in (100.0, 250.0)]
    foot = author.unit("ft")
    temperature = author.file.createIfcSIUnit(None, "THERMODYNAMICTEMPERATUREUNIT", None, "DEGREE_CELSIUS")
    author.project.UnitsInContext.Units = [*author.project.UnitsInContext.Units, temperature]
    definition = author.define(door, "More", {"warm": make("IfcThermodynamicTemperatureMeasure", 20.0)})
    definition.HasProperties = [
        *definition.HasProperties,
        author.file.createIfcPropertySingleValue("own", None, make("IfcLengthMeasure", 10.0), foot),
        author.file.createIfcPropertyListValue("list", None, length, None),
        author.file.createIfcPropertyBoundedValue("bounds", None, length[1], length[0], None, None),
        author.file.createIfcPropertyEnumeratedValue("kinds", None, length, None),
    ]
    right = [
        property_of("More", "own", simple("3.048")), property_of("More", "list", simple("0.25")),
        property_of("More", "bounds", simple("0.1")), property_of("More", "kinds", simple("0.25")),
        property_of("More", "warm", simple("293.15")),
    ]  # fmt: skip
    assert failures(author, tmp_path, right) == []


def test_a_failure_names_the_element_and_the_reason_in_two_languages(tmp_path: Path) -> None:
    author = door_in("mm")
    path = author.write(tmp_path / "house.ifc")
    specifications = [
        specification("防火", "IFCDOOR", property_of("Pset_DoorCommon", "FireExit")),
        specification("高度", "IFCDOOR", attribute("OverallHeight", between(2.0, 2.5))),
        specification("windows", "IFCWINDOW", attribute("Name")),
        specification("lifts", "IFCTRANSPORTELEMENT", attribute("Name"), occurs='minOccurs="1"'),
        specification("other", "IFCDOOR", attribute("Name"), versions="IFC2X3"),
        specification("names", "IFCDOOR", attribute("Name")),
        specification("chairs", "IFCFURNISHINGELEMENT", "").replace('maxOccurs="unbounded"', 'maxOccurs="0"'),
    ]
    report = check_file(path, write_ids(tmp_path / "spec.ids", specifications))
    assert (report.title, report.schema, report.passed) == ("交付要求", "IFC4", False)
    assert {one.name: one.status for one in report.specifications} == {
        "防火": "failed", "高度": "failed", "windows": "not_applicable", "lifts": "failed", "other": "other_schema",
        "names": "passed", "chairs": "failed",
    }  # fmt: skip
    fire, height, _, lifts, _, _, chairs = report.specifications
    (requirement,) = fire.requirements
    assert requirement.text.en == "Pset_DoorCommon.FireExit must be there"
    (failure,) = requirement.failures
    assert (failure.element, failure.name, failure.ifc_class) == (guid("door 0"), "door 0", "IfcDoor")
    assert failure.reason.json() == {"zh": "没有该属性集", "en": "it has no such property set"}
    assert height.requirements[0].text.zh == "属性 OverallHeight 应为 ≥ 2.0, ≤ 2.5"
    assert height.requirements[0].failures[0].reason.en == "the attribute is 2.9"
    assert lifts.message is not None
    assert chairs.requirements[0].failed == 1


BROKEN = {
    "bomb": ('<!DOCTYPE x [<!ENTITY a "aa">]><ids>&a;</ids>', "no XML that can be read"),
    "cut": ("<ids><info>", "no XML that can be read"),
    "other": ("<ids xmlns='http://standards.buildingsmart.org/IDS'><info/></ids>", "does not follow the schema of IDS"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_specification_that_cannot_be_used_is_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    content, said = BROKEN[name]
    (tmp_path / "spec.ids").write_text(content, encoding="utf-8")
    path = Author(Plan(storeys=1)).write(tmp_path / "house.ifc")
    with pytest.raises(SourceError, match=said) as caught:
        check_file(path, tmp_path / "spec.ids")
    assert str(caught.value).count("spec.ids") == 1


def test_a_model_that_is_cut_short_and_a_file_that_is_not_there_are_named(tmp_path: Path) -> None:
    spec = write_ids(tmp_path / "spec.ids", [specification("names", "IFCDOOR", attribute("Name"))])
    (tmp_path / "cut.ifc").write_text("ISO-10303-21;\nHEADER;", encoding="utf-8")
    with pytest.raises(SourceError, match=r"cut\.ifc: the file is cut short"):
        check_file(tmp_path / "cut.ifc", spec)
    with pytest.raises(SourceError, match="there is no such file"):
        check_file(tmp_path / "none.ifc", spec)


def test_a_check_that_takes_too_long_or_too_much_is_ended(tmp_path: Path) -> None:
    path = Author(Plan(storeys=1)).write(tmp_path / "house.ifc")
    slow = '<xs:restriction base="xs:string"><xs:pattern value="(a+)+b"/></xs:restriction>'
    author = Author(Plan(storeys=1))
    author.storeys[0].door.Name = "a" * 60
    author.write(path)
    spec = write_ids(tmp_path / "spec.ids", [specification("slow", "IFCDOOR", attribute("Name", slow))])
    with pytest.raises(SourceError, match=r"took more than 4 s"):
        check_file(path, spec, Limits(seconds=4))
    with pytest.raises(SourceError, match=r"needed more than 0\.125 GiB of memory|ended \("):
        check_file(path, spec, Limits(memory=128 * 1024**2))


def test_what_the_library_stumbles_over_fails_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ifctester import ids

    def stumble(*_: Any, **__: Any) -> None:
        raise AttributeError("no Name")

    path = Author(Plan(storeys=1)).write(tmp_path / "house.ifc")
    spec = write_ids(tmp_path / "spec.ids", [specification("x", "IFCDOOR", attribute("Name"))])
    monkeypatch.setattr(ids.Attribute, "__call__", stumble)
    report = check(path, spec, 10)
    assert [one.status for one in report.specifications] == ["unchecked"]
    assert not report.passed
