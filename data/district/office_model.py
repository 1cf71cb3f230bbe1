"""The sample office block as a building model (IFC 4): storeys, rooms, walls, doors, windows, stairs, air terminals.

Everything is an upright box; walls have openings for their doors and windows. GlobalIds are made of names.
"""

import math
import uuid
from collections.abc import Sequence
from typing import Any

import ifcopenshell
from ifcopenshell.guid import compress
from pyproj import Proj, Transformer

from .office_block import (
    ADDRESS,
    BAYS,
    CORRIDOR_M,
    DEPTH_M,
    GROUND_M,
    KEY,
    LENGTH_M,
    NAME,
    PLACE,
    SLAB_M,
    STOREY_M,
    STOREYS,
    TURN,
    WALL_M,
    rooms_of,
)
from .plane import XY

Box = tuple[tuple[float, float, float], tuple[float, float, float]]
_STAMP = "2026-01-01T00:00:00"
_SILL_M, _WINDOW_M, _DOOR = 0.9, 1.8, (0.9, 2.1)
_ENTRANCE = (1.8, 2.4)
_STEPS, _TREAD_M, _FLIGHT_M = 20, 0.28, 1.5
# True north in the plane of the model, whose x-axis runs along the house.
NORTH = (round(math.sin(TURN), 9), round(math.cos(TURN), 9))


