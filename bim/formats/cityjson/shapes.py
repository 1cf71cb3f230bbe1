"""Meshes of geometries: their triangles, colours and flaws, each in a frame of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bim.flaws import Flaw
from bim.formats.cityjson.document import Document
from bim.formats.cityjson.looks import Colours, colours_of
from bim.formats.cityjson.objects import CityObject
from bim.formats.cityjson.surfaces import Instance, Surfaces
from bim.model import Body, Mesh
from bim.polygons import Polygons, triangulate
from bim.solids import facing_out

Points = NDArray[np.float64]
Geometry = Surfaces | Instance


class Piece(NamedTuple):
    """A mesh of one geometry, the matrix (4, 4) that takes it to the model, and its flaws."""

    mesh: Mesh
    matrix: Points
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True, eq=False)
class Shapes:
    """The makers of meshes of one document; ``unit`` (3,) are the metres of one unit of its coordinates."""

    document: Document
    unit: Points
    templates: tuple[Surfaces | None, ...]
    made: dict[tuple[int, str], Piece] = field(default_factory=dict)

    def piece(self, geometry: Geometry, owner: CityObject) -> Piece:
        """Return the mesh of a geometry; the ones of one template and type of object share theirs."""
        kind = owner.text["type"]
        if isinstance(geometry, Instance):
            mesh, _, flaws = self._template(geometry.template, kind)
            return Piece(mesh, self._matrix(geometry, owner), flaws)
        scale = self.document.scale
        used, corners = np.unique(geometry.corners, return_inverse=True)
        places = owner.part.vertices[used]
        low = places.min(axis=0) if len(places) else np.zeros(3)
        points = (places - low) * scale * self.unit
        colours = colours_of(geometry, kind, owner.part.appearance)
        mesh, flaws = _mesh(geometry, Polygons(points, corners, geometry.rings, geometry.polygons), colours)
        return Piece(mesh, _shift((low * scale + self.document.translate) * self.unit), flaws)

    def encloses(self, geometry: Geometry) -> bool:
        """Tell whether a geometry is meant to enclose a space."""
        surfaces = self.templates[geometry.template] if isinstance(geometry, Instance) else geometry
        return surfaces is not None and surfaces.encloses

    def _template(self, number: int, kind: str) -> Piece:
        known = self.made.get((number, kind))
        if known is None:
            surfaces = self.templates[number]
            assert surfaces is not None  # noqa: S101 - instances of points and lines are no shapes
            points = self.document.template_vertices * self.unit
            polygons = Polygons(points, surfaces.corners, surfaces.rings, surfaces.polygons)
            colours = colours_of(surfaces, kind, self.document.parts[0].appearance)
            known = self.made[number, kind] = Piece(*_at_origin(*_mesh(surfaces, polygons, colours)))
        return known

    def _matrix(self, instance: Instance, owner: CityObject) -> Points:
        matrix = instance.matrix.copy()
        point = owner.part.vertices[instance.point]
        matrix[:3, :3] *= self.unit[:, None] / self.unit
        matrix[:3, 3] = (matrix[:3, 3] + point * self.document.scale + self.document.translate) * self.unit
        return matrix


def body_of(pieces: Sequence[Piece], encloses: bool) -> Body:
    """Return the body of one or several meshes; those of several are one mesh in the frame of the first."""
    if len(pieces) == 1:
        return Body(pieces[0].mesh, pieces[0].matrix, encloses)
    shift = pieces[0].matrix[:3, 3]
    vertices, triangles, colours, which = [], [], [], []
    points = corners = 0
    for mesh, matrix, _ in pieces:
        vertices.append(mesh.vertices @ matrix[:3, :3].T + (matrix[:3, 3] - shift))
        mirrored = np.linalg.det(matrix[:3, :3]) < 0
        triangles.append((mesh.triangles[:, ::-1] if mirrored else mesh.triangles) + np.int32(points))
        colours.append(mesh.colors)
        which.append(mesh.color_of + np.int32(corners))
        points, corners = points + len(mesh.vertices), corners + len(mesh.colors)
    merged = Mesh(np.vstack(vertices), np.vstack(triangles), np.vstack(colours), np.concatenate(which))
    return Body(merged, _shift(shift), encloses)


def _shift(offset: Points) -> Points:
    matrix = np.eye(4)
    matrix[:3, 3] = offset
    return matrix


def _at_origin(mesh: Mesh, flaws: tuple[Flaw, ...]) -> Piece:
    return Piece(mesh, np.eye(4), flaws)


def _mesh(surfaces: Surfaces, polygons: Polygons, colours: Colours) -> tuple[Mesh, tuple[Flaw, ...]]:
    made = triangulate(polygons)
    triangles, turned = _facing_out(surfaces, polygons.points, made.triangles, made.polygon_of)
    flaws = [Flaw(fault.rule, _where(surfaces, fault.polygon, fault.ring), fault.value) for fault in made.faults]
    flaws += [Flaw("solid.inside_out", where) for where in turned]
    flaws += [Flaw("polygon.repeated", _where(surfaces, number)) for number in _repeated(surfaces, polygons)]
    if surfaces.misfits:
        flaws.append(Flaw("semantics.mismatch", str(surfaces.place), surfaces.misfits))
    used, corners = np.unique(triangles, return_inverse=True)
    palette, which = np.unique(colours[made.polygon_of], axis=0, return_inverse=True)
    mesh = Mesh(
        polygons.points[used],
        corners.reshape(-1, 3).astype(np.int32),
        palette.reshape(-1, 4),
        which.reshape(-1).astype(np.int32),
    )
    return mesh, tuple(flaws)


def _where(surfaces: Surfaces, polygon: int, ring: int | None = None) -> str:
    steps = surfaces.paths[polygon] if ring is None else (*surfaces.paths[polygon], ring)
    return str(surfaces.place.at("boundaries", *steps))


def _facing_out(
    surfaces: Surfaces, points: Points, triangles: NDArray[np.int32], polygon_of: NDArray[np.int64]
) -> tuple[NDArray[np.int32], list[str]]:
    """Return triangles, those of solids that were inside out turned over, and where such solids are."""
    solid_of = np.array([path[0] if len(path) == 3 else 0 for path in surfaces.paths], np.int64)[polygon_of]
    faced, turned = triangles.copy(), []
    for number in map(int, np.unique(solid_of)):
        own = triangles[solid_of == number]
        outwards = facing_out(points, own)
        if outwards is not own:
            faced[solid_of == number] = outwards
            turned.append(
                str(surfaces.place.at("boundaries", number) if surfaces.type.endswith("iSolid") else surfaces.place)
            )
    return faced, turned


def _repeated(surfaces: Surfaces, polygons: Polygons) -> list[int]:
    """Return the polygons whose outer ring is that of another of the same shell."""
    if not len(polygons.corners):
        return []
    _, place = np.unique(polygons.points, axis=0, return_inverse=True)
    corners = place.reshape(-1)[polygons.corners].tolist()
    starts = polygons.rings.tolist()
    known: set[tuple[tuple[int, ...], frozenset[int]]] = set()
    found = []
    for number, ring in enumerate(polygons.polygons[:-1].tolist()):
        if ring == polygons.polygons[number + 1]:
            continue
        key = (surfaces.paths[number][:-1], frozenset(corners[starts[ring] : starts[ring + 1]]))
        if key in known:
            found.append(number)
        known.add(key)
    return found
