"""CityObjects become elements, all of them, parents before children."""

import json

import pytest
from authored_cityjson import BOX, Json, building, document, solid, write

from bim.formats import open_model
from bim.reading import ModelReading


def opened(path, *texts: Json, name: str = "city.json") -> ModelReading:
    return open_model(write(path / name, *texts))


TREE: Json = {
    "room": {"type": "BuildingRoom", "parents": ["house", "floor"]},
    "door": {"type": "BuildingConstructiveElement", "parents": ["room"], "geometry": [solid()]},
    "floor": {"type": "BuildingStorey", "parents": ["house"]},
    "house": {"type": "Building", "children": ["floor", "wing"], "attributes": {"name": "一号楼", "levels": 3}},
    "wing": {"type": "BuildingPart"},
    "road": {"type": "Road"},
    "own": {"type": "+NoiseBuilding"},
}


def test_kinds_parents_and_storeys_follow_the_tree(tmp_path):
    reading = opened(tmp_path, document(TREE))
    told = {element.id: (element.kind, element.type, element.parent, element.storey) for element in reading.elements}
    assert told == {
        "house": ("building", "Building", None, None),
        "floor": ("storey", "BuildingStorey", "house", None),
        "room": ("space", "BuildingRoom", "floor", "floor"),
        "door": ("element", "BuildingConstructiveElement", "room", "floor"),
        "wing": ("element", "BuildingPart", "house", None),
        "road": ("element", "Road", None, None),
        "own": ("element", "+NoiseBuilding", None, None),
    }
    order = [element.id for element in reading.elements]
    for element in reading.elements:
        assert element.parent is None or order.index(element.parent) < order.index(element.id)
    assert reading.elements[order.index("house")].name == "一号楼"
    assert reading.elements[order.index("house")].properties["attributes"] == {"name": "一号楼", "levels": 3}


def test_parents_that_are_missing_or_go_in_a_circle_are_said_and_lose_nothing(tmp_path):
    objects = {
        "a": {"type": "BuildingPart", "parents": ["b"]},
        "b": {"type": "BuildingPart", "parents": ["a"]},
        "c": {"type": "BuildingPart", "parents": ["b"]},
        "lost": {"type": "BuildingPart", "parents": ["nobody"]},
    }
    reading = opened(tmp_path, document(objects))
    assert sorted(element.id for element in reading.elements) == ["a", "b", "c", "lost"]
    assert sorted(defect.rule for defect in reading.defects) == ["object.circle", "object.parent_missing"]


def test_a_chain_of_ten_thousand_parts_is_read(tmp_path):
    objects = {f"p{number}": {"type": "BuildingPart", "parents": [f"p{number + 1}"]} for number in range(10_000)}
    reading = opened(tmp_path, document({**objects, "p10000": building(solid())}))
    assert len(reading.elements) == 10_001
    assert reading.elements[0].id == "p10000"


def test_attributes_become_values_that_a_database_takes(tmp_path):
    attributes = {"list": [1, "x", None], "deep": {"b": [1], "a": 2}, "nul": "a\0b", "half": "\ud800", "odd": 1e400}
    path = tmp_path / "city.json"
    path.write_text(json.dumps(document({"a": building(solid(), attributes=attributes)})).replace("Infinity", "1e400"))
    (element,) = open_model(path).elements
    assert element.properties["attributes"] == {
        "list": [1, "x", None], "deep": '{"a": 2, "b": [1]}', "nul": "a�b", "half": "?", "odd": "inf",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["city.city.jsonl", "city.jsonl"])
def test_a_sequence_has_the_objects_of_all_its_lines(tmp_path, name):
    head = document({}, [])
    features = [
        {
            "type": "CityJSONFeature",
            "id": key,
            "CityObjects": {key: building(solid()), f"{key}-part": {"type": "BuildingPart", "parents": [key]}},
            "vertices": [[x + shift, y, z] for x, y, z in BOX],
        }
        for key, shift in (("a", 0), ("b", 10_000))
    ]
    reading = opened(tmp_path, head, *features, name=name)
    assert [element.id for element in reading.elements] == ["a", "a-part", "b", "b-part"]
    bodies = dict(reading.bodies(lambda done, total: None))
    assert bodies["b"].points[:, 0].max() == pytest.approx(359014.0)
    assert bodies["a"].mesh.key == bodies["b"].mesh.key


@pytest.mark.parametrize(("version", "short"), [("1.0", "1.0"), ("1.0.3", "1.0"), ("1.1", "1.1"), ("2.0.1", "2.0")])
def test_versions_are_read(tmp_path, version, short):
    assert opened(tmp_path, document({"a": building(solid())}, version=version)).schema == f"CityJSON {short}"


def test_version_1_0_may_have_no_transform(tmp_path):
    text = document({"a": building(solid(2))}, [[x / 1000, y / 1000, z / 1000] for x, y, z in BOX], version="1.0")
    del text["transform"]
    reading = opened(tmp_path, text)
    ((_, body),) = reading.bodies(lambda done, total: None)
    assert body.points.max(axis=0).tolist() == [4.0, 3.0, 2.0]