class Office:
    """An IFC file that grows; equal points and directions are written once."""

    def __init__(self) -> None:
        """Begin with units and a project."""
        self.file = ifcopenshell.file(schema="IFC4")
        self._kept: dict[tuple[Any, ...], Any] = {}
        self._held: dict[str, list[Any]] = {}
        self._sets: dict[tuple[str, str], tuple[Any, list[Any]]] = {}
        self.frame = self._placement(None, (0.0, 0.0, 0.0))
        units = [self.file.create_entity("IfcSIUnit", None, kind, None, name) for kind, name in _UNITS]
        origin = self._axes((0.0, 0.0, 0.0))
        self.context = self.file.create_entity(
            "IfcGeometricRepresentationContext", None, "Model", 3, 1e-5, origin, self._direction(*NORTH)
        )
        self.body = self.file.create_entity(
            "IfcGeometricRepresentationSubContext", "Body", "Model", None, None, None, None, self.context, None,
            "MODEL_VIEW", None,
        )  # fmt: skip
        self.project = self.file.create_entity(
            "IfcProject", guid("project"), None, NAME, "虚构的样例，不是测量成果", None, None, None, [self.context],
            self.file.create_entity("IfcUnitAssignment", units),
        )  # fmt: skip
        self._terminal = self._mapped_box(((-0.3, -0.3, 0.0), (0.3, 0.3, 0.2)))

    def place(self) -> None:
        """Say where it stands: the conversion to CGCS2000, 3-degree zone of 123° E."""
        east, north = Transformer.from_crs("EPSG:4490", "EPSG:4550", always_xy=True).transform(*PLACE)
        turn = TURN + math.radians(Proj("EPSG:4550").get_factors(*PLACE).meridian_convergence)
        crs = self.file.create_entity("IfcProjectedCRS", "EPSG:4550", "CGCS2000 / 3-degree Gauss-Kruger CM 123E")
        self.file.create_entity(
            "IfcMapConversion", self.context, crs, round(east, 3), round(north, 3), GROUND_M, round(math.cos(turn), 9),
            round(math.sin(turn), 9), 1.0,
        )  # fmt: skip

    def element(self, kind: str, name: str, box: Box, **values: Any) -> Any:
        """Add a product that is a box."""
        shape = self.file.create_entity("IfcProductDefinitionShape", None, None, [self._box(box)])
        return self.file.create_entity(
            kind, GlobalId=guid(name), Name=name, ObjectPlacement=self.frame, Representation=shape, **values
        )

    def flight(self, name: str, foot: tuple[float, float, float], head_m: float) -> Any:
        """Add a stair that climbs northwards from the corner of its foot up to a height, in steps that are boxes."""
        x, y, bottom = foot
        rise = (head_m - bottom) / _STEPS
        steps = [
            self._solid(((x, y + step * _TREAD_M, bottom), (x + _FLIGHT_M, y + (step + 1) * _TREAD_M, bottom + top)))
            for step, top in enumerate(round((step + 1) * rise, 4) for step in range(_STEPS))
        ]
        body = self.file.create_entity("IfcShapeRepresentation", self.body, "Body", "SweptSolid", steps)
        shape = self.file.create_entity("IfcProductDefinitionShape", None, None, [body])
        return self.file.create_entity(
            "IfcStair", GlobalId=guid(name), Name=name, ObjectPlacement=self.frame, Representation=shape,
            PredefinedType="STRAIGHT_RUN_STAIR",
        )  # fmt: skip

    def terminal(self, name: str, at: tuple[float, float, float]) -> Any:
        """Add an air terminal; all of them share one shape."""
        target = self.file.create_entity(
            "IfcCartesianTransformationOperator3D", None, None, self._point(0.0, 0.0, 0.0), None, None
        )
        item = self.file.create_entity("IfcMappedItem", self._terminal, target)
        shape = self.file.create_entity("IfcShapeRepresentation", self.body, "Body", "MappedRepresentation", [item])
        product = self.file.create_entity("IfcProductDefinitionShape", None, None, [shape])
        placement = self._placement(self.frame, at)
        return self.file.create_entity(
            "IfcAirTerminal", GlobalId=guid(name), Name=name, ObjectPlacement=placement, Representation=product,
            PredefinedType="DIFFUSER",
        )  # fmt: skip

    def spatial(self, kind: str, name: str, **values: Any) -> Any:
        """Add a part of the spatial structure."""
        return self.file.create_entity(
            kind, GlobalId=guid(f"{kind} {name}"), Name=name, ObjectPlacement=self.frame, **values
        )

    def fill(self, wall: Any, kind: str, name: str, box: Box, gap: Box) -> Any:
        """Cut a gap into a wall, and put a door or a window there."""
        hole = self.element("IfcOpeningElement", f"{name} 洞口", gap, PredefinedType="OPENING")
        (x, y, z), (east, north, top) = box
        filling = self.element(
            kind, name, box, OverallHeight=round(top - z, 3), OverallWidth=round(max(east - x, north - y), 3)
        )
        self.file.create_entity("IfcRelVoidsElement", guid(f"{name} void"), None, None, None, wall, hole)
        self.file.create_entity("IfcRelFillsElement", guid(f"{name} fill"), None, None, None, hole, filling)
        return filling

    def hold(self, container: Any, elements: Sequence[Any]) -> None:
        """Put elements into a storey."""
        self.file.create_entity(
            "IfcRelContainedInSpatialStructure", guid(f"{container.GlobalId} holds"), None, None, None, list(elements),
            container,
        )  # fmt: skip

    def divide(self, whole: Any, parts: Sequence[Any]) -> None:
        """Make parts those of a whole."""
        self.file.create_entity(
            "IfcRelAggregates", guid(f"{whole.GlobalId} parts"), None, None, None, whole, list(parts)
        )

    def describe(self, name: str, values: dict[str, Any], elements: Sequence[Any]) -> None:
        """Give elements a property set; those of one content share it."""
        properties = [
            self.file.create_entity("IfcPropertySingleValue", key, None, self._value(value), None)
            for key, value in values.items()
        ]
        key = f"{name} {values} {elements[0].GlobalId}"
        told = self.file.create_entity("IfcPropertySet", guid(key), None, name, None, properties)
        self._define(key, told, elements)

    def measure(self, name: str, values: dict[str, tuple[str, float]], element: Any) -> None:
        """Give an element a set of quantities."""
        quantities = [
            self.file.create_entity(f"IfcQuantity{kind}", key, None, None, round(value, 4), None)
            for key, (kind, value) in values.items()
        ]
        key = f"{name} {element.GlobalId}"
        told = self.file.create_entity("IfcElementQuantity", guid(key), None, name, None, None, quantities)
        self._define(key, told, [element])

    def material(self, name: str, elements: Sequence[Any]) -> None:
        """Say what elements are made of."""
        material = self.file.create_entity("IfcMaterial", name, None, None)
        self.file.create_entity(
            "IfcRelAssociatesMaterial", guid(f"{name} of"), None, None, None, list(elements), material
        )

    def system(self, name: str, elements: Sequence[Any], building: Any) -> None:
        """Make elements those of a system that serves the building."""
        system = self.file.create_entity(
            "IfcDistributionSystem", GlobalId=guid(name), Name=name, PredefinedType="VENTILATION"
        )
        self.file.create_entity(
            "IfcRelAssignsToGroup", guid(f"{name} members"), None, None, None, list(elements), None, system
        )
        self.file.create_entity("IfcRelServicesBuildings", guid(f"{name} serves"), None, None, None, system, [building])

    def _define(self, key: str, told: Any, elements: Sequence[Any]) -> None:
        self.file.create_entity("IfcRelDefinesByProperties", guid(f"{key} of"), None, None, None, list(elements), told)

    def _value(self, value: Any) -> Any:
        kind = {bool: "IfcBoolean", int: "IfcInteger", float: "IfcReal", str: "IfcLabel"}[type(value)]
        return self.file.create_entity(kind, value)

    def _box(self, box: Box) -> Any:
        return self.file.create_entity("IfcShapeRepresentation", self.body, "Body", "SweptSolid", [self._solid(box)])

    def _mapped_box(self, box: Box) -> Any:
        return self.file.create_entity("IfcRepresentationMap", self._axes((0.0, 0.0, 0.0)), self._box(box))

    def _solid(self, box: Box) -> Any:
        (x, y, z), (east, north, top) = box
        wide, deep, high = (round(value, 4) for value in (east - x, north - y, top - z))
        profile = self._once("IfcRectangleProfileDef", "AREA", None, None, wide, deep)
        middle = (round((x + east) / 2, 4), round((y + north) / 2, 4), round(z, 4))
        return self.file.create_entity(
            "IfcExtrudedAreaSolid", profile, self._axes(middle), self._direction(0.0, 0.0, 1.0), high
        )

    def _placement(self, within: Any, at: tuple[float, float, float]) -> Any:
        return self.file.create_entity("IfcLocalPlacement", within, self._axes(at))

    def _axes(self, at: tuple[float, float, float]) -> Any:
        return self._once("IfcAxis2Placement3D", self._point(*at), None, None)

    def _point(self, *at: float) -> Any:
        return self._once("IfcCartesianPoint", at)

    def _direction(self, *along: float) -> Any:
        return self._once("IfcDirection", along)

    def _once(self, kind: str, *values: Any) -> Any:
        key = (kind, *(value.id() if hasattr(value, "id") else value for value in values))
        if key not in self._kept:
            self._kept[key] = self.file.create_entity(kind, *values)
        return self._kept[key]


