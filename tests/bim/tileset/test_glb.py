import json
import struct
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from boxes import GLASS, box_body
from hypothesis import given
from hypothesis import strategies as st

from bim.model import Body
from bim.tileset import Plane
from bim.tileset.batch import Placed, batch
from bim.tileset.glb import glb

ORIGIN = np.array([500_000.0, 3_400_000.0, 0.0])


def made(bodies: Sequence[Body], origin: Any = (0.0, 0.0, 0.0)) -> tuple[dict[str, Any], bytes]:
    """Return the document and the buffer of a GLB of these bodies, after taking the container apart."""
    placed = [Placed(body.mesh, body.matrix[:3]) for body in bodies]
    names = [f"构件{number}" for number in range(len(bodies))]
    raw = glb(batch(placed, np.asarray(origin, float)), len(bodies), {"id": names, "note": ["" for _ in names]})
    magic, version, length = struct.unpack_from("<4sII", raw)
    assert (magic, version, length) == (b"glTF", 2, len(raw))
    size, kind = struct.unpack_from("<I4s", raw, 12)
    assert kind == b"JSON"
    document = json.loads(raw[20 : 20 + size])
    rest, kind = struct.unpack_from("<I4s", raw, 20 + size)
    assert kind == b"BIN\0"
    binary = raw[28 + size :]
    assert rest == len(binary) == document["buffers"][0]["byteLength"]
    return document, binary


def array(document: dict[str, Any], binary: bytes, number: int) -> Any:
    accessor = document["accessors"][number]
    view = document["bufferViews"][accessor["bufferView"]]
    kind = {5126: "<f4", 5125: "<u4", 5121: "u1"}[accessor["componentType"]]
    width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[accessor["type"]]
    found = np.frombuffer(binary, kind, accessor["count"] * width, view["byteOffset"])
    return found if width == 1 else found.reshape(-1, width)


def attribute(document: dict[str, Any], binary: bytes, name: str, primitive: int = 0) -> Any:
    return array(document, binary, document["meshes"][0]["primitives"][primitive]["attributes"][name])


def test_a_box_is_drawn_by_twelve_triangles_y_up_and_seen_from_outside() -> None:
    document, binary = made([box_body((2.0, 3.0, 5.0))])
    positions, normals = attribute(document, binary, "POSITION"), attribute(document, binary, "NORMAL")
    assert positions.min(axis=0).tolist() == [0, 0, -3]
    assert positions.max(axis=0).tolist() == [2, 5, 0]
    assert len(positions) == 24, "four corners for each side, which have their own directions"
    triangles = positions[array(document, binary, document["meshes"][0]["primitives"][0]["indices"]).reshape(-1, 3)]
    across = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    outwards = triangles.mean(axis=1) - np.array([1, 2.5, -1.5])
    assert (np.einsum("ij,ij->i", across, outwards) > 0).all()
    assert sorted(set(map(tuple, normals.tolist()))) == sorted(
        [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)]
    )


@pytest.mark.parametrize("count", [1, 2, 5])
def test_each_vertex_knows_its_element_and_each_element_its_texts(count: int) -> None:
    document, binary = made([box_body(at=(2.0 * number, 0, 0)) for number in range(count)])
    features, positions = attribute(document, binary, "_FEATURE_ID_0"), attribute(document, binary, "POSITION")
    assert (np.floor(positions[:, 0] / 2) == features).all()
    told = document["extensions"]["EXT_structural_metadata"]
    table = told["propertyTables"][0]
    assert table["count"] == count
    assert told["schema"]["classes"]["element"]["properties"]["id"] == {"type": "STRING"}
    assert texts(document, binary, table["properties"]["id"]) == [f"构件{number}" for number in range(count)]
    assert texts(document, binary, table["properties"]["note"]) == [""] * count


def texts(document: dict[str, Any], binary: bytes, column: dict[str, Any]) -> list[str]:
    views = document["bufferViews"]
    content, offsets = views[column["values"]], views[column["stringOffsets"]]
    ends = np.frombuffer(binary, "<u4", offsets["byteLength"] // 4, offsets["byteOffset"])
    raw = binary[content["byteOffset"] : content["byteOffset"] + content["byteLength"]]
    return [raw[first:last].decode() for first, last in pairwise(ends)]


def test_far_coordinates_lose_nothing_as_the_origin_is_taken_off_first() -> None:
    document, binary = made([box_body((1, 1, 1), at=(500_012.345678, 3_400_001.25, 7.5))], ORIGIN)
    positions = attribute(document, binary, "POSITION")
    assert positions.min(axis=0) == pytest.approx([12.345678, 7.5, -2.25], abs=1e-6)


def test_what_is_clear_is_drawn_apart_with_blending() -> None:
    document, binary = made([box_body(), box_body(at=(5, 0, 0), color=GLASS)])
    solid, clear = document["meshes"][0]["primitives"]
    assert [document["materials"][one["material"]].get("alphaMode") for one in (solid, clear)] == [None, "BLEND"]
    assert set(attribute(document, binary, "_FEATURE_ID_0", 1).tolist()) == {1.0}
    looks = [one["pbrMetallicRoughness"]["baseColorFactor"] for one in document["materials"]]
    assert looks == [[1, 0, 0, 1], [0.4, 0.7, 1, 0.4]]


@given(top=st.floats(0.001, 2.999))
def test_what_lies_over_a_cut_is_gone_to_the_height_of_the_cut(top: float) -> None:
    placed = [
        Placed(body.mesh, body.matrix[:3]) for body in (box_body((2.0, 2.0, 3.0)), box_body((1, 1, 1), (5, 0, 3)))
    ]
    (group,) = batch(placed, np.zeros(3), [Plane.level(top)])
    assert set(group.features.tolist()) == {0.0}
    assert group.positions[:, 1].max() == pytest.approx(top, abs=1e-5)
    triangles = group.positions[group.indices.reshape(-1, 3)].astype(float)
    area = (
        np.linalg.norm(np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]), axis=1).sum() / 2
    )
    assert area == pytest.approx(4.0 + 8.0 * top, rel=1e-5), "the floor and four walls"
    across = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    outwards = triangles.mean(axis=1) - np.array([1, top / 2, -1])
    assert (np.einsum("ij,ij->i", across, outwards) > -1e-9).all(), "what is left faces as before"


def test_a_cut_above_everything_takes_nothing_away() -> None:
    placed = [Placed(box_body().mesh, box_body().matrix[:3])]
    (cut,), (whole,) = batch(placed, np.zeros(3), [Plane.level(5.0)]), batch(placed, np.zeros(3))
    assert len(cut.indices) == len(whole.indices)


def test_a_mirrored_shape_still_faces_outwards() -> None:
    body = box_body()
    body.matrix[:3, :3] = np.diag([-1.0, 1.0, 1.0])
    document, binary = made([body])
    positions = attribute(document, binary, "POSITION")
    triangles = positions[array(document, binary, document["meshes"][0]["primitives"][0]["indices"]).reshape(-1, 3)]
    across = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    outwards = triangles.mean(axis=1) - np.array([-0.5, 0.5, -0.5])
    assert (np.einsum("ij,ij->i", across, outwards) > 0).all()
