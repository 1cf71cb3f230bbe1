"""The text and the bytes of a glTF 2.0 file, checked against what there is before anything is made of them."""

import base64
import binascii
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from bim.place import Json, Place, listing, mapping, told
from bim.unpacked import read_within
from layers.errors import SourceError

_HEAD, _CHUNK = struct.Struct("<4sII"), struct.Struct("<II")
_JSON, _BIN = 0x4E4F534A, 0x004E4942
_COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
# What cannot be read, and what to do about it.
_COMPRESSED = {
    "KHR_draco_mesh_compression": "its meshes are compressed by Draco",
    "EXT_meshopt_compression": "its meshes are compressed by meshopt",
    "KHR_meshopt_compression": "its meshes are compressed by meshopt",
    "EXT_mesh_gpu_instancing": "it places meshes by EXT_mesh_gpu_instancing",
}
# What may be required: it changes how things look, or how positions are coded.
_KNOWN = ("KHR_materials_", "KHR_texture_", "KHR_mesh_quantization", "KHR_lights_", "EXT_mesh_features", "EXT_struct")


@dataclass(frozen=True, eq=False)
class Container:
    """A glTF file: its text, and its buffers by number."""

    place: Place
    text: Json
    buffers: Mapping[int, bytes]

    def entries(self, name: str) -> list[Any]:
        """Return one of the lists at the top of the text."""
        return listing(self.text.get(name, []), self.place.at(name))

    def entry(self, name: str, number: object, asker: Place) -> Json:
        """Return one entry of such a list, by the number that ``asker`` has for it."""
        entries = self.entries(name)
        if type(number) is not int or not 0 <= number < len(entries):
            raise asker.error(f"{told(number)} is none of the {len(entries)} {name}")
        return mapping(entries[number], self.place.at(name, number))

    def count(self, number: object, asker: Place) -> int:
        """Return how many elements an accessor claims."""
        count = self.entry("accessors", number, asker).get("count")
        if type(count) is not int or count < 1:
            raise asker.error(f"its accessor {told(number)} has a count of {told(count)}")
        return count

    def array(self, number: Any, kind: str, asker: Place) -> NDArray[Any]:
        """Return the elements of an accessor (n,) or (n, width) as they are stored, or scaled where that is said."""
        accessor, place = self.entry("accessors", number, asker), self.place.at("accessors", number)
        if "sparse" in accessor:
            raise place.error("it is sparse, which is not read; export it with plain accessors")
        component = accessor.get("componentType")
        if accessor.get("type") != kind or type(component) is not int or component not in _COMPONENTS:
            raise place.error(f"it is {told(accessor.get('type'))} of {told(component)}, and {asker} needs {kind}")
        dtype = np.dtype(_COMPONENTS[component])
        stored = self._stored(accessor, place, dtype, self.count(number, asker), _WIDTHS[kind])
        if accessor.get("normalized") and dtype.kind in "iu":
            return np.maximum(stored / np.iinfo(dtype).max, -1.0)
        return stored

    def _stored(self, accessor: Json, place: Place, dtype: "np.dtype[Any]", count: int, width: int) -> NDArray[Any]:
        view = self.entry("bufferViews", accessor.get("bufferView"), place.at("bufferView"))
        where = self.place.at("bufferViews", accessor["bufferView"])
        content = self._view(view, where)
        offset, size = _whole(accessor, "byteOffset", place, 0), dtype.itemsize * width
        stride = _whole(view, "byteStride", where, size) or size
        end = offset + stride * (count - 1) + size
        if stride < size or end > len(content):
            raise place.error(f"it claims {count:,} elements, {end:,} bytes, and {where} has {len(content):,}")
        shape, strides = ((count,), (stride,)) if width == 1 else ((count, width), (stride, dtype.itemsize))
        return np.ndarray(shape, dtype, content, offset, strides)

    def _view(self, view: Json, place: Place) -> memoryview:
        number = view.get("buffer")
        content = self.buffers.get(number) if type(number) is int else None
        if content is None:
            raise place.at("buffer").error(f"{told(number)} is none of the {len(self.buffers)} buffers")
        begin, length = _whole(view, "byteOffset", place, 0), _whole(view, "byteLength", place, -1)
        if length < 0 or begin + length > len(content):
            raise place.error(f"it claims bytes {begin:,} to {begin + length:,}, and the buffer has {len(content):,}")
        return memoryview(content)[begin : begin + length]


