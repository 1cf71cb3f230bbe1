"""Shapes on their way into the database: meshes in a file, so that a model of any size takes little memory."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bim.model import Body
from bim.packing import centred, pack


class Shape(NamedTuple):
    """A mesh in its place: its key and that of its mesh, 12 numbers of the matrix, its box (6) in the model's frame."""

    id: str
    mesh: str
    matrix: tuple[float, ...]
    box: tuple[float, ...]
    triangles: int


class Spool:
    """Takes shapes and gives them back, each mesh once."""

    def __init__(self, folder: Path | None = None) -> None:
        """Make the file, which is gone when it is closed."""
        self._file = TemporaryFile(dir=folder, prefix="onemap-meshes-")  # noqa: SIM115 - closed by close()
        self._kept: dict[str, tuple[int, int, int]] = {}
        self.shapes: dict[str, Shape] = {}

    def add(self, body: Body) -> Shape:
        """Keep a shape, and return its keys."""
        middle = centred(body)
        content = pack(middle.mesh)
        mesh = _key(content)
        if mesh not in self._kept:
            self._kept[mesh] = (self._file.tell(), len(content), len(middle.mesh.triangles))
            self._file.write(content)
        matrix = tuple(map(float, middle.matrix[:3].ravel()))
        key = _key(mesh.encode() + np.asarray(matrix, "<f8").tobytes())
        shape = Shape(key, mesh, matrix, box_of(body.points), len(body.mesh.triangles))
        self.shapes[key] = shape
        return shape

    def meshes(self) -> Iterator[tuple[str, int, bytes]]:
        """Yield the key, the number of triangles and the content of each mesh."""
        for key, (start, length, triangles) in self._kept.items():
            self._file.seek(start)
            yield key, triangles, self._file.read(length)

    def __len__(self) -> int:
        """Return the number of meshes."""
        return len(self._kept)

    def close(self) -> None:
        """Remove the file."""
        self._file.close()


def box_of(points: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the least and the greatest x, y, z of points (n, 3)."""
    return (*map(float, points.min(axis=0)), *map(float, points.max(axis=0)))


def _key(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
