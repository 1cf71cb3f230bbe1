"""Records of authored files, in every schema and unit."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from authored_ifc import METRES, Author, Plan, guid

from bim.catalog.building_elements import LAYER
from bim.formats import open_model
from bim.formats.ifc.classes import DISCIPLINES
from bim.model import Element


def read(author: Author, folder: Path) -> dict[str, Element]:
    """Return the elements of a file by name; those without one by class."""
    elements = open_model(author.write(folder / "house.ifc")).elements
    return {element.name or element.type: element for element in elements}


schemas = pytest.mark.parametrize("schema", ["IFC2X3", "IFC4", "IFC4X3"])
units = pytest.mark.parametrize("unit", METRES)


@schemas
def test_every_element_has_a_record_below_its_parent_and_openings_have_none(schema: str, tmp_path: Path) -> None:
    author = Author(Plan(schema))
    reading = open_model(author.write(tmp_path / "a.ifc"))
    counted = Counter(element.type for element in reading.elements)
    expected = {name: len(author.file.by_type(name, include_subtypes=False)) for name in counted}
    assert counted == expected
    assert len(reading.elements) == 2 + 2 * 8
    seen: set[str] = set()
    for element in reading.elements:
        assert element.parent is None or element.parent in seen
        seen.add(element.id)
    assert reading.title == "Authored house"
    assert reading.schema.startswith(schema)


@schemas
def test_parents_and_storeys_are_found_going_up(schema: str, tmp_path: Path) -> None:
    found = read(Author(Plan(schema)), tmp_path)
    chains = {
        "site": (None, None),
        "building": ("site", None),
        "storey 1": ("building", None),
        "space 1": ("storey 1", "storey 1"),
        "wall 1": ("storey 1", "storey 1"),
        "chair 1": ("space 1", "storey 1"),
    }
    for name, (parent, storey) in chains.items():
        assert found[name].parent == (parent and guid(parent)), name
        assert found[name].storey == (storey and guid(storey)), name


@units
def test_storeys_have_their_height_in_metres(unit: str, tmp_path: Path) -> None:
    found = read(Author(Plan(unit=unit, storey_height=3.2, site_at=(0, 0, 1.5))), tmp_path)
    assert found["storey 0"].elevation_m == pytest.approx(1.5)
    assert found["storey 1"].elevation_m == pytest.approx(4.7)
    assert found["wall 1"].elevation_m is None


def test_a_storey_that_is_placed_at_the_buildings_height_has_the_elevation_that_it_states(tmp_path: Path) -> None:
    author = Author(Plan(unit="mm", site_at=(0, 0, 1.5)))
    author.storeys[1].entity.ObjectPlacement.RelativePlacement = author.axes((0, 0, 0))
    assert read(author, tmp_path)["storey 1"].elevation_m == pytest.approx(4.5)


def test_parts_of_an_assembly_hang_below_it_though_the_storey_holds_them_too(tmp_path: Path) -> None:
    author = Author()
    storey = author.storeys[0].entity
    stair = author.element("IfcStair", "stair", None, (0, 0, 0), storey)
    flight = author.element("IfcStairFlight", "flight", (1, 3, 1), (0, 0, 0), stair)
    author.contain(storey, [stair, flight])
    author.aggregate(stair, [flight])
    found = read(author, tmp_path)
    assert found["flight"].parent == guid("stair")
    assert found["flight"].storey == guid("storey 0")


def test_what_fills_an_opening_and_is_nowhere_else_belongs_to_the_wall(tmp_path: Path) -> None:
    author = Author()
    for relationship in author.file.by_type("IfcRelContainedInSpatialStructure"):
        members = [member for member in relationship.RelatedElements if not member.is_a("IfcDoor")]
        relationship.RelatedElements = members
    found = read(author, tmp_path)
    assert found["door 1"].parent == guid("wall 1")
    assert found["door 1"].storey == guid("storey 1")


def test_a_circle_of_parts_is_cut_and_all_of_it_kept(tmp_path: Path) -> None:
    author = Author()
    a, b = (author.element("IfcElementAssembly", name, None, (0, 0, 0), None) for name in "ab")
    author.aggregate(a, [b])
    author.aggregate(b, [a])
    found = read(author, tmp_path)
    assert {found["a"].parent, found["b"].parent} in ({None, guid("a")}, {None, guid("b")})


def test_an_element_in_no_storey_has_neither_parent_nor_storey(tmp_path: Path) -> None:
    author = Author()
    author.element("IfcBeam", "stray", (1, 1, 1), (0, 0, 0), None)
    stray = read(author, tmp_path)["stray"]
    assert (stray.parent, stray.storey, stray.discipline) == (None, None, "structure")


def test_kinds_of_virtual_elements_and_facilities(tmp_path: Path) -> None:
    author = Author(Plan("IFC4X3"))
    author.element("IfcVirtualElement", "border", (1, 1, 1), (0, 0, 0), None)
    author.element("IfcBridge", "bridge", None, (0, 0, 0), None)
    author.element("IfcBridgePart", "deck", None, (0, 0, 0), None, UsageType="NOTDEFINED")
    author.element("IfcPavement", "pavement", (1, 1, 1), (0, 0, 0), None)
    found = read(author, tmp_path)
    kinds = {name: found[name].kind for name in ("border", "bridge", "deck", "pavement")}
    assert kinds == {"border": "element", "bridge": "building", "deck": "storey", "pavement": "element"}


def test_words_of_an_element_come_from_it_or_from_its_type(tmp_path: Path) -> None:
    author = Author()
    wall, slab, door = author.storeys[0].wall, author.storeys[0].slab, author.storeys[0].door
    wall.Tag = "W-7"
    author.type_of(wall, author.root("IfcWallType", "thick", PredefinedType="SHEAR"))
    slab.PredefinedType, slab.ObjectType = "USERDEFINED", "floating"
    author.type_of(door, author.root("IfcDoorType", "wide", PredefinedType="USERDEFINED", ElementType="saloon",
                                     OperationType="NOTDEFINED"))  # fmt: skip
    found = read(author, tmp_path)
    assert (found["wall 0"].tag, found["wall 0"].type_name, found["wall 0"].predefined_type) == (
        "W-7",
        "thick",
        "SHEAR",
    )
    assert (found["slab 0"].type_name, found["slab 0"].predefined_type) == ("floating", "floating")
    assert found["door 0"].predefined_type == "saloon"
    assert found["space 0"].long_name == "Room"


@pytest.mark.parametrize(
    ("schema", "name", "discipline"),
    [
        ("IFC4", "IfcWallStandardCase", "architecture"),
        ("IFC4", "IfcBeamStandardCase", "structure"),
        ("IFC4", "IfcDuctSegment", "mep"),
        ("IFC4", "IfcSensor", "mep"),
        ("IFC4", "IfcFurniture", "furnishing"),
        ("IFC4", "IfcTransportElement", "transport"),
        ("IFC2X3", "IfcFlowTerminal", "mep"),
        ("IFC4X3", "IfcKerb", "architecture"),
        ("IFC4X3", "IfcPile", "structure"),
    ],
)
def test_disciplines_go_down_to_the_classes_below(schema: str, name: str, discipline: str, tmp_path: Path) -> None:
    author = Author(Plan(schema))
    author.element(name, "thing", None, (0, 0, 0), None)
    assert read(author, tmp_path)["thing"].discipline == discipline


def _layers(author: Author, names: list[str]) -> Any:
    layers = [author.file.createIfcMaterialLayer(author.file.createIfcMaterial(name), 0.1) for name in names]
    return author.file.createIfcMaterialLayerSet(layers)


@schemas
def test_materials_are_those_of_layers_in_their_order_each_once(schema: str, tmp_path: Path) -> None:
    author = Author(Plan(schema))
    wall = author.storeys[0].wall
    usage = author.file.createIfcMaterialLayerSetUsage(
        _layers(author, ["brick", "air", "brick"]), "AXIS2", "POSITIVE", 0.0
    )
    author.made_of(wall, usage)
    assert read(author, tmp_path)["wall 0"].materials == ("brick", "air")


def test_materials_are_found_in_lists_constituents_and_profiles_and_on_the_type(tmp_path: Path) -> None:
    author = Author()
    file, storey = author.file, author.storeys[0]
    glass, oak = file.createIfcMaterial("glass"), file.createIfcMaterial("oak")
    author.made_of(storey.slab, file.createIfcMaterialList([oak, glass]))
    parts = [file.createIfcMaterialConstituent(None, None, material) for material in (glass, oak)]
    author.made_of(storey.door, file.createIfcMaterialConstituentSet(None, None, parts))
    column_type = author.root("IfcColumnType", "column type", PredefinedType="COLUMN")
    profile = file.createIfcMaterialProfile(None, None, oak, author.box((1, 1, 1)).SweptArea)
    author.made_of(column_type, file.createIfcMaterialProfileSet(None, None, [profile]))
    for column in storey.columns:
        author.type_of(column, column_type) if column is storey.columns[0] else author.made_of(column, glass)
    found = read(author, tmp_path)
    assert found["slab 0"].materials == ("oak", "glass")
    assert found["door 0"].materials == ("glass", "oak")
    assert found["column 0 0"].materials == ("oak",)
    assert found["column 0 1"].materials == ("glass",)
    assert found["wall 0"].materials == ()


@schemas
def test_systems_and_zones_are_named_and_other_groups_are_not(schema: str, tmp_path: Path) -> None:
    author = Author(Plan(schema))
    space = author.storeys[0].space
    author.group("IfcSystem", "supply air", [space])
    author.group("IfcZone", "flat 1", [space])
    author.group("IfcGroup", "whatever", [space])
    assert read(author, tmp_path)["space 0"].systems == ("supply air", "flat 1")


def test_every_discipline_that_is_read_has_a_title_in_the_layer() -> None:
    column = LAYER.column("discipline")
    assert column is not None
    assert set(DISCIPLINES.values()) == {code for code, _ in column.codes}