_UNITS = (
    ("LENGTHUNIT", "METRE"),
    ("AREAUNIT", "SQUARE_METRE"),
    ("VOLUMEUNIT", "CUBIC_METRE"),
    ("PLANEANGLEUNIT", "RADIAN"),
)


def guid(name: str) -> str:
    """Return the GlobalId of a name, always the same."""
    return str(compress(uuid.uuid5(uuid.NAMESPACE_URL, f"onemap-twin:office-block:{name}").hex))


def text() -> str:
    """Return the model as the text of an IFC file."""
    office = Office()
    office.place()
    site = office.spatial("IfcSite", "样例地块", CompositionType="ELEMENT")
    building = office.spatial("IfcBuilding", NAME, LongName=ADDRESS, CompositionType="ELEMENT")
    office.describe("Pset_BuildingCommon", {"Reference": KEY, "NumberOfStoreys": STOREYS}, [building])
    office.divide(office.project, [site])
    office.divide(site, [building])
    storeys = [_storey(office, number) for number in range(1, STOREYS + 1)]
    office.divide(building, [storey for storey, _, _ in storeys])
    office.material("钢筋混凝土", [part for _, solid, _ in storeys for part in solid])
    office.system("新风系统", [terminal for _, _, air in storeys for terminal in air], building)
    return _headed(office.file)


