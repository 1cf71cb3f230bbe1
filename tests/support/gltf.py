"""What others make of our GLBs and tilesets: Khronos' validator, and the reader of deck.gl without a screen.

``Glb`` takes one apart for tests of its own contents.
"""

import json
import struct
import tempfile
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from npm import npm_folder, run_node
from numpy.typing import NDArray

VALIDATOR = ("gltf-validator@2.0.0-dev.3.10",)
LOADERS = ("@loaders.gl/core@4.5.4", "@loaders.gl/3d-tiles@4.5.4", "@loaders.gl/tiles@4.5.4", "@loaders.gl/gltf@4.5.4")
_KINDS = {5126: "<f4", 5125: "<u4", 5123: "<u2", 5121: "u1"}
_WIDTHS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}
_VALIDATE = """
import {readFileSync} from 'node:fs';
import validator from 'gltf-validator';
const report = await validator.validateBytes(new Uint8Array(readFileSync(process.argv[2])));
// Severities: 0 error, 1 warning, 2 information, 3 hint.
const faults = report.issues.messages.filter(({severity}) => severity < 2);
console.log(JSON.stringify(faults.map(({code, message, pointer}) => `${code} ${pointer}: ${message}`)));
"""
_LOAD = """
import {load} from '@loaders.gl/core';
import {Tiles3DLoader} from '@loaders.gl/3d-tiles';
import {Tileset3D} from '@loaders.gl/tiles';
import {Ellipsoid} from '@math.gl/geospatial';
import {Matrix4, Vector3} from '@math.gl/core';

const [url, headers] = [process.argv[2], JSON.parse(process.argv[3])];
const options = {core: {fetch: {headers}, worker: false}, gltf: {loadImages: false}};
const told = {contents: [], failed: []};
const tileset = new Tileset3D(await load(url, Tiles3DLoader, options), {loadOptions: options, throttleRequests: false});
await tileset.tilesetInitializationPromise;

function reach(tile) {
  const box = {least: [Infinity, Infinity, Infinity], greatest: [-Infinity, -Infinity, -Infinity]};
  const see = (node, above) => {
    const matrix = node.matrix ? new Matrix4(above).multiplyRight(node.matrix) : above;
    for (const {attributes} of node.mesh?.primitives || []) {
      const at = attributes.POSITION.value;
      for (let i = 0; i < at.length; i += 3) {
        const place = matrix.transform([at[i], at[i + 1], at[i + 2]]);
        const lonlat = Ellipsoid.WGS84.cartesianToCartographic(new Vector3(place), []);
        for (let k = 0; k < 3; k++) {
          box.least[k] = Math.min(box.least[k], lonlat[k]);
          box.greatest[k] = Math.max(box.greatest[k], lonlat[k]);
        }
      }
    }
    for (const child of node.children || []) see(child, matrix);
  };
  for (const node of tile.content.gltf.scene.nodes) see(node, tile.content.cartesianModelMatrix);
  return box;
}

function features(tile) {
  const kept = tile.content.gltf.extensions?.EXT_structural_metadata?.propertyTables || [];
  return kept.map(({properties}) => Object.fromEntries(Object.entries(properties).map(([k, p]) => [k, p.data])))[0];
}

const waiting = [tileset.root];
while (waiting.length) {
  const tile = waiting.pop();
  waiting.push(...tile.children);
  if (!tile.header.contentUrl && !tile.contentUrl) continue;
  try {
    await tileset._loadTile(tile);
    if (!tile.content?.gltf) throw new Error('no glTF in it');
    told.contents.push({url: tile.contentUrl, ...reach(tile), features: features(tile)});
  } catch (error) {
    told.failed.push(`${tile.contentUrl}: ${error.message}`);
  }
}
process.stdout.write(JSON.stringify(told), () => process.exit(0));
"""


def gltf_errors(glb: bytes) -> list[str]:
    """Return what Khronos' glTF validator finds wrong with a GLB; skips where it cannot be fetched."""
    folder = npm_folder(*VALIDATOR)
    with tempfile.NamedTemporaryFile(suffix=".glb") as file:
        file.write(glb)
        file.flush()
        faults: list[str] = json.loads(run_node(folder, _VALIDATE, file.name))
    return faults


