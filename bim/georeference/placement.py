"""The frame of a model on the ellipsoid: which of its points lies where, how it is turned, and how large it is."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.errors import InputError
from layers.space import east_north_up, from_geocentric, to_geocentric

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Placement:
    """Where a model stands.

    The model's point ``anchor`` (metres) lies at ``lon``, ``lat`` (degrees, EPSG:4490) and ``height_m``. Its x-axis is
    turned by ``heading_deg`` from east, anticlockwise, so that 0 has its y-axis to true north; its plane is the tangent
    plane there. A metre of the model in that plane is ``scale`` metres on the ground; z is left as it is, as a
    Helmert conversion leaves it. The map has no geoid: a height is what the source states, over the datum that it
    states, and is counted from the ellipsoid as it is.
    """

    lon: float
    lat: float
    height_m: float = 0.0
    heading_deg: float = 0.0
    scale: float = 1.0
    anchor: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        """Refuse what is no place."""
        numbers = (self.lon, self.lat, self.height_m, self.heading_deg, self.scale, *self.anchor)
        if not all(map(math.isfinite, numbers)) or len(self.anchor) != 3:
            raise InputError(f"a placement has eight finite numbers; {numbers} are not")
        if abs(self.lon) > 180.0 or abs(self.lat) > 90.0:
            raise InputError(f"({self.lon:g}, {self.lat:g}) is no longitude and latitude in degrees; check their order")
        if self.scale <= 0.0:
            raise InputError(f"the scale of a placement is above 0; {self.scale:g} is not; 1 leaves metres metres")

    def enu(self, points: Points) -> Points:
        """Return metres east, north and up of the anchor (n, 3), in its tangent plane, of points of the model."""
        moved: Points = (np.asarray(points, np.float64) - self.anchor) @ self._turn.T
        return moved

    def geodetic(self, points: Points) -> Points:
        """Return longitude, latitude and height (n, 3) of points of the model (n, 3)."""
        return from_geocentric(self.enu(points) @ self._axes.T + self._origin)

    def model(self, places: Points) -> Points:
        """Return points of the model (n, 3) of longitude, latitude and height (n, 3)."""
        enu = (to_geocentric(np.asarray(places, np.float64)) - self._origin) @ self._axes
        found: Points = enu @ np.linalg.inv(self._turn).T + self.anchor
        return found

    def plane(self, normal: Sequence[float], distance: float) -> tuple[tuple[float, float, float], float]:
        """Return normal and distance, in the frame of the model, of a plane so far from the anchor (metres).

        ``normal`` is a direction east, north and up at the anchor; that which is returned has the length of a metre of
        the map in metres of the model.
        """
        x, y, z = (self._turn.T @ np.asarray(normal, np.float64)).tolist()
        return (x, y, z), distance + float(np.dot((x, y, z), self.anchor))

    def ecef_matrix(self) -> Points:
        """Return the (4, 4) matrix that takes points of the model, in metres, to geocentric x, y, z (EPSG:4479)."""
        matrix = np.eye(4)
        matrix[:3, :3] = self._axes @ self._turn
        matrix[:3, 3] = self._origin - matrix[:3, :3] @ self.anchor
        return matrix

    def moved_to(self, anchor: Sequence[float]) -> "Placement":
        """Return the placement that has the same model at the same place, tangent at another point of the model.

        The frames differ by the curvature of the earth between both anchors: by d²/2R, 8 cm over a kilometre.
        """
        x, y, z = anchor
        if (x, y, z) == self.anchor:
            return self
        ((lon, lat, height),) = self.geodetic(np.array([[x, y, z]]))
        beside = np.array([[x, y, z], [x + 1.0, y, z]])
        east, north, _ = (self.enu(beside) @ self._axes.T @ east_north_up(lon, lat))[[0, 1]].T
        heading = math.degrees(math.atan2(north[1] - north[0], east[1] - east[0]))
        return Placement(float(lon), float(lat), float(height), heading, self.scale, (x, y, z))

    def json(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "lon": self.lon,
            "lat": self.lat,
            "height_m": self.height_m,
            "heading_deg": self.heading_deg,
            "scale": self.scale,
            "anchor": list(self.anchor),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Placement":
        """Read what ``json`` gives; raises InputError, naming the field, where it does not read."""
        unknown = sorted(set(document) - set(cls.__dataclass_fields__))
        if unknown:
            raise InputError(f"a placement has no {', '.join(unknown)}; it has {', '.join(cls.__dataclass_fields__)}")
        try:
            x, y, z = map(float, document.get("anchor", (0.0, 0.0, 0.0)))
            numbers = {name: float(value) for name, value in document.items() if name != "anchor"}
            return cls(**numbers, anchor=(x, y, z))
        except (TypeError, ValueError) as error:
            raise InputError(f"a placement has lon and lat, numbers, and an anchor of three: {error}") from error

    @cached_property
    def _turn(self) -> Points:
        """Return the (3, 3) matrix from the model's axes to east, north and up."""
        turn = math.radians(self.heading_deg)
        cos, sin = self.scale * math.cos(turn), self.scale * math.sin(turn)
        return np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])

    @cached_property
    def _axes(self) -> Points:
        return east_north_up(self.lon, self.lat)

    @cached_property
    def _origin(self) -> Points:
        origin: Points = to_geocentric(np.array([[self.lon, self.lat, self.height_m]]))[0]
        return origin


def wrapped(degrees: float) -> float:
    """Return an angle from -180 (excluded) to 180 degrees."""
    return 180.0 - (180.0 - degrees) % 360.0


def heading_of(true_north: tuple[float, float]) -> float:
    """Return the angle from east to the model's x-axis, given the direction of true north in the model's plane.

    True north is 90° from east; seen in the model it is at atan2(y, x) from the x-axis, which so lies as much behind.
    Raises InputError for a direction without a length.
    """
    x, y = true_north
    if not math.hypot(x, y) > 0.0:
        raise InputError("the direction of true north has no length; (0, 1) has north along the model's y-axis")
    return wrapped(90.0 - math.degrees(math.atan2(y, x)))