def _storey(office: Office, number: int) -> tuple[Any, list[Any], list[Any]]:
    """Add a storey, and return it with what is of concrete and its air terminals."""
    floor = round((number - 1) * STOREY_M, 3)
    storey = office.spatial("IfcBuildingStorey", f"{number}层", Elevation=floor, CompositionType="ELEMENT")
    west, south = -LENGTH_M / 2, -DEPTH_M / 2
    slab = _slab(office, f"{number}层楼板", (west, south), floor, "BASESLAB" if number == 1 else "FLOOR")
    facade, windows, entrance = _facade(office, number, floor)
    inner, doors = _partitions(office, number, floor)
    spaces, air = _rooms(office, number, floor)
    stairs = _stairs(office, number, floor)
    office.divide(storey, spaces)
    roof = [_slab(office, "屋面板", (west, south), floor + STOREY_M, "ROOF")] if number == STOREYS else []
    office.hold(storey, [slab, *roof, *facade, *windows, *inner, *doors, *entrance, *stairs, *air])
    outside = {"IsExternal": True, "LoadBearing": True, "FireRating": "3h"}
    office.describe("Pset_WallCommon", outside, facade)
    office.describe("Pset_WallCommon", outside | {"IsExternal": False, "LoadBearing": False, "FireRating": "1h"}, inner)
    office.describe("Pset_DoorCommon", {"IsExternal": False, "FireExit": False, "FireRating": "0.5h"}, doors)
    if entrance:
        office.describe("Pset_DoorCommon", {"IsExternal": True, "FireExit": True, "FireRating": "1h"}, entrance)
    office.describe("Pset_WindowCommon", {"IsExternal": True, "ThermalTransmittance": 1.8}, windows)
    return storey, [slab, *roof, *facade, *stairs], air


def _slab(office: Office, name: str, corner: XY, bottom: float, kind: str) -> Any:
    west, south = corner
    slab = office.element(
        "IfcSlab", name, ((west, south, bottom), (-west, -south, bottom + SLAB_M)), PredefinedType=kind
    )
    volume = LENGTH_M * DEPTH_M * SLAB_M
    office.measure("Qto_SlabBaseQuantities", {"NetVolume": ("Volume", volume), "Depth": ("Length", SLAB_M)}, slab)
    return slab


def _facade(office: Office, number: int, floor: float) -> tuple[list[Any], list[Any], list[Any]]:
    """Add the four outer walls of a storey, the windows of the two long ones, and the entrance of the house."""
    half_length, half_depth = LENGTH_M / 2, DEPTH_M / 2
    bottom, top = floor + SLAB_M, floor + STOREY_M
    walls, windows = [], []
    for side, sign in (("南", -1), ("北", 1)):
        near, far = sorted((sign * half_depth, sign * (half_depth - WALL_M)))
        name = f"{number}层{side}外墙"
        wall = office.element("IfcWall", name, ((-half_length, near, bottom), (half_length, far, top)))
        walls.append(wall)
        for bay in range(BAYS):
            middle = -half_length + (bay + 0.5) * LENGTH_M / BAYS
            low, high = bottom + _SILL_M, bottom + _SILL_M + _WINDOW_M
            gap = ((middle - 1.8, near, low), (middle + 1.8, far, high))
            pane = ((middle - 1.8, (near + far) / 2 - 0.03, low), (middle + 1.8, (near + far) / 2 + 0.03, high))
            windows.append(office.fill(wall, "IfcWindow", f"{number}层{side}窗{bay + 1}", pane, gap))
    for side, sign in (("西", -1), ("东", 1)):
        near, far = sorted((sign * half_length, sign * (half_length - WALL_M)))
        box = ((near, -half_depth + WALL_M, bottom), (far, half_depth - WALL_M, top))
        walls.append(office.element("IfcWall", f"{number}层{side}外墙", box))
    return walls, windows, [_entrance(office, walls[-2], bottom)] if number == 1 else []


def _entrance(office: Office, wall: Any, bottom: float) -> Any:
    """Add the door at the western end of the corridor of the ground floor."""
    wide, high = _ENTRANCE
    outer, inner = -LENGTH_M / 2, -LENGTH_M / 2 + WALL_M
    middle = (outer + inner) / 2
    gap = ((outer, -wide / 2, bottom), (inner, wide / 2, bottom + high))
    leaf = ((middle - 0.04, -wide / 2, bottom), (middle + 0.04, wide / 2, bottom + high))
    return office.fill(wall, "IfcDoor", "入口大门", leaf, gap)


