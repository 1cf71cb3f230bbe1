"""Files of others, and the office block of the sample: all of their objects, and what is wrong with them."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from bundled import SAMPLE

from bim.formats import open_model
from bim.model import Body
from bim.reading import ModelReading
from bim.solids import solid_of, volume

OFFICE = SAMPLE / "bim" / "office_block.json"


def shaped(path: Path) -> tuple[ModelReading, dict[str, Body]]:
    reading = open_model(path)
    return reading, dict(reading.bodies(lambda done, total: None))


def objects(path: Path) -> dict[str, str]:
    """Return the type of each object of a file."""
    return {key: one["type"] for key, one in json.loads(path.read_text(encoding="utf-8"))["CityObjects"].items()}


def test_delft_is_all_there_and_its_open_buildings_are_known(shared_data):
    path = shared_data / "bim" / "delft.json"
    reading, bodies = shaped(path)
    assert {element.id: element.type for element in reading.elements} == objects(path)
    assert set(bodies) == set(objects(path))
    assert len(bodies) == 570
    # The buildings of this file have no floors: val3dity finds no valid one either. The rest are surfaces.
    reasons = Counter((body.encloses, solid_of(body.mesh).reason) for body in bodies.values())
    assert reasons == {(True, "open"): 160, (False, "open"): 410}
    (road,) = reading.defects
    assert (road.element, road.rule) == ("b9f724050-00c9-11e6-b420-2bdcc4ab5d7f", "polygon.degenerate")
    assert "boundaries[39], and 3 more" in road.message.en


def test_the_parts_of_the_hague_have_shapes_of_their_own(shared_data):
    path = shared_data / "bim" / "DH_01_subs.city.json"
    reading, bodies = shaped(path)
    assert {element.id: element.type for element in reading.elements} == objects(path)
    parts = {element.id for element in reading.elements if element.type == "BuildingPart"}
    parents = {element.id for element in reading.elements if element.parent is None}
    assert parts <= set(bodies)
    assert all(element.parent in parents for element in reading.elements if element.id in parts)
    assert all(volume(bodies[part].mesh) is not None for part in parts)


def test_rotterdam_names_the_rings_that_it_repeats(shared_data):
    path = shared_data / "bim" / "rotterdam_subset.json"
    reading, bodies = shaped(path)
    assert set(bodies) == set(objects(path))
    assert Counter(defect.rule for defect in reading.defects) == {"ring.repeated": 9, "ring.too_short": 9}
    assert not any(body.encloses for body in bodies.values())


def test_the_rooms_of_the_office_block_have_the_volume_that_they_say():
    reading, bodies = shaped(OFFICE)
    heights = {"BuildingRoom": 3.6}
    rooms = [element for element in reading.elements if element.kind == "space"]
    assert len(rooms) == 102
    for room in rooms:
        stated = room.properties["attributes"]["area_m2"]
        height = np.ptp(bodies[room.id].points[:, 2])
        assert height == pytest.approx(heights[room.type])
        assert volume(bodies[room.id].mesh) == pytest.approx(stated * height, rel=1e-3), room.id
        assert room.storey == room.parent
    assert reading.title == "样例办公楼"
    assert reading.defects == []


def test_rooms_of_one_shape_share_its_mesh():
    _, bodies = shaped(OFFICE)
    assert len({body.mesh.key for body in bodies.values()}) < 20
