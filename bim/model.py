"""A building model as plain data: its elements, how they hang together, and their meshes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from layers.title import Title

Kind = Literal["site", "building", "storey", "space", "element"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# What a property or a quantity may be; lists are of those.
Value = str | int | float | bool | None | list["Value"]


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles of one shape in its own frame, in metres, z up.

    ``vertices`` (n, 3) float64; ``triangles`` (m, 3) int32, counter-clockwise seen from outside; ``colors`` (k, 4)
    float32, red, green, blue and opacity from 0 to 1, linear; ``color_of`` (m,) int32, which colour each triangle has.
    """

    vertices: NDArray[np.float64]
    triangles: NDArray[np.int32]
    colors: NDArray[np.float32]
    color_of: NDArray[np.int32]

    @cached_property
    def key(self) -> str:
        """Return a hash of its content: equal shapes are kept once."""
        digest = hashlib.sha256()
        for part in (self.vertices, self.triangles, self.colors, self.color_of):
            digest.update(f"{part.dtype.str}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()[:32]


@dataclass(frozen=True, eq=False)
class Body:
    """A shape in its place: ``matrix`` (4, 4) float64 takes points of the mesh to the frame of the model, in metres.

    ``encloses`` tells that it is meant as a solid; a road's surface need not be closed.
    """

    mesh: Mesh
    matrix: NDArray[np.float64]
    encloses: bool = True

    @cached_property
    def points(self) -> NDArray[np.float64]:
        """Return its vertices (n, 3) in the frame of the model."""
        moved: NDArray[np.float64] = self.mesh.vertices @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        return moved


@dataclass(frozen=True)
class Element:
    """One part of a building, from the site to a door, without its shape.

    ``id`` is its GlobalId, or the key that the format has instead. ``type`` is its class in the terms of the file
    (IfcWall, Building). ``parent`` is what contains it or what it is a part of; ``storey`` the storey that it is in.
    ``properties`` are by set, then by name, lengths, areas, volumes, masses and times among them in SI units where the
    format says which they are; ``quantities`` likewise, in metres, square metres, cubic metres, kilograms and seconds.
    ``elevation_m`` is that of a storey above the origin of the model. ``open_to`` are the rooms that a room shares an
    open side with, and the id of that.
    """

    id: str
    kind: Kind
    type: str
    name: str = ""
    long_name: str = ""
    type_name: str = ""
    predefined_type: str = ""
    tag: str = ""
    discipline: str = ""
    parent: str | None = None
    storey: str | None = None
    elevation_m: float | None = None
    properties: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    quantities: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    materials: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    open_to: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Gap:
    """A hole in a wall that nothing fills: its ``wall``, and its ``body``."""

    id: str
    name: str
    wall: str
    body: Body


@dataclass(frozen=True)
class Defect:
    """What is wrong with one element, in a sentence; ``rule`` is a short id such as ``shape.failed``."""

    element: str
    rule: str
    message: Title
