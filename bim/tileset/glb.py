"""Binary glTF 2.0 with the features of 3-D Tiles 1.1: which element each vertex is of, and what is told of each.

``EXT_mesh_features`` and ``EXT_structural_metadata`` as of 3-D Tiles 1.1. Properties are texts: deck.gl refuses a
whole tile for one BOOLEAN.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FLOAT, _UINT = 5126, 5125
_ARRAY, _INDEX = 34962, 34963
Json = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Triangles:
    """Triangles of one material.

    ``positions`` and ``normals`` (n, 3) float32, y up; ``features`` (n,) the number of the element of each vertex;
    ``indices`` (m,) uint32; ``color`` linear red, green, blue and opacity from 0 to 1.
    """

    positions: NDArray[np.float32]
    normals: NDArray[np.float32]
    features: NDArray[np.float32]
    indices: NDArray[np.uint32]
    color: tuple[float, float, float, float]


class _Buffer:
    """The one buffer of a GLB, and the views into it."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.views: list[Json] = []
        self.length = 0

    def add(self, content: bytes, target: int | None = None) -> int:
        """Append bytes on a border of eight, as metadata asks for, and return the number of their view."""
        view: Json = {"buffer": 0, "byteOffset": self.length, "byteLength": len(content)}
        self.views.append(view | ({} if target is None else {"target": target}))
        padded = content + b"\0" * (-len(content) % 8)
        self.parts.append(padded)
        self.length += len(padded)
        return len(self.views) - 1


def glb(
    groups: Sequence[Triangles],
    count: int,
    properties: Mapping[str, Sequence[str]],
    matrix: "NDArray[np.float64] | None" = None,
    extras: Mapping[str, Any] | None = None,
) -> bytes:
    """Return a GLB of the groups; ``properties`` have a text for each of ``count`` elements.

    ``matrix`` (4, 4) takes them to where they stand, y up; it is kept in double precision. ``extras`` are those of its
    asset.
    """
    buffer = _Buffer()
    accessors: list[Json] = []
    primitives = [_primitive(buffer, accessors, group, count, number) for number, group in enumerate(groups)]
    document: Json = {
        "asset": {"version": "2.0", "generator": "onemap-twin", **({"extras": dict(extras)} if extras else {})},
        "extensionsUsed": ["EXT_mesh_features", "EXT_structural_metadata"],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0} | ({} if matrix is None else {"matrix": matrix.T.ravel().tolist()})],
        "meshes": [{"primitives": primitives}],
        "materials": [_material(group.color) for group in groups],
        "accessors": accessors,
        "extensions": {"EXT_structural_metadata": _metadata(buffer, count, properties)},
    }
    document["bufferViews"] = buffer.views
    document["buffers"] = [{"byteLength": buffer.length}]
    return _container(document, b"".join(buffer.parts))


def _primitive(buffer: _Buffer, accessors: list[Json], group: Triangles, count: int, material: int) -> Json:
    def accessor(array: "NDArray[Any]", kind: str, component: int, target: int, **more: Any) -> int:
        view = buffer.add(np.ascontiguousarray(array).tobytes(), target)
        accessors.append({"bufferView": view, "componentType": component, "count": len(array), "type": kind, **more})
        return len(accessors) - 1

    ends = {"min": group.positions.min(axis=0).tolist(), "max": group.positions.max(axis=0).tolist()}
    return {
        "attributes": {
            "POSITION": accessor(group.positions, "VEC3", _FLOAT, _ARRAY, **ends),
            "NORMAL": accessor(group.normals, "VEC3", _FLOAT, _ARRAY),
            "_FEATURE_ID_0": accessor(group.features, "SCALAR", _FLOAT, _ARRAY),
        },
        "indices": accessor(group.indices, "SCALAR", _UINT, _INDEX),
        "material": material,
        "mode": 4,
        "extensions": {
            "EXT_mesh_features": {"featureIds": [{"featureCount": count, "attribute": 0, "propertyTable": 0}]}
        },
    }


def _material(color: tuple[float, float, float, float]) -> Json:
    look = {"baseColorFactor": list(color), "metallicFactor": 0, "roughnessFactor": 0.9}
    clear = {"alphaMode": "BLEND"} if color[3] < 1 else {}
    return {"pbrMetallicRoughness": look, "doubleSided": True} | clear


def _metadata(buffer: _Buffer, count: int, properties: Mapping[str, Sequence[str]]) -> Json:
    kinds = {name: {"type": "STRING"} for name in properties}
    table = {name: _texts(buffer, values) for name, values in properties.items()}
    return {
        "schema": {"id": "building", "classes": {"element": {"properties": kinds}}},
        "propertyTables": [{"class": "element", "count": count, "properties": table}],
    }


def _texts(buffer: _Buffer, values: Sequence[str]) -> Json:
    encoded = [value.encode() for value in values]
    offsets = np.concatenate([[0], np.cumsum([len(text) for text in encoded])]).astype("<u4")
    # A view must not be empty.
    content = b"".join(encoded) or b"\0"
    return {"values": buffer.add(content), "stringOffsets": buffer.add(offsets.tobytes()), "stringOffsetType": "UINT32"}


def _container(document: Json, binary: bytes) -> bytes:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    length = 12 + 8 + len(text) + 8 + len(binary)
    head = struct.pack("<4sII", b"glTF", 2, length)
    return b"".join(
        [head, struct.pack("<I4s", len(text), b"JSON"), text, struct.pack("<I4s", len(binary), b"BIN\0"), binary]
    )
