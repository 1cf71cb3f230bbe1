"""What stands in the way of sun and views: triangles with their owners, in metres about an anchor; prisms."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bim.footprints.extrusion import Frame, extrude
from bim.review.rays import Rays
from layers.errors import InputError
from layers.space import from_geocentric, to_geocentric

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Names = NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Prisms:
    """Footprints with heights: ``outlines`` (k,) (multi)polygons in EPSG:4490, ``base`` and ``top`` (k,) in metres.

    ``owners`` (k,) say whose each is: ``buildings/12``. ``missing`` (k,) tells where the height was not known, and
    ``top`` is assumed.
    """

    outlines: "NDArray[Any]"
    base: Floats
    top: Floats
    owners: Names
    missing: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.outlines)

    @classmethod
    def of(
        cls, outlines: Iterable[Any], base: Iterable[float], top: Iterable[float], owners: Iterable[str]
    ) -> "Prisms":
        """Return prisms whose heights are known."""
        shapes = np.array([None, *outlines], object)[1:]
        names = np.array(list(owners), np.str_) if len(shapes) else np.empty(0, np.str_)
        return cls(shapes, np.array(list(base), float), np.array(list(top), float), names, np.zeros(len(shapes), bool))

    def chosen(self, mask: "NDArray[Any]") -> "Prisms":
        """Return those that a mask or numbers choose."""
        return Prisms(self.outlines[mask], self.base[mask], self.top[mask], self.owners[mask], self.missing[mask])

    def without(self, owners: Iterable[str]) -> "Prisms":
        """Return those of other owners."""
        return self.chosen(~np.isin(self.owners, list(owners)))

    def scaled(self, factor: float) -> "Prisms":
        """Return them with all heights over the ground times a factor."""
        return replace(self, base=self.base * factor, top=self.top * factor)

    def joined(self, other: "Prisms") -> "Prisms":
        """Return these and others."""
        both = zip(self._columns, other._columns, strict=True)
        return Prisms(*(np.concatenate(pair) for pair in both))

    def plane(self, frame: Frame) -> "NDArray[Any]":
        """Return the outlines (k,) in metres east and north in a frame."""
        return np.asarray(to_plane(self.outlines, frame))

    @property
    def _columns(self) -> tuple["NDArray[Any]", ...]:
        return self.outlines, self.base, self.top, self.owners, self.missing


@dataclass(frozen=True, eq=False)
class Scene:
    """Triangles (m, 3) with owners (m,): ``vertices`` (n, 3) float64 are metres east, north and up of ``anchor``.

    ``anchor`` is longitude and latitude (degrees, EPSG:4490) of a point on the ellipsoid; ``owners`` say whose each
    triangle is. The frame is a right one, so that the sun has one direction in all of it, and the ground bends
    down from its plane: by 8 cm over a kilometre.
    """

    anchor: tuple[float, float]
    vertices: Floats
    triangles: Ints
    owners: Names

    def __post_init__(self) -> None:
        """Refuse what does not fit together."""
        if not (np.isfinite(self.vertices).all() and len(self.owners) == len(self.triangles)):
            raise InputError("a scene has finite vertices, and an owner for each triangle")
        if len(self.triangles) and not 0 <= self.triangles.min() <= self.triangles.max() < len(self.vertices):
            raise InputError(f"a triangle of a scene names a vertex that is none of the {len(self.vertices)}")

    @classmethod
    def empty(cls, anchor: tuple[float, float]) -> "Scene":
        """Return a scene with nothing in it."""
        return cls(anchor, np.empty((0, 3)), np.empty((0, 3), np.int64), np.empty(0, np.str_))

    @classmethod
    def of(cls, prisms: Prisms, anchor: tuple[float, float]) -> "Scene":
        """Return the solids of footprints about an anchor."""
        return cls.empty(anchor).with_prisms(prisms)

    @cached_property
    def frame(self) -> Frame:
        """Return east, north and up at the anchor."""
        return Frame.at(*self.anchor)

    @cached_property
    def rays(self) -> Rays:
        """Return what casts rays in it."""
        return Rays(self.vertices, self.triangles)

    def enu(self, places: Floats) -> Floats:
        """Return metres east, north and up (n, 3) of longitude, latitude and height (n, 3)."""
        return to_enu(places, self.frame)

    def geodetic(self, points: Floats) -> Floats:
        """Return longitude, latitude (degrees) and height (n, 3) of metres east, north and up (n, 3)."""
        return to_geodetic(points, self.frame)

    def without(self, owners: Iterable[str]) -> "Scene":
        """Return the scene without what some owners have in it."""
        left = ~np.isin(self.owners, list(owners))
        return replace(self, triangles=self.triangles[left], owners=self.owners[left])

    def with_mesh(self, owner: str, vertices: Floats, triangles: "NDArray[Any]") -> "Scene":
        """Return the scene with triangles (m, 3) of vertices (n, 3), metres east, north and up of the anchor."""
        return self._with(np.full(len(triangles), owner), vertices, triangles)

    def with_prisms(self, prisms: Prisms) -> "Scene":
        """Return the scene with the solids of footprints."""
        if not len(prisms):
            return self
        solids = extrude(prisms.outlines, prisms.base, prisms.top, self.frame)
        owner = solids.feature[solids.triangles[:, 0]] if len(solids.triangles) else np.empty(0, np.int64)
        return self._with(prisms.owners[owner], solids.points, solids.triangles)

    def _with(self, owners: Names, vertices: Floats, triangles: "NDArray[Any]") -> "Scene":
        numbers = np.asarray(triangles, np.int64).reshape(-1, 3) + len(self.vertices)
        return replace(
            self,
            vertices=np.concatenate([self.vertices, np.asarray(vertices, np.float64).reshape(-1, 3)]),
            triangles=np.concatenate([self.triangles, numbers]),
            owners=np.concatenate([self.owners, owners]),
        )


def to_enu(places: Floats, frame: Frame) -> Floats:
    """Return metres east, north and up (n, 3) in a frame of longitude, latitude and height (n, 3)."""
    found: Floats = (to_geocentric(np.asarray(places, np.float64)) - frame.origin) @ frame.axes
    return found


def to_geodetic(points: Floats, frame: Frame) -> Floats:
    """Return longitude, latitude (degrees) and height (n, 3) of metres east, north and up (n, 3) in a frame."""
    return np.asarray(from_geocentric(np.asarray(points, np.float64) @ frame.axes.T + frame.origin), np.float64)


def to_plane(geometries: Any, frame: Frame) -> Any:
    """Return geometries on the ground, EPSG:4490, in metres east and north in a frame."""

    def moved(lonlat: Floats) -> Floats:
        return to_enu(np.column_stack([lonlat, np.zeros(len(lonlat))]), frame)[:, :2]

    return shapely.transform(geometries, moved)


def to_map(geometries: Any, frame: Frame) -> Any:
    """Return geometries in metres east and north in a frame, straight above or below the ground, in EPSG:4490."""

    def moved(plane: Floats) -> Floats:
        level = np.column_stack([plane, np.zeros(len(plane))])
        # The ground bends down from the plane: by its height over the ground there, in two steps to a nanometre.
        for _ in range(2):
            level[:, 2] -= to_geodetic(level, frame)[:, 2]
        return to_geodetic(level, frame)[:, :2]

    return shapely.transform(geometries, moved)
