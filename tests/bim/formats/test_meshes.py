"""glTF and OBJ: nodes and groups become elements, and what claims more than it has is refused."""

import base64
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bim.formats import open_model
from bim.formats.meshes import gltf
from bim.model import Body, Mesh
from bim.reading import ModelReading, ReadOptions
from bim.solids import volume
from bim.tileset.batch import Placed, batch
from bim.tileset.glb import glb
from layers.errors import SourceError

Json = dict[str, Any]
# A box of 4 by 3 by 2 m, z up.
POINTS = np.array([[x, y, z] for z in (0, 2) for y in (0, 3) for x in (0, 4)], float)
FACES = np.array(
    [[0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4], [1, 3, 7], [1, 7, 5], [3, 2, 6], [3, 6, 7],
     [2, 0, 4], [2, 4, 6]], np.int32,
)  # fmt: skip


def box_bytes() -> tuple[bytes, bytes]:
    """Return positions, y up, and corners of the box."""
    y_up = np.column_stack([POINTS[:, 0], POINTS[:, 2], -POINTS[:, 1]])
    return y_up.astype("<f4").tobytes(), FACES.astype("<u2").tobytes()


def document(nodes: list[Json] | None = None, **more: Any) -> Json:
    positions, corners = box_bytes()
    return {
        "asset": {"version": "2.0", "generator": "a test"},
        "nodes": nodes or [{"name": "box", "mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": len(positions)},
            {"buffer": 0, "byteOffset": len(positions), "byteLength": len(corners)},
        ],
        "buffers": [{"byteLength": len(positions) + len(corners)}],
        **more,
    }


def binary(text: Json, content: bytes | None = None, length: int | None = None) -> bytes:
    told = json.dumps(text).encode()
    told += b" " * (-len(told) % 4)
    content = b"".join(box_bytes()) if content is None else content
    whole = 28 + len(told) + len(content)
    return b"".join(
        [struct.pack("<4sII", b"glTF", 2, whole if length is None else length), struct.pack("<I4s", len(told), b"JSON"),
         told, struct.pack("<I4s", len(content), b"BIN\0"), content]
    )  # fmt: skip


