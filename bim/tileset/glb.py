"""Binary glTF 2.0 with the features of 3-D Tiles 1.1: which element each vertex is of, and what is told of each.

``EXT_mesh_features`` and ``EXT_structural_metadata`` as of 3-D Tiles 1.1. Properties are texts: deck.gl refuses a
whole tile for one BOOLEAN.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.tileset import compression
from bim.tileset.triangles import Triangles

_FLOAT, _UINT, _BYTE = 5126, 5125, 5120
_ARRAY, _INDEX = 34962, 34963
Json = dict[str, Any]


class _Buffer:
    """The buffer of a GLB, and the views into it; ``decoded`` is the length of a second one, which readers fill."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.views: list[Json] = []
        self.length = 0
        self.decoded = 0

    def add(self, content: bytes, target: int | None = None) -> int:
        """Append bytes on a border of eight, as metadata asks for, and return the number of their view."""
        view: Json = {"buffer": 0, "byteOffset": self.length, "byteLength": len(content)}
        return self._append(view | ({} if target is None else {"target": target}), content)

    def add_compressed(self, stream: compression.Stream, target: int) -> int:
        """Append what readers unpack into the second buffer, and return the number of its view."""
        view: Json = {"buffer": 1, "byteOffset": self.decoded, "byteLength": stream.decoded, "target": target}
        stride = {"byteStride": stream.stride} if target == _ARRAY else {}
        self.decoded += stream.decoded
        return self._append(
            {**view, **stride, "extensions": {compression.EXTENSION: stream.told(self.length)}}, stream.body
        )

    def told(self) -> list[Json]:
        """Return the buffers."""
        fallback: Json = {"byteLength": self.decoded, "extensions": {compression.EXTENSION: {"fallback": True}}}
        return [{"byteLength": self.length}, *([fallback] if self.decoded else [])]

    def _append(self, view: Json, content: bytes) -> int:
        self.views.append(view)
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
    *,
    compressed: bool = False,
) -> bytes:
    """Return a GLB of the groups; ``properties`` have a text for each of ``count`` elements.

    ``matrix`` (4, 4) takes them to where they stand, y up; it is kept in double precision. ``extras`` are those of its
    asset. With ``compressed``, triangles are rounded and packed as ``bim.tileset.compression`` does.
    """
    buffer = _Buffer()
    accessors: list[Json] = []
    write = _compressed if compressed else _plain
    primitives = [_primitive(write(buffer, accessors, group), count, number) for number, group in enumerate(groups)]
    required = [compression.EXTENSION, "KHR_mesh_quantization"] if buffer.decoded else []
    document: Json = {
        "asset": {"version": "2.0", "generator": "onemap-twin", **({"extras": dict(extras)} if extras else {})},
        "extensionsUsed": ["EXT_mesh_features", "EXT_structural_metadata", *required],
        **({"extensionsRequired": required} if required else {}),
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0} | ({} if matrix is None else {"matrix": matrix.T.ravel().tolist()})],
        "meshes": [{"primitives": primitives}],
        "materials": [_material(group.color) for group in groups],
        "accessors": accessors,
        "extensions": {"EXT_structural_metadata": _metadata(buffer, count, properties)},
    }
    document["bufferViews"] = buffer.views
    document["buffers"] = buffer.told()
    return _container(document, b"".join(buffer.parts))


def _plain(buffer: _Buffer, accessors: list[Json], group: Triangles) -> list[int]:
    """Write the arrays of triangles, and return the numbers of their accessors."""
    return [
        _accessor(accessors, buffer.add(np.ascontiguousarray(array).tobytes(), target), len(array), told)
        for array, target, told in (
            (group.positions, _ARRAY, _position(group)),
            (group.normals, _ARRAY, {"type": "VEC3", "componentType": _FLOAT}),
            (group.features, _ARRAY, {"type": "SCALAR", "componentType": _FLOAT}),
            (group.indices, _INDEX, {"type": "SCALAR", "componentType": _UINT}),
        )
    ]


def _compressed(buffer: _Buffer, accessors: list[Json], group: Triangles) -> list[int]:
    """Do the same with what readers unpack."""
    group = compression.prepared(group)
    return [
        _accessor(accessors, buffer.add_compressed(stream, target), stream.count, told)
        for stream, target, told in (
            (compression.positions(group.positions), _ARRAY, _position(group)),
            (
                compression.normals(group.normals),
                _ARRAY,
                {"type": "VEC3", "componentType": _BYTE, "normalized": True},
            ),
            (compression.numbers(group.features), _ARRAY, {"type": "SCALAR", "componentType": _FLOAT}),
            (compression.indices(group.indices), _INDEX, {"type": "SCALAR", "componentType": _UINT}),
        )
    ]


def _position(group: Triangles) -> Json:
    ends = {"min": group.positions.min(axis=0).tolist(), "max": group.positions.max(axis=0).tolist()}
    return {"type": "VEC3", "componentType": _FLOAT, **ends}


def _accessor(accessors: list[Json], view: int, count: int, told: Json) -> int:
    accessors.append({"bufferView": view, "count": count, **told})
    return len(accessors) - 1


def _primitive(written: Sequence[int], count: int, material: int) -> Json:
    position, normal, feature, indices = written
    return {
        "attributes": {"POSITION": position, "NORMAL": normal, "_FEATURE_ID_0": feature},
        "indices": indices,
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