def read_container(path: Path) -> Container:
    """Read a file; raises SourceError, naming the place, for one that is no glTF 2.0, broken or compressed."""
    content = read_within(path)
    is_binary = path.name.lower().endswith(".glb")
    text, binary = _chunks(path, content) if is_binary else (content, None)
    document = _parsed(path, text)
    place = Place(path)
    version = mapping(document.get("asset"), place.at("asset")).get("version")
    if not isinstance(version, str) or not version.startswith("2."):
        raise place.at("asset", "version").error(f"{told(version)} is not read; glTF 2.0 is")
    _refuse_extensions(document, place)
    buffers = listing(document.get("buffers", []), place.at("buffers"))
    found = {
        number: _buffer(mapping(buffer, place.at("buffers", number)), place.at("buffers", number), binary, number)
        for number, buffer in enumerate(buffers)
    }
    return Container(place, document, found)


def _chunks(path: Path, content: bytes) -> tuple[bytes, bytes | None]:
    """Return the text and the bytes of a GLB."""
    if len(content) < _HEAD.size or content[:4] != b"glTF":
        raise SourceError(str(path), "it is no binary glTF: it does not begin with glTF")
    _, version, length = _HEAD.unpack_from(content)
    if version != 2:
        raise SourceError(str(path), f"it is binary glTF {version}, and 2 is read; export it again", "byte 4")
    if length > len(content):
        raise SourceError(
            str(path), f"its header claims {length:,} bytes, and it has {len(content):,}: it is cut short", "byte 8"
        )
    parts: dict[int, bytes] = {}
    at = _HEAD.size
    while at + _CHUNK.size <= length:
        size, kind = _CHUNK.unpack_from(content, at)
        if at + _CHUNK.size + size > length:
            raise SourceError(str(path), f"its chunk claims {size:,} bytes, more than there are", f"byte {at}")
        parts.setdefault(kind, content[at + _CHUNK.size : at + _CHUNK.size + size])
        at += _CHUNK.size + size
    if _JSON not in parts:
        raise SourceError(str(path), "it has no chunk of JSON", f"byte {_HEAD.size}")
    return parts[_JSON], parts.get(_BIN)


def _parsed(path: Path, text: bytes) -> Json:
    try:
        return mapping(orjson.loads(text.rstrip(b"\0 ")), Place(path))
    except orjson.JSONDecodeError as error:
        raise SourceError(str(path), f"its JSON is broken: {error}") from error


def _refuse_extensions(document: Json, place: Place) -> None:
    used = listing(document.get("extensionsUsed", []), place.at("extensionsUsed"))
    required = listing(document.get("extensionsRequired", []), place.at("extensionsRequired"))
    for name in (*required, *used):
        if name in _COMPRESSED:
            raise place.at("extensionsUsed").error(
                f"{_COMPRESSED[name]}, which is not read; export it without ({name})"
            )
    for number, name in enumerate(required):
        if not isinstance(name, str) or not name.startswith(_KNOWN):
            raise place.at("extensionsRequired", number).error(f"{told(name)} is required and unknown; export without")


def _buffer(buffer: Json, place: Place, binary: bytes | None, number: int) -> bytes:
    length = _whole(buffer, "byteLength", place, -1)
    uri = buffer.get("uri")
    if uri is None:
        if number or binary is None:
            raise place.error("it has no content: only the first buffer of a .glb may be without a uri")
        content = binary
    else:
        content = _embedded(uri, place)
    if not 0 <= length <= len(content):
        raise place.error(f"it claims {told(buffer.get('byteLength'))} bytes, and has {len(content):,}")
    return content[:length]


def _embedded(uri: object, place: Place) -> bytes:
    head, comma, data = uri.partition(",") if isinstance(uri, str) else ("", "", "")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        raise place.at("uri").error(
            f"{told(uri)} is another file, which is not followed; export one .glb with all in it"
        )
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise place.at("uri").error(f"its base64 is broken: {error}") from error


def _whole(text: Json, name: str, place: Place, otherwise: int) -> int:
    """Return a member that is a whole number from 0 on, or what it is where there is none."""
    value = text.get(name, otherwise)
    if type(value) is not int or (value < 0 and name in text) or value > 2**53:
        raise place.at(name).error(f"{told(value)} is no whole number of bytes")
    return value
