"""Wavefront OBJ as a model: its objects and groups are elements. Materials are in another file, and not followed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bim.flaws import Flaw
from bim.formats.meshes.reading import MeshReading, Placed, mesh_of
from bim.georeference import Statement
from bim.model import Element
from bim.place import Place, told
from bim.polygons import Polygons, triangulate
from bim.reading import ReadOptions
from bim.unpacked import read_within
from layers.errors import SourceError

_FURTHEST = 1e9
_GREY = np.array([0.6, 0.6, 0.6, 1.0], np.float32)


@dataclass
class _Lines:
    """What was read so far: vertices, and the faces of each group with the lines that they are on."""

    path: Path
    group: str
    vertices: list[tuple[float, float, float]] = field(default_factory=list)
    faces: dict[str, list[tuple[int, list[int]]]] = field(default_factory=dict)

    def vertex(self, line: int, words: list[str]) -> None:
        """Take the place of a vertex; what may follow it, a weight or a colour, is left."""
        try:
            x, y, z = map(float, words[:3])
        except ValueError:
            raise self._error(line, f"{told(' '.join(words))} are not three coordinates") from None
        if not max(abs(x), abs(y), abs(z)) <= _FURTHEST or x != x or y != y or z != z:  # noqa: PLR0124 - NaN
            raise self._error(line, f"{told(' '.join(words))} are not three coordinates of up to {_FURTHEST:g} m")
        self.vertices.append((x, y, z))

    def face(self, line: int, words: list[str]) -> None:
        """Take a face: vertices counted from 1, or back from the last one by negative numbers."""
        corners = []
        for word in words:
            try:
                number = int(word.split("/", 1)[0])
            except ValueError:
                raise self._error(line, f"{told(word)} is no corner of a face") from None
            corner = number - 1 if number > 0 else len(self.vertices) + number
            if not number or not 0 <= corner < len(self.vertices):
                raise self._error(line, f"there is no vertex {number}; {len(self.vertices):,} stand above it")
            corners.append(corner)
        self.faces.setdefault(self.group, []).append((line, corners))

    def name(self, _line: int, words: list[str]) -> None:
        """Take the name of the group that follows."""
        self.group = " ".join(words).replace("\0", "") or self.group

    def _error(self, line: int, message: str) -> SourceError:
        return Place(self.path, line).error(message)


def open_obj(path: Path, options: ReadOptions) -> MeshReading:
    """Read a file; raises SourceError, naming the line, for what is no vertex or no face."""
    lines = _Lines(path, path.stem)
    verbs: dict[str, Callable[[int, list[str]], None]] = {
        "v": lines.vertex, "f": lines.face, "o": lines.name, "g": lines.name,
    }  # fmt: skip
    for number, text in enumerate(read_within(path).decode("utf-8", "replace").split("\n"), 1):
        words = text.split()
        if words and words[0] in verbs:
            verbs[words[0]](number, words[1:])
    if not lines.faces:
        raise SourceError(str(path), "it has no faces; models of points and lines are not read")
    return MeshReading(
        path=path,
        format="obj",
        schema="OBJ",
        title="",
        elements=tuple(Element(id=name, kind="element", type="Mesh", name=name) for name in lines.faces),
        statement=Statement(),
        options=options,
        placed={name: _placed(lines, faces) for name, faces in lines.faces.items()},
    )


def _placed(lines: _Lines, faces: list[tuple[int, list[int]]]) -> Placed:
    used, corners = np.unique(np.concatenate([face for _, face in faces]).astype(np.int64), return_inverse=True)
    points = np.array([lines.vertices[number] for number in used.tolist()]).reshape(-1, 3)
    low = points.min(axis=0) if len(points) else np.zeros(3)
    ends = np.concatenate([[0], np.cumsum([len(face) for _, face in faces])])
    made = triangulate(Polygons(points - low, corners, ends, np.arange(len(faces) + 1)))
    mesh = mesh_of(points - low, made.triangles, np.repeat(_GREY[None], len(made.triangles), axis=0))
    matrix = np.eye(4)
    matrix[:3, 3] = low
    return Placed(
        mesh, matrix, tuple(Flaw(fault.rule, f"line {faces[fault.polygon][0]}", fault.value) for fault in made.faults)
    )
