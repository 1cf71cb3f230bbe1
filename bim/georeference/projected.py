"""A model in a projected reference system: what its points are on the map, and the tangent frame that comes nearest."""

import math
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from bim.georeference.placement import Placement
from bim.georeference.statement import Helmert
from layers.errors import InputError
from layers.space import LocalGrid, area_of_use, crs_name, to_geocentric, to_map
from layers.title import Title

Points = NDArray[np.float64]

# Metres over which turn and scale are taken: an error of the third order, 1e-10, against one of rounding, 1e-11.
_STEP_M = 100.0
_ZONE_M = 1_000_000.0
# Numbers of zones of 6° and 3° over China.
_SIX_DEGREES, _THREE_DEGREES = range(13, 24), range(25, 46)
# Degrees beyond the area of use: the next zone's strip over the seam, and what must be a mistake.
_SEAM_DEG, _FAR_DEG = 1e-8, 2.0


@dataclass(frozen=True)
class Projected:
    """A conversion to a plane of the map, both in metres, whatever the unit of the reference system is."""

    frame: CRS | LocalGrid
    conversion: Helmert

    def plane(self, points: Points) -> Points:
        """Return east and north (n, 2), in metres, of points of the model (n, 3)."""
        to = self.conversion
        if not math.hypot(to.abscissa, to.ordinate) > 0.0:
            raise InputError("the conversion to map coordinates gives the x-axis no direction; 1 and 0 is along east")
        along = to.scale * complex(to.abscissa, to.ordinate) / math.hypot(to.abscissa, to.ordinate)
        moved = along * (points[:, 0] + 1j * points[:, 1])
        return np.column_stack([moved.real + to.eastings, moved.imag + to.northings])

    def geodetic(self, points: Points) -> Points:
        """Return longitude, latitude and height (n, 3) of points of the model (n, 3), as the reference system has it.

        Raises InputError where they cannot be transformed.
        """
        places = to_map(shapely.points(self.plane(points) / self._unit_m), self.frame)
        return np.column_stack([shapely.get_coordinates(places), points[:, 2] + self.conversion.height])

    def placement(self, anchor: tuple[float, float, float]) -> Placement:
        """Return the tangent frame at a point of the model, turned and scaled as the plane is there.

        Turn and scale are the similarity nearest to the derivative of the projection, over what a metre is at that
        height: so they hold the convergence of meridians, the point scale factor and the height above the ellipsoid.
        """
        x, y = np.array([_STEP_M, 0.0, 0.0]), np.array([0.0, _STEP_M, 0.0])
        places = self.geodetic(np.array(anchor) + np.stack([0.0 * x, x, -x, y, -y]))
        lon, lat, height = map(float, places[0])
        there = Placement(lon, lat, height).model(places)
        along_x, along_y = (there[1] - there[2]) / (2 * _STEP_M), (there[3] - there[4]) / (2 * _STEP_M)
        turn = complex(along_x[0] + along_y[1], along_x[1] - along_y[0]) / 2.0
        return Placement(lon, lat, height, math.degrees(math.atan2(turn.imag, turn.real)), abs(turn), anchor)

    def residual_m(self, placement: Placement, points: Points) -> float:
        """Return how far at most, in space, a placement has points (n, 3) from where the reference system has them.

        What remains is the curvature of the earth and of the projection: d²/2R upwards, and at 1.5° from the central
        meridian half as much sideways. A model of 1 km, anchored in its middle, has 2 to 5 cm; one of 100 m under 1 mm.
        """
        off = to_geocentric(placement.geodetic(points)) - to_geocentric(self.geodetic(points))
        return float(np.linalg.norm(off, axis=1).max())

    def in_zone(self, at: Points) -> tuple["Projected", tuple[Title, ...]]:
        """Return it with the zone's number in the eastings where its reference system has one, and nowhere else.

        ``at`` (n, 3) are points of the model. Raises InputError where the number is that of another zone.
        """
        zone = _zone_of(self.frame)
        if zone is None:
            return self, ()
        own, meridian = zone
        stated = int(np.median(self.plane(at)[:, 0]) // _ZONE_M)
        if stated == own or (stated and _meridian(stated) is None):
            return self, ()
        if stated and (own or _meridian(stated) != meridian):
            raise InputError(_wrong_zone(self.frame, stated))
        to = self.conversion
        moved = replace(self, conversion=replace(to, eastings=to.eastings + (own - stated) * _ZONE_M))
        return moved, (_zone_note(self.frame, stated or own, added=not stated),)

    def near_its_area(self, at: Points) -> tuple[Title, ...]:
        """Return a note where a model lies over the seam of its zone; raises InputError where it lies far outside."""
        beyond = self._beyond_deg(at)
        if beyond > _FAR_DEG:
            raise InputError(self._far_sentence(at))
        if beyond <= _SEAM_DEG:
            return ()
        return (
            Title(
                f"模型超出了 {crs_name(self.frame)} 的适用范围 {beyond:.2f}°，仍按该坐标系换算",
                f"the model lies {beyond:.2f}° beyond the area of use of {crs_name(self.frame)}, which is followed",
            ),
        )

    def _far_sentence(self, at: Points) -> str:
        to = self.conversion
        turned = replace(self, conversion=replace(to, eastings=to.northings, northings=to.eastings))
        hint = "check the reference system and the unit, or give lon and lat by hand"
        if turned.is_inside(at):
            hint = "eastings and northings are exchanged, for so it would lie inside; in Chinese surveys x is north"
        east, north = self.plane(at).mean(axis=0)
        return (
            f"east {east:.0f} m and north {north:.0f} m are far outside of the area of use of {crs_name(self.frame)}: "
            f"{hint}"
        )

    def _beyond_deg(self, at: Points) -> float:
        """Return by how many degrees the middle of points is outside of the area of use; infinite where nowhere."""
        area = area_of_use(self.frame)
        try:
            return 0.0 if area is None else _beyond(area, self.geodetic(at).mean(axis=0))
        except InputError:
            return math.inf

    def is_inside(self, at: Points) -> bool:
        """Tell whether the middle of points (n, 3) of the model, zone number or not, lies in the area of use."""
        try:
            return self.in_zone(at)[0]._beyond_deg(at) <= _SEAM_DEG
        except InputError:
            return False

    @property
    def _unit_m(self) -> float:
        """Return the metres that one unit of the reference system has."""
        return float(self.frame.axis_info[0].unit_conversion_factor) if isinstance(self.frame, CRS) else 1.0


def _beyond(area: tuple[float, float, float, float], place: Points) -> float:
    """Return by how many degrees a place lies outside of west, south, east, north."""
    west, south, east, north = area
    lon, lat = map(float, place[:2])
    return max(west - lon, lon - east, south - lat, lat - north, 0.0)


def _zone_of(frame: CRS | LocalGrid) -> tuple[int, float] | None:
    """Return what eastings of a Gauss-Krüger zone begin with, 0 where with no number, and its central meridian."""
    operation = frame.coordinate_operation if isinstance(frame, CRS) else None
    if operation is None or operation.method_name != "Transverse Mercator":
        return None
    values = {parameter.name: float(parameter.value) for parameter in operation.params}
    number, rest = divmod(values["False easting"], _ZONE_M)
    return (int(number), values["Longitude of natural origin"]) if rest == 500_000.0 else None


def _meridian(zone: int) -> float | None:
    """Return the central meridian of the zone that a number over China means."""
    if zone in _SIX_DEGREES:
        return 6.0 * zone - 3.0
    return 3.0 * zone if zone in _THREE_DEGREES else None


def _wrong_zone(frame: CRS | LocalGrid, stated: int) -> str:
    return (
        f"the easting begins with {stated}, and {crs_name(frame)} is another zone: zone {stated} has its central "
        f"meridian at {_meridian(stated):g}°; give the reference system that the coordinates are in"
    )


def _zone_note(frame: CRS | LocalGrid, zone: int, added: bool) -> Title:
    name = crs_name(frame)
    if added:
        return Title(f"{name} 的横坐标含带号：已加上 {zone}", f"eastings of {name} have a zone number: {zone} is added")
    return Title(
        f"{name} 的横坐标不含带号：已去掉 {zone}", f"eastings of {name} have no zone number: {zone} is removed"
    )
