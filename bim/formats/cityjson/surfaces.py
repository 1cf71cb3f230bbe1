"""The geometries of CityObjects as arrays: polygons of vertex numbers, and instances of templates."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.place import Json, Place, listing, mapping, told

Ints = NDArray[np.int64]
Matrix = NDArray[np.float64]
# How deep the polygons of each type lie in its boundaries.
DEPTHS = {
    "MultiSurface": 1, "CompositeSurface": 1, "Solid": 2, "MultiSolid": 3, "CompositeSolid": 3,
}  # fmt: skip
SOLIDS = frozenset({"Solid", "MultiSolid", "CompositeSolid"})
# Types that have no surface.
THIN = frozenset({"MultiPoint", "MultiLineString"})
_STEPS = {2: ("shell",), 3: ("solid", "shell")}


@dataclass(frozen=True, eq=False)
class Surfaces:
    """The polygons of one geometry.

    ``corners``, ``rings`` and ``polygons`` are those of ``bim.polygons.Polygons``, by number of the vertex. For each
    polygon ``paths`` has where it stands in the boundaries, ``semantics`` the type of its surface or "", and
    ``materials`` (p,) the number of its material or -1. ``misfits`` counts references to surfaces that are not there.
    """

    type: str
    lod: str
    place: Place
    corners: Ints
    rings: Ints
    polygons: Ints
    paths: tuple[tuple[int, ...], ...]
    semantics: tuple[str, ...]
    materials: Ints
    misfits: int = 0

    @property
    def encloses(self) -> bool:
        """Tell whether its polygons are meant to enclose a space."""
        return self.type in SOLIDS


@dataclass(frozen=True, eq=False)
class Instance:
    """A template, by number, in its place: ``matrix`` (4, 4) goes before the shift to the ``point``, a vertex."""

    lod: str
    place: Place
    template: int
    matrix: Matrix
    point: int


def lod_order(lod: str) -> tuple[int, ...]:
    """Return what levels of detail are ordered by: 2.2 is above 2, and none is the lowest."""
    parts = lod.split(".")
    return tuple(map(int, parts)) if all(part.isascii() and part.isdigit() for part in parts) else (-1,)


def surfaces_of(text: Json, place: Place, count: int) -> Surfaces | None:
    """Return the polygons of a geometry whose vertices are ``count``, or None for one that has no surfaces.

    Raises SourceError where a number of a vertex is none.
    """
    kind = text.get("type")
    if isinstance(kind, str) and kind in THIN:
        return None
    if not isinstance(kind, str) or kind not in DEPTHS:
        known = ", ".join(sorted({*DEPTHS, *THIN, "GeometryInstance"}))
        raise place.at("type").error(f"{told(kind)} is no type of geometry; there are {known}")
    boundaries = place.at("boundaries")
    found = list(_polygons(text.get("boundaries"), boundaries, DEPTHS[kind]))
    corners, ring_lengths, ring_counts = _numbers(found, boundaries, count)
    values, surfaces = _semantics(text, place)
    semantics = [_surface(values, surfaces, path) for path, _ in found]
    return Surfaces(
        type=kind,
        lod=lod_of(text),
        place=place,
        corners=corners,
        rings=np.concatenate([[0], np.cumsum(ring_lengths)]).astype(np.int64),
        polygons=np.concatenate([[0], np.cumsum(ring_counts)]).astype(np.int64),
        paths=tuple(path for path, _ in found),
        semantics=tuple(semantic or "" for semantic in semantics),
        materials=_materials(text, [path for path, _ in found]),
        misfits=sum(semantic is None for semantic in semantics),
    )


def instance_of(text: Json, place: Place, count: int, templates: int) -> Instance:
    """Return the instance of a template; its level of detail is the template's, and set by who knows that."""
    template = text.get("template")
    if type(template) is not int or not 0 <= template < templates:
        raise place.at("template").error(f"{told(template)} is the number of no template; there are {templates}")
    points = listing(text.get("boundaries"), place.at("boundaries"))
    if len(points) != 1:
        raise place.at("boundaries").error(f"an instance has one point, and this has {len(points)}")
    _check(points, place.at("boundaries"), count)
    return Instance("", place, template, _matrix(text.get("transformationMatrix"), place), points[0])


