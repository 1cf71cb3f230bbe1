"""Small IFC buildings, written by the tests that read them.

A building has a site, a building, and on each storey a slab, a wall with an opening and a door in it, a space, two
columns of one shared shape, and a chair. All sizes are given in metres, and written in the unit of the plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import ifcopenshell
import ifcopenshell.guid

METRES = {"m": 1.0, "mm": 0.001, "ft": 0.3048}
Size = tuple[float, float, float]

WALL: Size = (6.0, 0.3, 3.0)
OPENING: Size = (1.0, 0.3, 2.1)
SPACE: Size = (5.4, 3.4, 2.8)
SLAB: Size = (6.0, 4.0, 0.2)
COLUMN: Size = (0.4, 0.4, 2.8)


@dataclass(frozen=True)
class Plan:
    """What to author.

    ``unit`` is that of all lengths of the file, a key of ``METRES``, or None for a project without units. ``site_at``
    is in metres. ``latitude`` and ``longitude`` are IFC's lists of whole numbers. ``map_conversion`` are attributes of
    IfcMapConversion as they are to stand in the file; in IFC2X3 they go to an ePSet_MapConversion of the project.
    """

    schema: str = "IFC4"
    unit: str | None = "m"
    storeys: int = 2
    storey_height: float = 3.0
    site_at: Size = (0.0, 0.0, 0.0)
    latitude: tuple[int, ...] | None = None
    longitude: tuple[int, ...] | None = None
    elevation: float | None = None
    true_north: tuple[float, float] | None = None
    map_conversion: Mapping[str, float] | None = None
    map_unit: str | None = None
    crs: str = "EPSG:4549"


@dataclass
class Storey:
    """One storey and what is in it."""

    entity: Any
    slab: Any
    wall: Any
    door: Any
    space: Any
    columns: tuple[Any, Any]
    chair: Any


@dataclass
class Author:
    """A building that is being written; ``file`` may be changed further before ``write``."""

    plan: Plan = field(default_factory=Plan)

    def __post_init__(self) -> None:
        self.file = ifcopenshell.file(schema=self.plan.schema)
        self.factor = METRES[self.plan.unit or "m"]
        self.owner = self._owner()
        self.project = self.root("IfcProject", "project", LongName="Authored house")
        self.project.UnitsInContext = self._units()
        self.context = self._context()
        self.site = self._site()
        self.building = self._placed("IfcBuilding", "building", (0, 0, 0), self.site)
        self.aggregate(self.project, [self.site])
        self.aggregate(self.site, [self.building])
        self.storeys = [self._storey(level) for level in range(self.plan.storeys)]
        self.aggregate(self.building, [storey.entity for storey in self.storeys])
        self._map_conversion()

    def write(self, path: Path) -> Path:
        """Write the file and return its path."""
        self.file.write(str(path))
        return path

    def root(self, name: str, key: str, **attributes: Any) -> Any:
        """Make an instance with a GlobalId that follows from ``key``, and that name where none is given."""
        attributes = {"Name": key} | attributes
        return self.file.create_entity(name, GlobalId=guid(key), OwnerHistory=self.owner, **attributes)

    def aggregate(self, whole: Any, parts: Sequence[Any]) -> None:
        """Make parts parts of a whole."""
        key = f"aggregate {whole.GlobalId} {parts[0].GlobalId}"
        self.root("IfcRelAggregates", key, RelatingObject=whole, RelatedObjects=list(parts))

    def contain(self, structure: Any, elements: Sequence[Any]) -> None:
        """Put elements into a site, a storey or a space."""
        key = f"contain {structure.GlobalId} {elements[0].GlobalId}"
        self.root("IfcRelContainedInSpatialStructure", key, RelatingStructure=structure, RelatedElements=list(elements))

    def element(self, name: str, key: str, size: Size | None, at: Size, within: Any, **attributes: Any) -> Any:
        """Make an element with the shape of a box, or without one, placed relative to another."""
        element = self._placed(name, key, at, within, **attributes)
        if size is not None:
            element.Representation = self.shape(self.box(size))
        return element

    def box(self, size: Size) -> Any:
        """Return an extruded box with a corner at its origin."""
        x, y, z = (length / self.factor for length in size)
        middle = self.file.createIfcAxis2Placement2D(self.file.createIfcCartesianPoint((x / 2, y / 2)))
        profile = self.file.createIfcRectangleProfileDef("AREA", None, middle, x, y)
        upwards = self.file.createIfcDirection((0.0, 0.0, 1.0))
        return self.file.createIfcExtrudedAreaSolid(profile, self.axes((0, 0, 0)), upwards, z)

    def shape(self, item: Any, kind: str = "SweptSolid") -> Any:
        """Return the shape of a product that consists of one item."""
        return self.file.createIfcProductDefinitionShape(None, None, [self.representation(item, kind)])

    def representation(self, item: Any, kind: str = "SweptSolid") -> Any:
        """Return a body that consists of one item."""
        return self.file.createIfcShapeRepresentation(self.context, "Body", kind, [item])

    def axes(self, at: Size) -> Any:
        """Return a placement at a point, metres."""
        point = tuple(float(number) / self.factor for number in at)
        return self.file.createIfcAxis2Placement3D(self.file.createIfcCartesianPoint(point))

    def define(self, entity: Any, name: str, values: Mapping[str, Any]) -> Any:
        """Give an instance a property set; texts are labels, numbers reals, and instances values as they are."""
        properties = [self._property(key, value) for key, value in values.items()]
        kind = self.root("IfcPropertySet", f"{name} {entity.GlobalId}", Name=name, HasProperties=properties)
        return self._relate(entity, kind)

    def measure(self, entity: Any, name: str, quantities: Mapping[str, tuple[str, float]]) -> Any:
        """Give an instance quantities: by name their kind (Length, Area, Volume, Weight) and number in the file."""
        made = [
            self.file.create_entity(f"IfcQuantity{kind}", Name=key, **{f"{kind}Value": number})
            for key, (kind, number) in quantities.items()
        ]
        return self._relate(
            entity, self.root("IfcElementQuantity", f"{name} {entity.GlobalId}", Name=name, Quantities=made)
        )

    def type_of(self, entity: Any, kind: Any) -> None:
        """Give an instance a type."""
        self.root("IfcRelDefinesByType", f"type {entity.GlobalId}", RelatedObjects=[entity], RelatingType=kind)

    def made_of(self, entity: Any, material: Any) -> None:
        """Give an instance or a type a material, or a set of them."""
        key = f"material {entity.GlobalId}"
        self.root("IfcRelAssociatesMaterial", key, RelatedObjects=[entity], RelatingMaterial=material)

    def group(self, name: str, key: str, members: Sequence[Any]) -> Any:
        """Put instances into a system, a zone or another group."""
        group = self.root(name, key)
        self.root("IfcRelAssignsToGroup", f"group {key}", RelatedObjects=list(members), RelatingGroup=group)
        return group

    def unit(self, name: str) -> Any:
        """Return a unit of length: m, mm or ft."""
        if name in ("m", "mm"):
            prefix = "MILLI" if name == "mm" else None
            return self.file.createIfcSIUnit(None, "LENGTHUNIT", prefix, "METRE")
        exponents = self.file.createIfcDimensionalExponents(1, 0, 0, 0, 0, 0, 0)
        metre = self.file.createIfcSIUnit(None, "LENGTHUNIT", None, "METRE")
        foot = self.file.createIfcMeasureWithUnit(self.file.createIfcLengthMeasure(METRES["ft"]), metre)
        return self.file.createIfcConversionBasedUnit(exponents, "LENGTHUNIT", "FOOT", foot)

    def _owner(self) -> Any:
        """Return who has written it, whom IFC2X3 demands."""
        person = self.file.createIfcPerson(None, "Test")
        organization = self.file.createIfcOrganization(None, "Tests")
        both = self.file.createIfcPersonAndOrganization(person, organization)
        program = self.file.createIfcApplication(organization, "1", "Authored", "authored")
        return self.file.createIfcOwnerHistory(both, program, None, "ADDED", None, None, None, 0)

    def _units(self) -> Any:
        if self.plan.unit is None:
            return None
        angle = self.file.createIfcSIUnit(None, "PLANEANGLEUNIT", None, "RADIAN")
        return self.file.createIfcUnitAssignment([self.unit(self.plan.unit), angle])

    def _context(self) -> Any:
        north = self.plan.true_north and self.file.createIfcDirection(self.plan.true_north)
        context = self.file.createIfcGeometricRepresentationContext(None, "Model", 3, 1e-5, self.axes((0, 0, 0)), north)
        self.project.RepresentationContexts = [context]
        return context

    def _site(self) -> Any:
        elevation = self.plan.elevation
        return self._placed(
            "IfcSite",
            "site",
            self.plan.site_at,
            None,
            RefLatitude=self.plan.latitude,
            RefLongitude=self.plan.longitude,
            RefElevation=None if elevation is None else elevation / self.factor,
        )

    def _placed(self, name: str, key: str, at: Size, within: Any, **attributes: Any) -> Any:
        above = within.ObjectPlacement if within is not None else None
        placement = self.file.createIfcLocalPlacement(above, self.axes(at))
        return self.root(name, key, ObjectPlacement=placement, **attributes)

    def _storey(self, level: int) -> Storey:
        height = level * self.plan.storey_height
        entity = self._placed(
            "IfcBuildingStorey", f"storey {level}", (0, 0, height), self.building, Elevation=height / self.factor
        )
        space = self.element("IfcSpace", f"space {level}", SPACE, (0.3, 0.3, 0), entity, LongName="Room")
        self.aggregate(entity, [space])
        wall, door = self._wall(level, entity)
        storey = Storey(
            entity,
            self.element("IfcSlab", f"slab {level}", SLAB, (0, 0, -0.2), entity),
            wall,
            door,
            space,
            self._columns(level, entity),
            self.element("IfcFurnishingElement", f"chair {level}", (0.5, 0.5, 0.9), (2, 2, 0), entity),
        )
        self.contain(entity, [storey.slab, wall, door, *storey.columns])
        self.contain(space, [storey.chair])
        return storey

    def _wall(self, level: int, storey: Any) -> tuple[Any, Any]:
        wall = self.element("IfcWall", f"wall {level}", WALL, (0, 0, 0), storey)
        opening = self.element("IfcOpeningElement", f"opening {level}", OPENING, (1, 0, 0), wall)
        door = self.element("IfcDoor", f"door {level}", (1.0, 0.05, 2.1), (1, 0.1, 0), storey)
        self.root("IfcRelVoidsElement", f"voids {level}", RelatingBuildingElement=wall, RelatedOpeningElement=opening)
        self.root("IfcRelFillsElement", f"fills {level}", RelatingOpeningElement=opening, RelatedBuildingElement=door)
        return wall, door

    def _columns(self, level: int, storey: Any) -> tuple[Any, Any]:
        """Return two columns of one shape."""
        shared = self.file.createIfcRepresentationMap(self.axes((0, 0, 0)), self.representation(self.box(COLUMN)))
        columns = []
        for number, at in enumerate(((5.0, 3.0, 0.0), (1.0, 3.0, 0.0))):
            column = self.element("IfcColumn", f"column {level} {number}", None, at, storey)
            unmoved = self.file.createIfcCartesianTransformationOperator3D(
                None, None, self.file.createIfcCartesianPoint((0.0, 0.0, 0.0)), None, None
            )
            column.Representation = self.shape(self.file.createIfcMappedItem(shared, unmoved), "MappedRepresentation")
            columns.append(column)
        return columns[0], columns[1]

    def _map_conversion(self) -> None:
        if self.plan.map_conversion is None:
            return
        if self.plan.schema == "IFC2X3":
            self.define(self.project, "ePSet_MapConversion", self.plan.map_conversion)
            named = {"Name": self.plan.crs} | ({"MapUnit": self.plan.map_unit} if self.plan.map_unit else {})
            self.define(self.project, "ePSet_ProjectedCRS", named)
            return
        unit = self.unit(self.plan.map_unit) if self.plan.map_unit else None
        crs = self.file.create_entity("IfcProjectedCRS", Name=self.plan.crs, MapUnit=unit)
        conversion = {"OrthogonalHeight": 0.0} | dict(self.plan.map_conversion)
        self.file.create_entity("IfcMapConversion", SourceCRS=self.context, TargetCRS=crs, **conversion)

    def _property(self, name: str, value: Any) -> Any:
        if isinstance(value, str):
            value = self.file.createIfcLabel(value)
        elif isinstance(value, (int, float)):
            value = self.file.createIfcReal(float(value))
        return self.file.createIfcPropertySingleValue(name, None, value, None)

    def _relate(self, entity: Any, definition: Any) -> Any:
        """Give a definition to an instance, or to a type, which keeps its own."""
        if entity.is_a("IfcTypeObject"):
            entity.HasPropertySets = [*(entity.HasPropertySets or ()), definition]
        else:
            key = f"defines {definition.GlobalId}"
            self.root("IfcRelDefinesByProperties", key, RelatedObjects=[entity], RelatingPropertyDefinition=definition)
        return definition


def authored(path: Path, plan: Plan | None = None) -> Path:
    """Write a building after a plan and return its path."""
    return Author(plan or Plan()).write(path)


def guid(key: str) -> str:
    """Return the GlobalId of what was authored under that key."""
    return str(ifcopenshell.guid.compress(uuid5(NAMESPACE_URL, key).hex))
