"""What the processes that make shapes say, as arrays."""

import io
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bim.formats.ifc.worker import AGAIN, HEADER, MATERIAL_NUMBERS, MATRIX_BYTES, SHAPE
from bim.model import Mesh

_WITH_MATRIX = (SHAPE, AGAIN)


@dataclass(frozen=True, eq=False)
class Shape:
    """A shape as the library has it.

    ``vertices`` (n, 3) metres; ``triangles`` (m, 3); ``material_of`` (m,), -1 for none; ``materials`` (k, 5): sRGB,
    opacity, and 1 where the file states the colour. ``meshes`` are those made of it, by class.
    """

    vertices: NDArray[np.float64]
    triangles: NDArray[np.int32]
    material_of: NDArray[np.int32]
    materials: NDArray[np.float32]
    meshes: dict[str, Mesh] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Frame:
    """One message: ``matrix`` (4, 4) where a shape stands, ``triangles`` how many it has, ``text`` a reason."""

    kind: bytes
    product: int
    triangles: int = 0
    matrix: NDArray[np.float64] | None = None
    shape: Shape | None = None
    text: str = ""


def read_frame(stream: io.RawIOBase) -> Frame | None:
    """Return the next frame, or None at the end of the stream, a torn last frame included."""
    try:
        kind, product, *counts, text_bytes = HEADER.unpack(_read(stream, HEADER.size))
        matrix, shape = _arrays(stream, kind, counts)
        text = _read(stream, text_bytes).decode(errors="replace")
    except EOFError:
        return None
    return Frame(kind, product, counts[1], matrix, shape, text)


def _arrays(stream: io.RawIOBase, kind: bytes, counts: list[int]) -> tuple[NDArray[np.float64] | None, Shape | None]:
    if kind not in _WITH_MATRIX:
        return None, None
    # The library has its matrices by columns.
    matrix = np.frombuffer(_read(stream, MATRIX_BYTES), np.float64).reshape(4, 4).T.copy()
    if kind != SHAPE:
        return matrix, None
    vertices, triangles, materials = counts
    return matrix, Shape(
        np.frombuffer(_read(stream, vertices * 24), np.float64).reshape(-1, 3),
        np.frombuffer(_read(stream, triangles * 12), np.int32).reshape(-1, 3),
        np.frombuffer(_read(stream, triangles * 4), np.int32),
        np.frombuffer(_read(stream, materials * MATERIAL_NUMBERS * 4), np.float32).reshape(-1, MATERIAL_NUMBERS),
    )


def _read(stream: io.RawIOBase, size: int) -> bytearray:
    """Read that many bytes; raises EOFError when they end before."""
    content = bytearray(size)
    view = memoryview(content)
    done = 0
    while done < size:
        count = stream.readinto(view[done:])
        if not count:
            raise EOFError
        done += count
    return content
