"""Elements of a building as a model of their own: the same elements, and the same volume."""

import json
import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from box_model import PLACE, load_house
from city import City, open_city

from api.layers import all_layers
from layers.store.engine import Database


@pytest.fixture
def housed(db: Database, tmp_path: Path) -> Iterator[City]:
    load_house(db, all_layers(), tmp_path)
    with open_city(db, tmp_path / "home") as city:
        yield city


class Glb:
    """A binary glTF, taken apart."""

    def __init__(self, raw: bytes) -> None:
        size = struct.unpack_from("<I", raw, 12)[0]
        self.document = json.loads(raw[20 : 20 + size])
        self.binary = raw[28 + size :]

    @property
    def ids(self) -> list[str]:
        table = self.document["extensions"]["EXT_structural_metadata"]["propertyTables"][0]
        views = self.document["bufferViews"]
        content, offsets = (views[table["properties"]["id"][name]] for name in ("values", "stringOffsets"))
        ends = np.frombuffer(self.binary, "<u4", table["count"] + 1, offsets["byteOffset"])
        text = self.binary[content["byteOffset"] :]
        return [text[a:b].decode() for a, b in pairwise(ends)]

    @property
    def volume(self) -> float:
        """Return what its triangles enclose, cubic metres."""
        return sum(self._volume(primitive) for primitive in self.document["meshes"][0]["primitives"])

    def _volume(self, primitive: dict[str, Any]) -> float:
        points = self._array(primitive["attributes"]["POSITION"], "<f4", 3).astype(float)
        a, b, c = points[self._array(primitive["indices"], "<u4", 1).reshape(-1, 3)].transpose(1, 0, 2)
        return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)

    def _array(self, number: int, kind: str, width: int) -> np.ndarray:
        accessor = self.document["accessors"][number]
        start = self.document["bufferViews"][accessor["bufferView"]]["byteOffset"]
        return np.frombuffer(self.binary, kind, accessor["count"] * width, start).reshape(-1, width)


@pytest.mark.parametrize(
    "query",
    ["", "storey=1层", "class=IfcWall", "discipline=architecture&storey=storey-2", "inside=storey-1&kind=element"],
)
def test_an_extract_has_the_elements_and_the_volume_of_the_query(housed: City, query: str) -> None:
    listed = housed.client.get(f"/bim/models/house/elements?{query}").json()
    answer = housed.client.get(f"/bim/models/house/extract.glb?{query}")
    assert answer.headers["content-type"] == "model/gltf-binary"
    made = Glb(answer.content)
    assert sorted(made.ids) == sorted(one["id"] for one in listed["elements"] if one["volume_m3"])
    assert made.volume == pytest.approx(listed["volume_m3"], rel=1e-5)
    placement = made.document["asset"]["extras"]["placement"]
    assert (placement["lon"], placement["lat"]) == pytest.approx(PLACE)


def test_an_extract_is_answered_304_and_of_nothing_404(housed: City) -> None:
    path = "/bim/models/house/extract.glb?class=IfcDoor"
    tag = housed.client.get(path).headers["etag"]
    assert housed.client.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert housed.client.get("/bim/models/house/extract.glb?class=IfcStair").status_code == 404
    housed.sql("UPDATE onemap.building_elements SET grade = 2 WHERE source_key = 'door-2'")
    assert Glb(housed.client.get(path, headers={"If-None-Match": tag}).content).ids == ["door-1"]