def shaped(path: Path, content: bytes | str, **options: Any) -> tuple[ModelReading, dict[str, Body]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    reading = open_model(path, ReadOptions(**options))
    return reading, dict(reading.bodies(lambda done, total: None))


def test_a_glb_of_ours_reads_back_with_its_volume_and_colours(tmp_path):
    colours = np.array([[1, 0, 0, 1], [0, 1, 0, 0.5]], np.float32)
    mesh = Mesh(POINTS, FACES, colours, np.repeat([0, 1], 6).astype(np.int32))
    content = glb(batch([Placed(mesh, np.eye(4)[:3])], np.zeros(3)), 1, {"id": ["a"]})
    reading, bodies = shaped(tmp_path / "ours.glb", content)
    (body,) = bodies.values()
    assert volume(body.mesh) == pytest.approx(volume(mesh))
    np.testing.assert_allclose(body.points.max(axis=0), [4, 3, 2], atol=1e-6)
    np.testing.assert_allclose(sorted(body.mesh.colors.tolist()), sorted(colours.tolist()))
    assert reading.header["program"] == "onemap-twin"
    assert reading.statement.crs == ""


def test_nodes_are_elements_that_share_a_mesh_and_hang_together(tmp_path):
    half = np.sqrt(0.5)
    nodes = [
        {"name": "house", "children": [1, 2], "translation": [10, 5, 0]},
        {"name": "wall", "mesh": 0},
        # Turned by 90° about glTF's y, which is up, and twice as large.
        {"name": "wall", "mesh": 0, "rotation": [0, half, 0, half], "scale": [2, 2, 2]},
    ]
    reading, bodies = shaped(tmp_path / "a.glb", binary(document(nodes)))
    assert [(element.id, element.name, element.parent) for element in reading.elements] == [
        ("house", "house", None), ("wall#1", "wall", "house"), ("wall#2", "wall", "house"),
    ]  # fmt: skip
    assert bodies["wall#1"].mesh is bodies["wall#2"].mesh
    np.testing.assert_allclose(bodies["wall#1"].points.max(axis=0), [14, 3, 7], atol=1e-6)
    np.testing.assert_allclose(bodies["wall#2"].points.min(axis=0), [4, 0, 5], atol=1e-6)
    np.testing.assert_allclose(bodies["wall#2"].points.max(axis=0), [10, 8, 9], atol=1e-6)


def test_a_text_with_its_bytes_in_it_is_read(tmp_path):
    text = document()
    text["buffers"][0]["uri"] = "data:;base64," + base64.b64encode(b"".join(box_bytes())).decode()
    _, bodies = shaped(tmp_path / "a.gltf", json.dumps(text))
    assert volume(bodies["box"].mesh) == pytest.approx(24.0)


def changed(*path: str | int, value: Any, base: Json | None = None) -> Json:
    """Return a document with one member changed."""
    text = json.loads(json.dumps(base or document()))
    at = text
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return text


NAN = box_bytes()[0][:12].replace(b"\0\0\0\0", struct.pack("<f", float("nan")), 1) + b"".join(box_bytes())[12:]
WHOLE = binary(document())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (WHOLE[:-20], "byte 8: its header claims"),
        (WHOLE[:8], "it is no binary glTF"),
        (b"solid" * 10, "it is no binary glTF"),
        (WHOLE[:4] + struct.pack("<I", 1) + WHOLE[8:], "byte 4: it is binary glTF 1, and 2 is read"),
        (binary(document(), length=10 * 1024**3 % 2**32), "byte 8: its header claims 2,147,483,648 bytes"),
        (WHOLE[:12] + struct.pack("<I", 2**32 - 1) + WHOLE[16:], "byte 12: its chunk claims 4,294,967,295 bytes"),
        (binary(document(), NAN), "accessors[0]: element 0, [nan, "),
        (binary(changed("accessors", 0, "count", value=9)), "accessors[0]: it claims 9 elements, 108 bytes"),
        (binary(changed("accessors", 0, "count", value=10**9)), "accessors[0]: it claims 1,000,000,000 elements"),
        (binary(changed("accessors", 1, "count", value=10**9)), "it claims 333,333,333 triangles"),
        (binary(changed("accessors", 0, "byteOffset", value=-1)), "accessors[0].byteOffset: -1 is no whole number"),
        (binary(changed("accessors", 0, "bufferView", value=7)), "accessors[0].bufferView: 7 is none of the 2"),
        (binary(changed("accessors", 0, "sparse", value={})), "accessors[0]: it is sparse"),
        (
            binary(changed("accessors", 1, value={**document()["accessors"][1], "componentType": 5126, "count": 18})),
            "indices: its accessor has no whole numbers",
        ),
        (
            binary(changed("bufferViews", 0, "byteLength", value=10**6)),
            "bufferViews[0]: it claims bytes 0 to 1,000,000",
        ),
        (binary(changed("bufferViews", 0, "byteStride", value=4)), "accessors[0]: it claims"),
        (binary(changed("buffers", 0, "byteLength", value=10**10)), "buffers[0]: it claims 10000000000 bytes"),
        (binary(changed("asset", "version", value="1.0")), "asset.version: '1.0' is not read"),
        (binary(changed("meshes", 0, "primitives", 0, "indices", value=5)), "indices: 5 is none of the 2 accessors"),
        (binary(changed("nodes", 0, "mesh", value=3)), "nodes[0].mesh: 3 is none of the 1 meshes"),
        (binary(changed("nodes", 0, "children", value=[0])), "its scene has no nodes"),
        (binary(changed("nodes", 0, "children", value=[4])), "nodes[0].children: 4 is none of the 1 nodes"),
        (binary(changed("nodes", 0, "matrix", value=[1] * 15)), "nodes[0].matrix"),
        (binary(changed("nodes", 0, "translation", value=[0, 0, 1e30])), "nodes[0].translation"),
        (
            binary(document([{"mesh": 0, "children": [2]}, {"mesh": 0, "children": [2]}, {"mesh": 0}])),
            "nodes[1].children: node 2 is a child of node 0 too",
        ),
        (
            binary(document([{"mesh": 0, "children": [1]}, {"children": [0]}], scenes=[{"nodes": [0]}])),
            "scenes[0].nodes: node 0 is a child of another",
        ),
        (binary(document(extensionsUsed=["EXT_meshopt_compression"])), "its meshes are compressed by meshopt"),
        (binary(document(extensionsUsed=["KHR_draco_mesh_compression"])), "its meshes are compressed by Draco"),
        (binary(document(extensionsUsed=["EXT_mesh_gpu_instancing"])), "EXT_mesh_gpu_instancing"),
        (binary(document(extensionsRequired=["X_y"])), "extensionsRequired[0]: 'X_y' is required and unknown"),
    ],
)
def test_a_glb_is_refused_with_its_place(tmp_path, content, said):
    with pytest.raises(SourceError) as refused:
        shaped(tmp_path / "a.glb", content)
    assert said in str(refused.value)


def test_corners_beyond_the_positions_are_refused(tmp_path):
    positions, corners = box_bytes()
    with pytest.raises(SourceError, match=r"meshes\[0\].primitives\[0\].indices: there is no position 8; there are 8"):
        shaped(tmp_path / "a.glb", binary(document(), positions + struct.pack("<H", 8) + corners[2:]))