@dataclass(frozen=True)
class Loaded:
    """What loaders.gl read of a tileset.

    Each content has its ``url``, ``least`` and ``greatest`` longitude, latitude and height of its vertices where they
    are drawn, and ``features``, the columns of its property table. ``failed`` are contents that it could not read.
    """

    contents: list[dict[str, Any]]
    failed: list[str]


def loaded(url: str, headers: dict[str, str] | None = None) -> Loaded:
    """Read a whole tileset over HTTP as deck.gl does; skips where its loaders cannot be fetched."""
    folder = npm_folder(*LOADERS)
    return Loaded(**json.loads(run_node(folder, _LOAD, url, json.dumps(headers or {}))))


class Glb:
    """A GLB taken apart."""

    def __init__(self, raw: bytes) -> None:
        """Take it apart, and see that its container is whole."""
        magic, version, length = struct.unpack_from("<4sII", raw)
        assert (magic, version, length) == (b"glTF", 2, len(raw))
        size, kind = struct.unpack_from("<I4s", raw, 12)
        assert kind == b"JSON"
        self.document: dict[str, Any] = json.loads(raw[20 : 20 + size])
        rest, kind = struct.unpack_from("<I4s", raw, 20 + size)
        assert kind == b"BIN\0"
        self.binary = raw[28 + size :]
        assert rest == len(self.binary) == self.document["buffers"][0]["byteLength"]

    @property
    def primitives(self) -> list[dict[str, Any]]:
        """Return the primitives of its only mesh."""
        found: list[dict[str, Any]] = self.document["meshes"][0]["primitives"]
        return found

    @cached_property
    def node(self) -> NDArray[np.float64]:
        """Return the (4, 4) matrix of its only node."""
        return np.reshape(self.document["nodes"][0].get("matrix", np.eye(4).ravel()), (4, 4)).T

    @cached_property
    def points(self) -> NDArray[np.float64]:
        """Return all vertices (n, 3) in the frame of the node, z up, in metres."""
        x, y, z = np.concatenate([self.array(p["attributes"]["POSITION"]) for p in self.primitives]).astype(float).T
        return np.column_stack([x, -z, y])

    @cached_property
    def places(self) -> NDArray[np.float64]:
        """Return all vertices (n, 3) as geocentric x, y, z in metres."""
        local = np.column_stack([self.points[:, 0], self.points[:, 2], -self.points[:, 1]])
        x, y, z = (local @ self.node[:3, :3].T + self.node[:3, 3]).T
        return np.column_stack([x, -z, y])

    @cached_property
    def features(self) -> NDArray[np.int64]:
        """Return the feature (n,) of each vertex."""
        parts = [self.array(p["attributes"]["_FEATURE_ID_0"]) for p in self.primitives]
        return np.concatenate(parts).astype(np.int64)

    @cached_property
    def triangles(self) -> NDArray[np.int64]:
        """Return all triangles (m, 3)."""
        parts, first = [], 0
        for primitive in self.primitives:
            parts.append(self.array(primitive["indices"]).reshape(-1, 3).astype(np.int64) + first)
            first += self.document["accessors"][primitive["attributes"]["POSITION"]]["count"]
        return np.concatenate(parts)

    def array(self, number: int) -> Any:
        """Return the values of an accessor."""
        accessor = self.document["accessors"][number]
        view = self.document["bufferViews"][accessor["bufferView"]]
        width = _WIDTHS[accessor["type"]]
        found = np.frombuffer(
            self.binary, _KINDS[accessor["componentType"]], accessor["count"] * width, view["byteOffset"]
        )
        return found if width == 1 else found.reshape(-1, width)

    def texts(self, name: str) -> list[str]:
        """Return a property of all features."""
        column = self.document["extensions"]["EXT_structural_metadata"]["propertyTables"][0]["properties"][name]
        content, offsets = (self.document["bufferViews"][column[key]] for key in ("values", "stringOffsets"))
        ends = np.frombuffer(self.binary, "<u4", offsets["byteLength"] // 4, offsets["byteOffset"]).tolist()
        raw = self.binary[content["byteOffset"] : content["byteOffset"] + content["byteLength"]]
        return [raw[start:end].decode() for start, end in pairwise(ends)]
