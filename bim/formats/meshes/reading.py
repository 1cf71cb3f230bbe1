"""Meshes that were read, as a model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bim.flaws import Flaw, defects_of
from bim.model import Body, Mesh
from bim.reading import ModelReading, ReadOptions, Tell
from layers.errors import SourceError


class Placed(NamedTuple):
    """A mesh, or None where there are only points and lines, the matrix (4, 4) that places it, and its flaws."""

    mesh: Mesh | None
    matrix: NDArray[np.float64]
    flaws: tuple[Flaw, ...] = ()


@dataclass
class MeshReading(ModelReading):
    """A file of meshes; ``placed`` has those of each element that has one."""

    options: ReadOptions = field(default_factory=ReadOptions)
    placed: Mapping[str, Placed] = field(default_factory=dict)

    def bodies(self, tell: Tell) -> Iterator[tuple[str, Body]]:
        """Stream the shapes by the id of their element, each once; one that cannot be made is among ``defects``.

        Raises SourceError where the reading is strict and a shape cannot be made.
        """
        for done, (key, placed) in enumerate(self.placed.items(), 1):
            why = self._refused(placed.mesh)
            self.defects.extend(defects_of(key, (*placed.flaws, *why)))
            if placed.mesh is not None and not why:
                yield key, Body(placed.mesh, placed.matrix)
            elif self.options.strict and placed.mesh is not None:
                raise SourceError(str(self.path), self.defects[-1].message.en, key)
            tell(done, len(self.placed))

    def _refused(self, mesh: Mesh | None) -> tuple[Flaw, ...]:
        if mesh is None:
            return (Flaw("shape.no_surface"),)
        if not len(mesh.triangles):
            return (Flaw("shape.empty"),)
        if len(mesh.triangles) > self.options.most_triangles:
            return (Flaw("shape.too_large", value=len(mesh.triangles)),)
        return ()


def mesh_of(points: NDArray[np.float64], triangles: NDArray[np.integer], colours: NDArray[np.float32]) -> Mesh:
    """Return a mesh of the points (n, 3) that triangles (m, 3) have, each of which has a colour (m, 4)."""
    used, corners = np.unique(triangles, return_inverse=True)
    palette, which = np.unique(colours, axis=0, return_inverse=True)
    return Mesh(
        points[used],
        corners.reshape(-1, 3).astype(np.int32),
        palette.reshape(-1, 4).astype(np.float32),
        which.reshape(-1).astype(np.int32),
    )
