"""Real models: every element, every shape, and the volumes that the authoring programs have computed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ifcopenshell
import pytest

from bim.formats import open_model
from bim.formats.ifc.reading import IfcReading
from bim.model import Body, Element
from bim.reading import ModelReading
from bim.solids import footprint, solid_of

FZK, DUPLEX, HOUSE = "AC20-FZK-Haus.ifc", "duplex.ifc", "IfcOpenHouse_IFC4.ifc"
# The end of a beam 0.20 m wide and 0.24 m high lies in these walls. ArchiCAD takes its room off their "conditional"
# volume, which it writes as GrossVolume and NetVolume, and leaves it in the shape and in a quantity of its own: in two
# walls that are mitred 0.24 m of the beam, half each; 0.23 m in the third. Cubic metres.
IN_BEAM = {
    "3PfS__Y_DBAfq5naM6zD2Z": 0.24 * 0.20 * 0.24 / 2,
    "2XPyKWY018sA1ygZKgQPtU": 0.24 * 0.20 * 0.24 / 2,
    "1$wmdwWPjDYuku_ghVkynE": 0.23 * 0.20 * 0.24,
}
# A wall that is joined to another at both ends. Revit's volume leaves out the joints, half a thickness at each end, and
# the linings of both faces (plasterboard, studs); its shape has the joints, and the lining at one end of each face.
JOINED = "2O2Fr$t4X7Zf8NOew3FKRH"
JOINED_LENGTH, JOINED_WIDTH, JOINED_HEIGHT, LINING = 2.2, 0.55, 2.795, 0.016 + 0.041
GABLES = {"25OWQvmXj5BPgyergP43tY", "3Ttjr$59XEWfWN1WUHjelZ"}


@dataclass(frozen=True)
class Model:
    file: Any
    reading: ModelReading
    elements: dict[str, Element]
    bodies: dict[str, Body]

    def of(self, *types: str) -> Iterator[Element]:
        return (element for element in self.elements.values() if element.type in types)

    def volume(self, element: Element) -> float:
        found = solid_of(self.bodies[element.id].mesh)
        assert found.volume is not None, (element, found.reason)
        return found.volume


@pytest.fixture(scope="module")
def models(shared_data: Path) -> dict[str, Model]:
    return {name: _read(shared_data / "bim" / name) for name in (FZK, DUPLEX, HOUSE)}


def _read(path: Path) -> Model:
    reading = open_model(path)
    elements = {element.id: element for element in reading.elements}
    bodies = list(reading.bodies(lambda done, total: None))
    assert len(bodies) == len(dict(bodies))
    return Model(ifcopenshell.open(path), reading, elements, dict(bodies))


@pytest.fixture(params=[FZK, DUPLEX, HOUSE])
def model(request: pytest.FixtureRequest, models: dict[str, Model]) -> Model:
    return models[request.param]


def test_there_are_as_many_elements_of_each_class_as_in_the_file(model: Model) -> None:
    counted = Counter(element.type for element in model.reading.elements)
    assert len(model.elements) == len(model.reading.elements)
    expected = {
        entity.is_a()
        for name in ("IfcElement", "IfcSpatialStructureElement")
        for entity in model.file.by_type(name)
        if not entity.is_a("IfcFeatureElementSubtraction")
    }
    assert counted == {name: len(model.file.by_type(name, include_subtypes=False)) for name in expected}


def test_parents_come_first_and_all_elements_of_a_storey_find_it(model: Model) -> None:
    seen: set[str] = set()
    for element in model.reading.elements:
        assert element.parent is None or element.parent in seen
        seen.add(element.id)
    for relationship in model.file.by_type("IfcRelContainedInSpatialStructure"):
        for contained in relationship.RelatedElements:
            if relationship.RelatingStructure.is_a("IfcBuildingStorey") and contained.GlobalId in model.elements:
                assert model.elements[contained.GlobalId].storey == relationship.RelatingStructure.GlobalId


def test_storeys_are_at_their_elevations(models: dict[str, Model]) -> None:
    found = {
        name: {storey.name: storey.elevation_m for storey in models[name].of("IfcBuildingStorey")}
        for name in (FZK, DUPLEX)
    }
    assert found[FZK] == pytest.approx({"Erdgeschoss": 0.0, "Dachgeschoss": 2.7})
    assert found[DUPLEX] == pytest.approx({"T/FDN": -1.25, "Level 1": 0.0, "Level 2": 3.1, "Roof": 6.0})


def test_no_shape_is_left_out(model: Model) -> None:
    assert model.reading.defects == []
    with_body = {
        product.GlobalId
        for product in model.file.by_type("IfcProduct")
        if product.GlobalId in model.elements and not product.is_a("IfcVirtualElement") and product.Representation
        for shape in product.Representation.Representations
        if shape.RepresentationIdentifier in ("Body", "Facetation")
    }
    assert model.bodies.keys() == with_body
    assert all(len(body.mesh.triangles) for body in model.bodies.values())


def test_spaces_and_walls_have_the_volumes_that_archicad_gives_them(models: dict[str, Model]) -> None:
    model = models[FZK]
    for element in model.of("IfcSpace", "IfcWallStandardCase", "IfcSlab"):
        stated = element.quantities["BaseQuantities"]["NetVolume"] + IN_BEAM.get(element.id, 0)
        assert model.volume(element) == pytest.approx(stated, rel=1e-3), element.id
    walls = list(model.of("IfcWallStandardCase"))
    assert len(walls) == 13
    for wall in walls:
        own = wall.quantities["ArchiCADQuantities"]
        stated = own["Brutto-Volumen der Wand "] - own["Analytisches Volumen der Öffnungen in der Wand"]
        assert model.volume(wall) == pytest.approx(stated, rel=1e-3), wall.id
    for gable in GABLES:
        assert model.volume(model.elements[gable]) == pytest.approx(2.0564, abs=1e-4)


def test_spaces_and_walls_have_the_volumes_that_revit_gives_them(models: dict[str, Model]) -> None:
    model = models[DUPLEX]
    compared = 0
    for element in model.of("IfcSpace", "IfcWall", "IfcWallStandardCase", "IfcSlab", "IfcCovering"):
        stated = element.properties.get("PSet_Revit_Dimensions", {}).get("Volume")
        if stated and element.id != JOINED:
            assert model.volume(element) == pytest.approx(stated, rel=1e-3), element.id
            compared += 1
    assert compared > 80
    wall = model.elements[JOINED]
    core = (JOINED_LENGTH - JOINED_WIDTH) * (JOINED_WIDTH - 2 * LINING) * JOINED_HEIGHT
    assert wall.properties["PSet_Revit_Dimensions"]["Volume"] == pytest.approx(core, rel=1e-5)
    cut = (JOINED_LENGTH - JOINED_WIDTH) * LINING * JOINED_HEIGHT
    whole = JOINED_LENGTH * JOINED_WIDTH * JOINED_HEIGHT
    assert model.volume(wall) == pytest.approx(whole - 2 * cut, rel=1e-5)


def test_furniture_whose_openings_lie_beside_it_is_not_lost(models: dict[str, Model]) -> None:
    model = models[DUPLEX]
    cut = [entity.GlobalId for entity in model.file.by_type("IfcFurnishingElement") if entity.HasOpenings]
    assert len(cut) >= 10
    assert min(len(model.bodies[key].mesh.triangles) for key in cut) >= 12
    # The hole of a sink does cut its counter top.
    tops = [model.bodies[one.id] for one in model.of("IfcFurnishingElement") if "Sink Hole" in one.name]
    assert max(len(top.mesh.triangles) for top in tops) > 100


def test_equal_shapes_are_kept_once(models: dict[str, Model]) -> None:
    model = models[FZK]
    rafters = [model.bodies[element.id].mesh for element in model.of("IfcMember")]
    assert len({mesh.key for mesh in rafters}) < len(rafters) / 4


def test_every_body_has_a_valid_footprint(model: Model) -> None:
    for body in model.bodies.values():
        found = footprint(body)
        assert found.is_valid
        assert not found.is_empty


def test_what_the_files_say_of_their_place(models: dict[str, Model]) -> None:
    house, duplex = models[FZK].reading.statement, models[DUPLEX].reading.statement
    assert house.angles is not None
    assert (house.angles.latitude, house.angles.longitude) == pytest.approx((49.100435, 8.436539))
    assert house.elevation_m == 110
    assert house.true_north == pytest.approx((0.766044443, 0.642787610))
    assert duplex.angles is not None
    assert (duplex.angles.latitude, duplex.angles.longitude) == pytest.approx((41.8744, -87.6394), abs=1e-6)
    assert duplex.conversion is None
    assert "Chicago" in duplex.address
    assert models[FZK].reading.title == "Projekt-FZK-Haus"
    assert models[DUPLEX].reading.schema == "IFC2X3"


def test_walls_that_one_kernel_leaves_out_are_made_by_another(shared_data: Path, models: dict[str, Model]) -> None:
    reading = open_model(shared_data / "bim" / FZK)
    assert isinstance(reading, IfcReading)
    reading.work = replace(reading.work, kernel="cgal-simple")
    found = dict(reading.bodies(lambda done, total: None))
    assert reading.defects == []
    assert found.keys() == models[FZK].bodies.keys()
    for gable in GABLES:
        assert solid_of(found[gable].mesh).volume == pytest.approx(2.0564, abs=1e-4)


def test_a_kernel_that_really_crashes_costs_the_shapes_that_it_crashes_on(
    shared_data: Path, models: dict[str, Model]
) -> None:
    reading = open_model(shared_data / "bim" / DUPLEX)
    assert isinstance(reading, IfcReading)
    reading.work = replace(reading.work, kernel="manifold")
    found = [key for key, _ in reading.bodies(lambda done, total: None)]
    lost = {defect.element for defect in reading.defects}
    assert {defect.rule for defect in reading.defects} <= {"shape.crashed"}
    assert not lost & set(found)
    assert lost | set(found) == models[DUPLEX].bodies.keys()
    assert len(lost) < 20