@pytest.mark.parametrize("uri", ["buffer.bin", "file:///etc/passwd", "http://127.0.0.1/x", "data:text/plain,abc", 3])
def test_no_other_file_is_followed(tmp_path, uri):
    (tmp_path / "buffer.bin").write_bytes(b"".join(box_bytes()))
    with pytest.raises(SourceError, match=r"buffers\[0\].uri: .* another file"):
        shaped(tmp_path / "a.gltf", json.dumps(changed("buffers", 0, "uri", value=uri)))


def test_a_mesh_shown_a_thousand_times_counts_a_thousand_times(tmp_path, monkeypatch):
    monkeypatch.setattr(gltf, "MOST_TRIANGLES", 11_999)
    nodes = [{"mesh": 0} for _ in range(1000)]
    with pytest.raises(SourceError, match="it claims 12,000 triangles"):
        shaped(tmp_path / "a.glb", binary(document(nodes)))


def test_points_and_large_meshes_are_elements_without_a_shape(tmp_path):
    text = changed(
        "meshes", value=[*document()["meshes"], {"primitives": [{"attributes": {"POSITION": 0}, "mode": 0}]}]
    )
    text["nodes"].append({"name": "dots", "mesh": 1})
    reading, bodies = shaped(tmp_path / "a.glb", binary(text), most_triangles=11)
    assert bodies == {}
    assert {defect.element: defect.rule for defect in reading.defects} == {
        "box": "shape.too_large", "dots": "shape.no_surface",
    }  # fmt: skip
    with pytest.raises(SourceError, match="box: its shape has 12 triangles"):
        shaped(tmp_path / "a.glb", binary(text), most_triangles=11, strict=True)


@pytest.mark.parametrize(("mode", "corners"), [(5, [0, 1, 2, 3]), (6, [0, 1, 3, 2])])
def test_strips_and_fans_face_as_triangles_do(tmp_path, mode, corners):
    square = np.array([[0, 0, 0], [2, 0, 0], [0, 2, 0], [2, 2, 0]], "<f4").tobytes()
    text = document(
        meshes=[{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "mode": mode}]}],
        accessors=[
            {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": 4, "type": "SCALAR"},
        ],
        bufferViews=[{"buffer": 0, "byteLength": 48}, {"buffer": 0, "byteOffset": 48, "byteLength": 8}],
        buffers=[{"byteLength": 56}],
    )
    _, bodies = shaped(tmp_path / "a.glb", binary(text, square + np.array(corners, "<u2").tobytes()))
    a, b, c = np.moveaxis(bodies["box"].points[bodies["box"].mesh.triangles], 1, 0)
    # glTF's z is the model's -y.
    np.testing.assert_allclose(np.cross(b - a, c - a), [[0, -4, 0], [0, -4, 0]], atol=1e-6)


OBJ = "\n".join(
    [
        "# a box, then a plan in the shape of an L", "mtllib ../../../etc/passwd", "o 箱子",
        *(f"v {x:g} {y:g} {z:g}" for x, y, z in POINTS), "usemtl red",
        *(f"f {a + 1}/1/1 {b + 1}//2 {c + 1}" for a, b, c in FACES), "g plan",
        "v 0 0 0", "v 4 0 0", "v 4 1 0", "v 1 1 0", "v 1 4 0", "v 0 4 0", "f -6 -5 -4 -3 -2 -1",
    ]
)  # fmt: skip


def test_an_obj_has_its_groups_and_hollow_faces(tmp_path):
    reading, bodies = shaped(tmp_path / "a.obj", OBJ)
    assert [element.id for element in reading.elements] == ["箱子", "plan"]
    assert volume(bodies["箱子"].mesh) == pytest.approx(24.0)
    plan = bodies["plan"].mesh
    a, b, c = np.moveaxis(plan.vertices[plan.triangles], 1, 0)
    assert np.cross(b - a, c - a)[:, 2].sum() / 2 == pytest.approx(7.0)
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()
    assert reading.defects == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("v 0 0", "line 1: '0 0' are not three coordinates"),
        ("v 0 0 nan", "line 1: '0 0 nan' are not three coordinates of up to"),
        ("\nv 0 0 1e300", "line 2: "),
        ("v 0 0 0\nf 1 2 3", "line 2: there is no vertex 2; 1 stand above it"),
        ("v 0 0 0\nf 1 0 1", "line 2: there is no vertex 0"),
        ("v 0 0 0\nf -2 1 1", "line 2: there is no vertex -2"),
        ("v 0 0 0\nf 1 x 1", "line 2: 'x' is no corner"),
        ("v 0 0 0", "it has no faces"),
    ],
)
def test_an_obj_is_refused_with_its_line(tmp_path, text, said):
    with pytest.raises(SourceError) as refused:
        shaped(tmp_path / "a.obj", text)
    assert said in str(refused.value)
