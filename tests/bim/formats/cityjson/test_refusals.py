"""What is broken is refused in a sentence that names the place."""

import gzip
import json

import pytest
from authored_cityjson import BOX, FACES, building, document, solid, write

from bim import unpacked
from bim.formats import open_model
from layers.errors import SourceError


def a(**more):
    return document({"a": building(solid())}, **more)


def with_faces(*faces):
    return document({"a": building(solid(), solid(faces=list(faces)))})


def without(name):
    text = a()
    del text[name]
    return text


TEMPLATE = {"templates": [solid("1")], "vertices-templates": [[0, 0, 0]] * 8}


def instance(**more):
    geometry = {"type": "GeometryInstance", "template": 0, "boundaries": [0],
                "transformationMatrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]}  # fmt: skip
    return document({"a": building({**geometry, **more})}, **{"geometry-templates": TEMPLATE})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (with_faces(*FACES, [[0, 1, 8]]), 'CityObjects["a"].geometry[1].boundaries[0][6][0][2]: there is no vertex 8'),
        (with_faces(*FACES, [[0, 1, -1]]), "boundaries[0][6][0][2]: there is no vertex -1"),
        (with_faces(*FACES, [[0, 1, 10**30]]), "boundaries[0][6][0][2]: there is no vertex 1000"),
        (with_faces(*FACES, [[0, 1, 2.0]]), "boundaries[0][6][0][2]: 2.0 is not the number of a vertex"),
        (with_faces(*FACES, [[0, 1, True]]), "True is not the number of a vertex"),
        (with_faces(*FACES, [[0, 1, None]]), "nothing is not the number of a vertex"),
        (with_faces(*FACES, [[0, 1, [2]]]), "[2] is not the number of a vertex"),
        (with_faces(*FACES, [0]), "boundaries[0][6][0]: a list […] is expected, and 0 is there"),
        (with_faces(*FACES, 7), "boundaries[0][6]: a list […] is expected, and 7 is there"),
        (document({"a": building({"type": "Solid"})}), "geometry[0].boundaries: a list […] is expected"),
        (document({"a": building({"type": "Sphere"})}), "geometry[0].type: 'Sphere' is no type of geometry"),
        (document({"a": building(7)}), "geometry[0]: an object {…} is expected, and 7 is there"),
        (document({"a": {"geometry": []}}), 'CityObjects["a"]: it has no type'),
        (document({"a": 3}), 'CityObjects["a"]: an object {…} is expected'),
        (document({"a\0": building()}), "an object needs an id"),
        (document({}), "it has no CityObjects"),
        (a(version="3.0"), "version: '3.0' is not read; 1.0, 1.1, 2.0 are"),
        (a(version=None), "version: nothing is not read"),
        (a(type="FeatureCollection"), "type: 'FeatureCollection' is not CityJSON"),
        (without("transform"), "it has no transform, which CityJSON 2.0 must have"),
        (without("vertices"), "it has no vertices"),
        (without("CityObjects"), "it has no CityObjects; a document has both"),
        (a(transform={"scale": [1, 1, 0], "translate": [0, 0, 0]}), "transform.scale"),
        (a(transform={"scale": [1, 1], "translate": [0, 0, 0]}), "transform.scale: [1, 1] are not three numbers"),
        (a(transform={"scale": [1, 1, 1], "translate": [0, 0, 1e12]}), "transform.translate"),
        (a(vertices=[*BOX[:7], [0, 1]]), "vertices[7]: [0, 1] are not three coordinates"),
        (a(vertices=[*BOX[:7], [0, 1, "2"]]), "vertices[7]: [0, 1, '2'] are not three coordinates"),
        (a(vertices=[*BOX[:7], [0, 1, 1e300]]), "vertices[7]: [0, 1, 1e+300] are not three coordinates of up to"),
        (a(vertices=[*BOX[:7], [0, 1, 10**400]]), "vertices[7]: "),
        (a(vertices=[*BOX[:7], None]), "vertices[7]: nothing"),
        (a(vertices=BOX[:4]), 'CityObjects["a"].geometry[0].boundaries[0][1][0][0]: there is no vertex 4; there are 4'),
        (a(metadata={"referenceSystem": "EPSG:4979"}), "metadata.referenceSystem: EPSG:4979 (WGS 84) is no plane"),
        (a(metadata={"referenceSystem": 7415}), "metadata.referenceSystem: 7415 is no name"),
        (instance(template=1), "geometry[0].template: 1 is the number of no template; there are 1"),
        (instance(boundaries=[99]), "geometry[0].boundaries[0]: there is no vertex 99"),
        (instance(boundaries=[0, 1]), "geometry[0].boundaries: an instance has one point, and this has 2"),
        (instance(transformationMatrix=[1] * 15), "transformationMatrix: 16 numbers"),
        (instance(transformationMatrix=[1] * 16), "transformationMatrix: its last row"),
        (instance(transformationMatrix=[0] * 15 + [1]), "transformationMatrix: it makes all shapes flat"),
    ],
)
def test_a_document_is_refused_with_its_place(tmp_path, text, said):
    with pytest.raises(SourceError) as refused:
        open_model(write(tmp_path / "city.json", text))
    assert said in str(refused.value)
    assert str(tmp_path / "city.json") in str(refused.value)


