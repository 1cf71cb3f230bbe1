"""What an IFC file says of its place."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from ifcopenshell.util.placement import get_axis2placement

from bim.formats.ifc.dms import AngleError, degrees
from bim.formats.ifc.map_conversion import Stated, from_entity, from_sets, helmert
from bim.formats.ifc.opening import Entity
from bim.formats.ifc.placements import Direction, Point, axis_of, origin_of
from bim.formats.ifc.properties import Definitions
from bim.formats.ifc.units import Units
from bim.georeference import Helmert, SiteAngles, Statement
from bim.model import Value

_CONVERSION, _CRS = "epset_mapconversion", "epset_projectedcrs"
_OPERATIONS = ("IfcMapConversion", "IfcRigidOperation")
_LATITUDE, _LONGITUDE = 90, 180


def statement_of(file: Entity, project: Entity, units: Units, definitions: Definitions) -> Statement:
    """Read what a file says of its place; what cannot be used of it is among the notes."""
    reader = _Reader(file, project, units, definitions)
    crs, conversion = reader.conversion()
    return Statement(
        crs=crs,
        conversion=conversion,
        angles=reader.angles(),
        elevation_m=reader.elevation(),
        true_north=reader.true_north(),
        site_offset=reader.offset(),
        site_axis=reader.axis(),
        context=reader.context(),
        address=reader.address(),
        notes=tuple(dict.fromkeys(reader.notes)),
    )


@dataclass
class _Reader:
    """Reads one part of the statement after the other, and notes what cannot be used."""

    file: Entity
    project: Entity
    units: Units
    definitions: Definitions
    notes: list[str] = field(default_factory=list)

    def conversion(self) -> tuple[str, Helmert | None]:
        """Return the name of the map's CRS and the first conversion that says something."""
        names: list[str] = []
        found: list[Helmert] = []
        for stated, in_metres in self._stated():
            names.append(stated.crs)
            made = helmert(stated, self.units.length, self.notes.append, in_metres)
            if made is not None:
                # The conversion in use brings its CRS.
                names.insert(len(found), stated.crs)
                found.append(made)
        if any(other != found[0] for other in found[1:]):
            self.notes.append("the file has several map conversions that differ; the first is taken")
        return next(filter(None, names), ""), found[0] if found else None

    def angles(self) -> SiteAngles | None:
        """Return the latitude and longitude of the first site that has both."""
        for site in self._sites():
            latitude = self._angle(site, "RefLatitude", _LATITUDE)
            longitude = self._angle(site, "RefLongitude", _LONGITUDE)
            if latitude is not None and longitude is not None:
                return SiteAngles(latitude, longitude)
        return None

    def elevation(self) -> float | None:
        """Return the elevation of the first site that has one, metres."""
        stated = (site.RefElevation for site in self._sites())
        return next((number * self.units.length for number in stated if number is not None), None)

    def true_north(self) -> tuple[float, float] | None:
        """Return the direction of true north from the first context of the model that has one."""
        for context in self.file.by_type("IfcGeometricRepresentationContext", include_subtypes=False):
            if context.TrueNorth is None:
                continue
            x, y = context.TrueNorth.DirectionRatios[:2]
            if math.hypot(x, y) > 0:
                return float(x), float(y)
            self.notes.append(f"TrueNorth of #{context.id()} has no direction in the plane, and is ignored")
        return None

    def offset(self) -> Point:
        """Return where the first site is placed, or the first building where there is no site."""
        placed = self._placed()
        return origin_of(placed[0], self.units.length) if placed else (0.0, 0.0, 0.0)

    def axis(self) -> Direction:
        """Return the direction of the x-axis of the same."""
        placed = self._placed()
        return axis_of(placed[0]) if placed else (1.0, 0.0)

    def context(self) -> Helmert | None:
        """Return what the first context of the model says of the world, where it is not the model's own frame."""
        for context in self.file.by_type("IfcGeometricRepresentationContext", include_subtypes=False):
            world = context.WorldCoordinateSystem
            if world is None or not world.is_a("IfcAxis2Placement3D"):
                continue
            matrix = get_axis2placement(world)
            east, north, height = (float(number) * self.units.length for number in matrix[:3, 3])
            along, up = float(matrix[0, 0]), float(matrix[1, 0])
            if (east, north, height) != (0.0, 0.0, 0.0) or (along, up) != (1.0, 0.0):
                return Helmert(east, north, height, along, up)
        return None

    def _placed(self) -> list[Entity]:
        return self._sites() or list(self.file.by_type("IfcBuilding"))

    def address(self) -> str:
        """Return the first postal address of a site or building, in one line."""
        addresses = [site.SiteAddress for site in self._sites()]
        addresses += [building.BuildingAddress for building in self.file.by_type("IfcBuilding")]
        return next((line for line in map(_line, filter(None, addresses)) if line), "")

    def _sites(self) -> list[Entity]:
        return list(self.file.by_type("IfcSite"))

    def _angle(self, site: Entity, attribute: str, most: int) -> float | None:
        parts = getattr(site, attribute)
        if parts is None:
            return None
        try:
            return degrees(parts, most)
        except AngleError as error:
            self.notes.append(f"{attribute} of the site {site.GlobalId} (#{site.id()}) is ignored: {error}")
            return None

    def _stated(self) -> Iterator[tuple[Stated, bool]]:
        """Yield the conversions of the file, and whether lengths without a unit are in metres."""
        for name in _OPERATIONS if self.file.schema != "IFC2X3" else ():
            if name == "IfcMapConversion" or self.file.schema != "IFC4":
                for operation in self.file.by_type(name):
                    yield from self._from_entity(operation)
        for owner in (self.project, *self._sites()):
            sets = _by_lower_name(self.definitions.of(owner)[0])
            if _CONVERSION in sets or _CRS in sets:
                yield from_sets(sets.get(_CONVERSION, {}), sets.get(_CRS, {}), self.notes.append), True

    def _from_entity(self, operation: Entity) -> Iterator[tuple[Stated, bool]]:
        try:
            yield from_entity(operation), False
        except (TypeError, AttributeError):
            self.notes.append(f"{operation.is_a()} #{operation.id()} lacks what it must have, and is ignored")


def _by_lower_name(sets: dict[str, dict[str, Value]]) -> dict[str, dict[str, Value]]:
    return {name.lower(): values for name, values in sets.items()}


def _line(address: Entity) -> str:
    """Return a postal address in one line, from the street to the country."""
    town = " ".join(filter(None, (address.PostalCode, address.Town)))
    parts = (*(address.AddressLines or ()), address.PostalBox, town, address.Region, address.Country)
    return ", ".join(part.strip() for part in parts if part and part.strip())