def _stairs(office: Office, number: int, floor: float) -> list[Any]:
    """Add a flight in each stairwell, up to the slab of the next storey."""
    if number == STOREYS:
        return []
    wells = [(key, low, high) for key, (use, low, high) in rooms_of(number) if use == "楼梯间"]
    return [
        office.flight(
            f"{key.removeprefix('room-')}楼梯",
            (low[0] + 0.5, (low[1] + high[1] - _STEPS * _TREAD_M) / 2, floor + SLAB_M),
            floor + STOREY_M,
        )
        for key, low, high in wells
    ]


def _partitions(office: Office, number: int, floor: float) -> tuple[list[Any], list[Any]]:
    """Add the walls along the corridor with the doors in them, and those between rooms."""
    half_length, half_depth = LENGTH_M / 2 - WALL_M, DEPTH_M / 2 - WALL_M
    bottom, top, bay_m = floor + SLAB_M, floor + STOREY_M, LENGTH_M / BAYS
    walls, doors = [], []
    for side, sign in enumerate((-1, 1)):
        near, far = sorted((sign * CORRIDOR_M / 2, sign * (CORRIDOR_M / 2 + WALL_M)))
        name = f"{number}层走廊{'南北'[side]}墙"
        wall = office.element("IfcWall", name, ((-half_length, near, bottom), (half_length, far, top)))
        walls.append(wall)
        for bay in range(BAYS):
            at, key = -LENGTH_M / 2 + (bay + 0.5) * bay_m, f"{number}{side * BAYS + bay + 1:02d}"
            wide, high = _DOOR
            box = ((at - wide / 2, near, bottom), (at + wide / 2, far, bottom + high))
            leaf = (
                (at - wide / 2, (near + far) / 2 - 0.025, bottom),
                (at + wide / 2, (near + far) / 2 + 0.025, bottom + high),
            )
            doors.append(office.fill(wall, "IfcDoor", f"{key}门", leaf, box))
        inner, outer = sorted((sign * (CORRIDOR_M / 2 + WALL_M), sign * half_depth))
        for bay in range(1, BAYS):
            at = -LENGTH_M / 2 + bay * bay_m
            box = ((at - WALL_M, inner, bottom), (at + WALL_M, outer, top))
            walls.append(office.element("IfcWall", f"{number}层{'南北'[side]}隔墙{bay}", box))
    return walls, doors


def _rooms(office: Office, number: int, floor: float) -> tuple[list[Any], list[Any]]:
    """Add the rooms of a storey, and an air terminal in each but the corridor."""
    spaces, terminals = [], []
    for key, (use, low, high) in rooms_of(number):
        room = key.removeprefix("room-")
        box = ((*low, floor + SLAB_M), (*high, floor + STOREY_M))
        space = office.element(
            "IfcSpace", room, box, LongName=use, CompositionType="ELEMENT", PredefinedType="INTERNAL"
        )
        area = (high[0] - low[0]) * (high[1] - low[1])
        height = STOREY_M - SLAB_M
        office.measure(
            "Qto_SpaceBaseQuantities",
            {"NetFloorArea": ("Area", area), "NetVolume": ("Volume", area * height), "Height": ("Length", height)},
            space,
        )
        public = use in ("走廊", "楼梯间", "电梯厅")
        office.describe("Pset_SpaceCommon", {"Reference": room, "PubliclyAccessible": public}, [space])
        if use == "办公室":
            office.describe("Pset_SpaceOccupancyRequirements", {"OccupancyNumber": int(area // 8)}, [space])
        spaces.append(space)
        if use != "走廊":
            middle = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, floor + STOREY_M - 0.25)
            terminals.append(office.terminal(f"{room}风口", middle))
    return spaces, terminals


def _headed(file: Any) -> str:
    """Return the text with a header that is always the same."""
    name = file.header.file_name
    name.name, name.time_stamp = "office_block.ifc", _STAMP
    name.author, name.organization = ("onemap-twin",), ("onemap-twin",)
    name.preprocessor_version = name.originating_system = "onemap-twin data/make_sample.py"
    return str(file.to_string())
