"""Contents packed by meshopt: what they are of is exact, where they are is within seven millimetres."""

import json
import tempfile
from typing import Any

import numpy as np
import pytest
from boxes import GLASS, box_body
from gltf import LOADERS, Glb, gltf_errors
from hypothesis import given
from hypothesis import strategies as st
from npm import npm_folder, run_node
from scipy.spatial import cKDTree

from bim.model import Body
from bim.tileset import compression
from bim.tileset.batch import Placed, batch
from bim.tileset.glb import glb
from bim.tileset.triangles import Triangles

_READ = """
import {readFileSync} from 'node:fs';
import {parse} from '@loaders.gl/core';
import {GLTFLoader, postProcessGLTF} from '@loaders.gl/gltf';
const bytes = readFileSync(process.argv[2]);
const own = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
const raw = await parse(own, GLTFLoader, {worker: false});
const {meshes} = postProcessGLTF(raw);
const list = ({value}) => Array.from(value);
console.log(JSON.stringify(meshes[0].primitives.map(({attributes: a, indices}) => ({
  positions: list(a.POSITION), normals: list(a.NORMAL), width: a.NORMAL.value.length / a.POSITION.count,
  features: list(a._FEATURE_ID_0), kind: a._FEATURE_ID_0.value.constructor.name, indices: list(indices)}))));
"""


def bodies(count: int) -> list[Body]:
    """Return boxes of odd sizes, every third of glass."""
    return [
        box_body((1.0 + n / 7, 2.0, 3.0 + n / 11), (2.3 * n, n / 13, 0.1), **({"color": GLASS} if n % 3 == 2 else {}))
        for n in range(count)
    ]


def made(count: int) -> tuple[tuple[Triangles, ...], bytes]:
    triangles = batch([Placed(body.mesh, body.matrix[:3]) for body in bodies(count)], np.zeros(3))
    return triangles, glb(triangles, count, {"id": [f"构件{n}" for n in range(count)]}, compressed=True)


def decoded(raw: bytes) -> list[dict[str, Any]]:
    """Return what the reader of deck.gl makes of a GLB."""
    with tempfile.NamedTemporaryFile(suffix=".glb") as file:
        file.write(raw)
        file.flush()
        found: list[dict[str, Any]] = json.loads(run_node(npm_folder(*LOADERS), _READ, file.name))
    return found


@pytest.mark.parametrize("count", [1, 2, 3, 300])
def test_the_reader_of_deck_unpacks_the_same_elements_and_places_within_the_stated_error(count: int) -> None:
    triangles, raw = made(count)
    found = decoded(raw)
    assert len(found) == len(triangles)
    for group, read in zip(triangles, found, strict=True):
        kept = compression.prepared(group)
        assert read["kind"] == "Float32Array", "numbers of elements are not normalised"
        assert read["features"] == kept.features.tolist()
        positions = np.reshape(read["positions"], (-1, 3))
        assert (positions == kept.positions).all()
        corners = np.reshape(read["indices"], (-1, 3))
        assert sorted(map(sorted, corners.tolist())) == sorted(map(sorted, kept.indices.reshape(-1, 3).tolist()))
        normals = np.reshape(read["normals"], (-1, int(read["width"])))[:, :3] / 127
        assert (np.einsum("ij,ij->i", normals, kept.normals) > np.cos(np.radians(1.5))).all()
    assert {int(feature) for read in found for feature in read["features"]} == set(range(count))


@pytest.mark.parametrize("count", [1, 2, 300])
def test_khronos_validator_finds_no_fault_in_it_and_its_names_are_read_without_unpacking(count: int) -> None:
    _, raw = made(count)
    assert gltf_errors(raw) == []
    parts = Glb(raw)
    assert parts.texts("id") == [f"构件{n}" for n in range(count)]
    assert parts.document["extensionsRequired"] == [compression.EXTENSION, "KHR_mesh_quantization"]


@given(st.integers(1, 12), st.floats(-60_000, 60_000))
def test_rounding_moves_no_corner_farther_than_seven_millimetres_and_loses_no_triangle(count: int, away: float) -> None:
    placed = [Placed(body.mesh, body.matrix[:3]) for body in bodies(count)]
    for group in batch(placed, np.array([away, -away, 0.0])):
        kept = compression.prepared(group)
        before, after = (flattened(triangles) for triangles in (group, kept))
        assert before.shape == after.shape
        for one, other in ((before, after), (after, before)):
            assert cKDTree(one).query(other)[0].max() < 0.007


def test_what_is_farther_out_than_can_be_packed_is_left_as_it_is() -> None:
    (group,) = batch([Placed(box_body().mesh, box_body().matrix[:3])], np.array([1e6, 0.0, 0.0]))
    stream = compression.positions(compression.prepared(group).positions)
    assert stream.filter is None
    before, after = (flattened(triangles) for triangles in (group, compression.prepared(group)))
    assert sorted(before.tolist()) == sorted(after.tolist())


def flattened(triangles: Triangles) -> Any:
    """Return the element and the middle of each triangle, elements a thousand kilometres apart."""
    corners = triangles.positions[triangles.indices.reshape(-1, 3)].astype(float)
    element = triangles.features[triangles.indices.reshape(-1, 3)[:, :1]].astype(float)
    return np.column_stack([1e6 * element, corners.sum(axis=1) / 3])