def lod_of(text: Json) -> str:
    """Return the level of detail of a geometry as text, or "" where it has none."""
    lod = text.get("lod")
    if isinstance(lod, float) and lod.is_integer():
        lod = int(lod)
    return str(lod) if isinstance(lod, str | int | float) else ""


def _polygons(value: object, place: Place, depth: int, path: tuple[int, ...] = ()) -> Iterator[Any]:
    """Yield each polygon with its path; no deeper than the type of geometry is."""
    for number, inner in enumerate(listing(value, place)):
        if depth == 1:
            yield (*path, number), listing(inner, place.at(number))
        else:
            yield from _polygons(inner, place.at(number), depth - 1, (*path, number))


def _numbers(found: list[Any], place: Place, count: int) -> tuple[Ints, list[int], list[int]]:
    """Return the vertex of each corner, how many corners each ring has, and how many rings each polygon."""
    rings = [ring for _, polygon in found for ring in polygon]
    if not set(map(type, rings)) <= {list}:
        for path, polygon in found:
            for number, ring in enumerate(polygon):
                listing(ring, place.at(*path, number))
    corners = list(chain.from_iterable(rings))
    if not _are_numbers(corners, count):
        for path, polygon in found:
            for number, ring in enumerate(polygon):
                _check(ring, place.at(*path, number), count)
    return np.array(corners, np.int64), list(map(len, rings)), [len(polygon) for _, polygon in found]


def _are_numbers(corners: list[Any], count: int) -> bool:
    if not corners:
        return True
    return set(map(type, corners)) == {int} and min(corners) >= 0 and max(corners) < count


def _check(ring: list[Any], place: Place, count: int) -> None:
    """Raise SourceError for the first corner of a ring that is no vertex."""
    for number, corner in enumerate(ring):
        if type(corner) is not int:
            raise place.at(number).error(f"{told(corner)} is not the number of a vertex")
        if not 0 <= corner < count:
            raise place.at(number).error(f"there is no vertex {told(corner)}; there are {count:,}, counted from 0")


def _matrix(value: object, place: Place) -> Matrix:
    place = place.at("transformationMatrix")
    numbers = listing(value, place)
    if len(numbers) != 16 or not set(map(type, numbers)) <= {int, float} or max(map(abs, numbers)) > 1e9:
        raise place.error(f"16 numbers of up to 1e9, row by row, are expected, and {told(value)} are there")
    matrix = np.array(numbers, np.float64).reshape(4, 4)
    if not np.array_equal(matrix[3], [0, 0, 0, 1]):
        raise place.error(f"its last row is {matrix[3].tolist()}, and 0, 0, 0, 1 is expected: rows come first")
    if not abs(np.linalg.det(matrix[:3, :3])) > 1e-12:
        raise place.error("it makes all shapes flat")
    return matrix


def _semantics(text: Json, place: Place) -> tuple[object, list[Any]]:
    if text.get("semantics") is None:
        return None, []
    semantics = mapping(text["semantics"], place.at("semantics"))
    return semantics.get("values"), listing(semantics.get("surfaces", []), place.at("semantics", "surfaces"))


def _surface(values: object, surfaces: list[Any], path: tuple[int, ...]) -> str | None:
    """Return the type of the surface at a path, "" where it has none, None where it refers to one that is not there."""
    number = _value(values, path)
    if number is None:
        return ""
    if type(number) is not int or not 0 <= number < len(surfaces) or not isinstance(surfaces[number], dict):
        return None
    return str(surfaces[number].get("type", ""))


def _materials(text: Json, paths: list[tuple[int, ...]]) -> Ints:
    """Return the number of the material of each polygon in the first theme, -1 for none."""
    themes = text.get("material")
    theme = next(iter(themes.values()), None) if isinstance(themes, dict) else None
    if not isinstance(theme, dict):
        return np.full(len(paths), -1)
    if "value" in theme:
        return np.full(len(paths), _number(theme["value"]))
    return np.array([_number(_value(theme.get("values"), path)) for path in paths], np.int64)


def _number(value: object) -> int:
    return value if type(value) is int and 0 <= value < 2**31 else -1


def _value(values: object, path: tuple[int, ...]) -> object:
    """Return what nested lists have at a path, None where they end before."""
    for step in path:
        if not isinstance(values, list) or step >= len(values):
            return None
        values = values[step]
    return values