WHOLE = json.dumps(a())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (WHOLE[: len(WHOLE) // 2], "it is broken or cut short"),
        ("", "it is broken or cut short"),
        ("[]", "an object {…} is expected"),
        (WHOLE.replace("[4000, 0, 0]", "[NaN, 0, 0]"), "NaN is no number of JSON (byte"),
        (WHOLE.replace("[4000, 0, 0]", "[1e999, 0, 0]"), "vertices[1]: [inf, 0, 0]"),
        (WHOLE.replace("[4000, 0, 0]", f"[{'9' * 5000}, 0, 0]"), "it has a number that cannot be read"),
        (WHOLE.replace('{"a": ', '{"a": {"type": "Road"}, "a": '), "'a' is there twice"),
        (WHOLE.replace('"boundaries": ', f'"boundaries": {"[" * 100_000}', 1), "it is nested deeper"),
        (WHOLE + "\n" + WHOLE, "a sequence of features has a name that ends in .jsonl"),
        (b"\xff" + WHOLE.encode(), "byte 0 is no UTF-8"),
    ],
)
def test_a_text_that_is_no_json_is_refused(tmp_path, content, said):
    path = tmp_path / "city.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SourceError) as refused:
        open_model(path)
    assert said in str(refused.value)


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacked.read_within, "__defaults__", (500,))
    with pytest.raises(SourceError, match="and at most 500 are read; export the model in parts"):
        open_model(write(tmp_path / "city.json", a()))


def test_what_unpacks_to_more_than_the_limit_is_refused_while_it_unpacks(tmp_path, monkeypatch):
    path = tmp_path / "city.json.gz"
    with gzip.open(path, "wb", compresslevel=9) as packed:
        for _ in range(64):
            packed.write(b" " * 1024**2)
    monkeypatch.setattr(unpacked.read_within, "__defaults__", (4 * 1024**2,))
    # Its trailer lies about its size.
    path.write_bytes(path.read_bytes()[:-4] + (100).to_bytes(4, "little"))
    with pytest.raises(SourceError, match="unpacks to more than 4,194,304 bytes"):
        open_model(path)


def test_a_packed_file_is_read_and_a_torn_one_refused(tmp_path):
    path = tmp_path / "city.city.json.gz"
    path.write_bytes(gzip.compress(WHOLE.encode()))
    assert len(open_model(path).elements) == 1
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SourceError, match="it cannot be unpacked"):
        open_model(path)


HEAD = document({}, [])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([HEAD, {"type": "CityJSON"}], "line 2, type: 'CityJSON' is not CityJSONFeature"),
        ([{**a(), "type": "CityJSONFeature"}], "line 1, type: 'CityJSONFeature' is not CityJSON"),
        ([HEAD, {**a(), "type": "CityJSONFeature"}, {**a(), "type": "CityJSONFeature"}], "line 3, CityObjects"),
        ([HEAD, {"type": "CityJSONFeature", "CityObjects": {}}], "line 2: it has no vertices"),
        (
            [HEAD, {**document({"b": building(solid())}, BOX[:4]), "type": "CityJSONFeature"}],
            'line 2, CityObjects["b"].geometry[0].boundaries[0][1][0][0]: there is no vertex 4',
        ),
    ],
)
def test_a_line_of_a_sequence_is_refused_with_its_number(tmp_path, lines, said):
    with pytest.raises(SourceError) as refused:
        open_model(write(tmp_path / "city.city.jsonl", *lines))
    assert said in str(refused.value)


def test_an_empty_sequence_is_refused(tmp_path):
    path = tmp_path / "city.jsonl"
    path.write_text("\n \n")
    with pytest.raises(SourceError, match="it is empty"):
        open_model(path)
