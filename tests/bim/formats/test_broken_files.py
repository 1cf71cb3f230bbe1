"""Whatever is changed in a file, it is read or refused in a sentence; nothing else happens."""

import copy
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from authored_cityjson import BOX, FACES, building, document, solid
from hypothesis import given, settings
from hypothesis import strategies as st

from bim.formats import open_model
from layers.errors import SourceError

JUNK: list[Any] = [
    None, True, -1, 0, 3, 10**30, 1e308, "x", "", [], {}, [[]], [None], {"a": 1}, [[[0, 1, 2]]], 0.5, "\0", [0, 0, 0],
]  # fmt: skip
INSTANCE = {
    "type": "GeometryInstance", "template": 0, "boundaries": [0],
    "transformationMatrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
}  # fmt: skip
CITY = document(
    {
        "a": building(
            solid(semantics={"surfaces": [{"type": "Door"}], "values": [[0, None]]}, material={"": {"value": 0}}),
            {"type": "MultiSurface", "lod": "2", "boundaries": FACES},
            parents=["b"],
        ),
        "b": building(INSTANCE, children=["a"]),
    },
    appearance={"materials": [{"diffuseColor": [1, 0, 0]}]},
    **{"geometry-templates": {"templates": [solid("1")], "vertices-templates": BOX}},
)
SCENE = {
    "asset": {"version": "2.0"},
    "scene": 0,
    "scenes": [{"nodes": [0]}],
    "nodes": [{"name": "a", "children": [1], "translation": [1, 2, 3]}, {"mesh": 0, "rotation": [0, 0, 0, 1]}],
    "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
    "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1]}, "alphaMode": "BLEND"}],
    "accessors": [
        {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"},
        {"bufferView": 1, "componentType": 5121, "count": 3, "type": "SCALAR"},
    ],
    "bufferViews": [{"buffer": 0, "byteLength": 36}, {"buffer": 0, "byteOffset": 36, "byteLength": 3}],
    "buffers": [{"byteLength": 40}],
}
CONTENT = struct.pack("<9f", 0, 0, 0, 1, 0, 0, 0, 1, 0) + b"\0\1\2\0"


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each member of a document."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*path, step)
        yield from paths(inner, (*path, step))


def changed(whole: Any, random: Random) -> Any:
    """Return a document of which one to three members are gone, twice there, or something else."""
    whole = copy.deepcopy(whole)
    for _ in range(random.randint(1, 3)):
        *path, last = random.choice(list(paths(whole)))
        at = whole
        for step in path:
            at = at[step]
        what = random.random()
        if what < 0.2:
            del at[last]
        elif what < 0.3 and isinstance(at, list):
            at.append(copy.deepcopy(at[last]))
        else:
            at[last] = copy.deepcopy(random.choice(JUNK))
    return whole


def read(path: Path) -> None:
    """Read a file with its shapes, or be told in a sentence that names it why not."""
    try:
        reading = open_model(path)
        shapes = dict(reading.bodies(lambda done, total: None))
    except SourceError as refused:
        said = str(refused)
    else:
        said = str(path)
        assert set(shapes) <= {element.id for element in reading.elements}
    assert said.startswith(str(path))


@settings(max_examples=200)
@given(st.randoms(use_true_random=False))
def test_a_changed_cityjson_is_read_or_refused(tmp_path_factory, random):
    path = tmp_path_factory.getbasetemp() / "changed.json"
    path.write_text(json.dumps(changed(CITY, random)))
    read(path)


def glb(text: Any) -> bytes:
    told = json.dumps(text).encode()
    chunks = struct.pack("<I4s", len(told), b"JSON") + told + struct.pack("<I4s", len(CONTENT), b"BIN\0") + CONTENT
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


@settings(max_examples=200)
@given(st.randoms(use_true_random=False))
def test_a_changed_scene_is_read_or_refused(tmp_path_factory, random):
    path = tmp_path_factory.getbasetemp() / "changed.glb"
    path.write_bytes(glb(changed(SCENE, random)))
    read(path)


@settings(max_examples=200)
@given(st.integers(0, 2000), st.integers(0, 255), st.integers(0, 400))
def test_a_scene_with_a_wrong_byte_or_too_few_is_read_or_refused(tmp_path_factory, at, byte, missing):
    path = tmp_path_factory.getbasetemp() / "bytes.glb"
    content = bytearray(glb(SCENE))
    content[at % len(content)] = byte
    path.write_bytes(content[: len(content) - missing] if missing < 200 else content)
    read(path)
