"""Triangles compressed for the wire as ``EXT_meshopt_compression`` has it; what they are of stays exact.

Positions are rounded to 1/128 m, so that none moves farther than 7 mm; normals are within a degree and a
half. The numbers of elements are those that they were. loaders.gl reads the extension without the network.
"""

import importlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.tileset.triangles import Triangles
from layers.errors import InputError

EXTENSION = "EXT_meshopt_compression"
# Powers of two: single precision holds such positions exactly.
_STEP_BITS = 7
STEP_M = 2.0**-_STEP_BITS
# Mantissas have 24 bits, one of them the sign.
_FARTHEST_M = STEP_M * 2**23 - 1
_NORMAL_BITS = 8


@dataclass(frozen=True)
class Stream:
    """Rows that are compressed: ``count`` of ``stride`` bytes each once they are read."""

    body: bytes
    count: int
    stride: int
    mode: str
    filter: str | None = None

    @property
    def decoded(self) -> int:
        """Return the bytes of the rows once they are read."""
        return self.count * self.stride

    def told(self, offset: int) -> dict[str, Any]:
        """Return the extension of its view, for bytes that begin at ``offset`` of the first buffer."""
        known = {"byteStride": self.stride, "count": self.count, "mode": self.mode}
        return {"buffer": 0, "byteOffset": offset, "byteLength": len(self.body), **known} | (
            {} if self.filter is None else {"filter": self.filter}
        )


def prepared(triangles: Triangles) -> Triangles:
    """Return the same triangles with positions rounded, vertices in the order in which they are used."""
    indices, places, used = _codec().reorder_mesh(triangles.indices, True, False)
    order = np.empty(used, np.int64)
    order[places] = np.arange(len(places))
    positions = triangles.positions[order]
    if np.abs(positions).max() < _FARTHEST_M:
        positions = (np.round(positions.astype(np.float64) / STEP_M) * STEP_M).astype(np.float32)
    return replace(
        triangles,
        positions=positions,
        normals=triangles.normals[order],
        features=triangles.features[order],
        indices=indices,
    )


def indices(values: "NDArray[np.uint32]") -> Stream:
    """Return indices of triangles (m,)."""
    return Stream(_codec().encode_gltf_buffer(values, "TRIANGLES"), len(values), 4, "TRIANGLES")


def positions(values: "NDArray[np.float32]") -> Stream:
    """Return positions (n, 3) that are rounded; others, farther out than 65 km, are kept as they are."""
    steps = values.astype(np.float64) / STEP_M
    if np.abs(values).max() >= _FARTHEST_M:
        return _rows(values, 12)
    # A whole number of steps, and the exponent of the step in the highest byte.
    packed = (steps.astype(np.int64) & 0xFFFFFF) | ((-_STEP_BITS & 0xFF) << 24)
    return _rows(packed.astype(np.uint32), 12, "EXPONENTIAL")


def normals(values: "NDArray[np.float32]") -> Stream:
    """Return directions (n, 3) as octahedral ones of eight bits; they are read as four bytes, normalised."""
    padded = np.column_stack([values, np.ones(len(values), np.float32)])
    return _rows(_codec().encode_filter_oct(padded, 4, _NORMAL_BITS), 4, "OCTAHEDRAL")


def numbers(values: "NDArray[np.float32]") -> Stream:
    """Return numbers (n,), exactly."""
    return _rows(values, 4)


def _rows(values: "NDArray[Any]", stride: int, filter_name: str | None = None) -> Stream:
    return Stream(_codec().encode_gltf_buffer(values, "ATTRIBUTES"), len(values), stride, "ATTRIBUTES", filter_name)


def _codec() -> Any:
    try:
        return importlib.import_module("meshopt")
    except ImportError:
        raise InputError(
            "this installation cannot compress contents; without compress=meshopt they are the same, or install "
            "onemap-twin[meshopt]"
        ) from None
