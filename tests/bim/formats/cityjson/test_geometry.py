"""Each type of geometry becomes a shape of the right volume in the right place."""

from dataclasses import replace

import numpy as np
import pytest
from authored_cityjson import BOX, FACES, VOLUME, Json, building, document, solid, write

from bim.formats import open_model
from bim.model import Body
from bim.reading import ModelReading, ReadOptions
from bim.solids import solid_of, surface_area, volume
from layers.errors import SourceError


def shaped(path, text: Json, **options) -> tuple[ModelReading, dict[str, Body]]:
    reading = open_model(write(path / "city.json", text), ReadOptions(**options))
    return reading, dict(reading.bodies(lambda done, total: None))


def rules(reading: ModelReading) -> list[tuple[str, str]]:
    return sorted((defect.element, defect.rule) for defect in reading.defects)


def test_a_solid_stands_where_its_coordinates_say(tmp_path):
    reading, bodies = shaped(tmp_path, document({"a": building(solid())}))
    assert rules(reading) == []
    assert volume(bodies["a"].mesh) == pytest.approx(VOLUME)
    np.testing.assert_allclose(bodies["a"].points.min(axis=0), [359000, 3457000, 4])
    np.testing.assert_allclose(bodies["a"].points.max(axis=0), [359004, 3457003, 6])
    assert bodies["a"].encloses


def beside(shift: int) -> list[list[int]]:
    return [[x + shift, y, z] for x, y, z in BOX]


def moved(faces: list, by: int) -> list:
    return [[[corner + by for corner in ring] for ring in face] for face in faces]


@pytest.mark.parametrize("kind", ["MultiSolid", "CompositeSolid"])
def test_solids_that_touch_have_the_volume_of_both(tmp_path, kind):
    both = {"type": kind, "lod": "2", "boundaries": [[FACES], [moved(FACES, 8)]]}
    reading, bodies = shaped(tmp_path, document({"a": building(both)}, BOX + beside(4000)))
    assert volume(bodies["a"].mesh) == pytest.approx(2 * VOLUME)
    assert rules(reading) == []


def test_a_hollow_takes_its_volume_away(tmp_path):
    inner = [[1000 + x // 4, 1000 + y // 3, 500 + z // 2] for x, y, z in BOX]
    hollow = [[ring[::-1] for ring in face] for face in moved(FACES, 8)]
    geometry = {"type": "Solid", "lod": "2", "boundaries": [FACES, hollow]}
    _, bodies = shaped(tmp_path, document({"a": building(geometry)}, BOX + inner))
    assert volume(bodies["a"].mesh) == pytest.approx(VOLUME - 1.0)


@pytest.mark.parametrize("kind", ["MultiSurface", "CompositeSurface"])
def test_surfaces_need_not_be_closed(tmp_path, kind):
    geometry = {"type": kind, "lod": "2", "boundaries": FACES[:2]}
    reading, bodies = shaped(tmp_path, document({"r": {"type": "Road", "geometry": [geometry]}}))
    assert surface_area(bodies["r"].mesh) == pytest.approx(2 * 12.0)
    assert not bodies["r"].encloses
    assert rules(reading) == []


def test_a_wall_with_a_window_has_its_hole(tmp_path):
    window = [[1000, 0, 500], [2000, 0, 500], [2000, 0, 1500], [1000, 0, 1500]]
    wall = {"type": "MultiSurface", "lod": "3", "boundaries": [[[0, 1, 5, 4], [11, 10, 9, 8]]]}
    reading, bodies = shaped(tmp_path, document({"w": building(wall)}, BOX + window))
    assert surface_area(bodies["w"].mesh) == pytest.approx(8.0 - 1.0)
    assert rules(reading) == []


def instance(x: int, turn: bool = False, template: int = 0) -> Json:
    rotation = [0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0] if turn else [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]
    return {
        "type": "GeometryInstance", "template": template, "boundaries": [x],
        "transformationMatrix": [*rotation, 0, 0, 0, 1],
    }  # fmt: skip


METRES = [[x / 1000, y / 1000, z / 1000] for x, y, z in BOX]
TEMPLATES = {"templates": [solid("1"), {"type": "MultiPoint", "lod": "1", "boundaries": [0]}],
             "vertices-templates": METRES}  # fmt: skip


def test_instances_of_a_template_share_its_mesh_and_stand_apart(tmp_path):
    trees = {
        key: {"type": "SolitaryVegetationObject", "geometry": [instance(point, turn)]}
        for key, point, turn in (("near", 0, False), ("far", 6, True))
    }
    reading, bodies = shaped(tmp_path, document(trees, **{"geometry-templates": TEMPLATES}))
    assert bodies["near"].mesh.key == bodies["far"].mesh.key
    np.testing.assert_allclose(bodies["near"].points.max(axis=0), [359004, 3457003, 6])
    # Turned by 90° about the point at (4, 3, 2): x goes to y, and y to -x.
    np.testing.assert_allclose(bodies["far"].points.min(axis=0), [359001, 3457003, 6])
    np.testing.assert_allclose(bodies["far"].points.max(axis=0), [359004, 3457007, 8])
    assert rules(reading) == []
    assert {element.id: element.properties["geometry"]["lod"] for element in reading.elements} == {
        "near": "1",
        "far": "1",
    }


def test_an_instance_beside_a_shape_of_its_own_is_one_body(tmp_path):
    text = document({"a": building(solid("1"), instance(1))}, **{"geometry-templates": TEMPLATES})
    _, bodies = shaped(tmp_path, text)
    assert volume(bodies["a"].mesh) == pytest.approx(2 * VOLUME)
    np.testing.assert_allclose(bodies["a"].points.max(axis=0), [359008, 3457003, 6])


def test_equal_shapes_at_different_places_are_one_mesh(tmp_path):
    far = {"type": "Solid", "lod": "2", "boundaries": [moved(FACES, 8)]}
    _, bodies = shaped(tmp_path, document({"a": building(solid()), "b": building(far)}, BOX + beside(7003)))
    assert bodies["a"].mesh.key == bodies["b"].mesh.key


def test_the_most_detailed_shape_is_taken_and_the_others_are_named(tmp_path):
    roof = {"type": "MultiSurface", "lod": 0, "boundaries": FACES[:1]}
    reading, bodies = shaped(tmp_path, document({"a": building(roof, solid("2.2"), solid("1.3"))}))
    assert len(bodies["a"].mesh.triangles) == 12
    assert reading.elements[0].properties["geometry"] == {
        "lod": "2.2", "types": ["Solid"], "lods": ["0", "1.3", "2.2"],
    }  # fmt: skip


def test_surfaces_are_coloured_by_what_they_are_and_materials_go_before(tmp_path):
    semantics = {"surfaces": [{"type": "GroundSurface"}, {"type": "RoofSurface"}], "values": [[0, 1, None]]}
    painted = {"look": {"values": [[None, None, None, None, None, 0]]}}
    looks = {"materials": [{"name": "red", "diffuseColor": [1, 0, 0], "transparency": 0.25}]}
    text = document({"a": building(solid(semantics=semantics, material=painted))}, appearance=looks)
    reading, bodies = shaped(tmp_path, text)
    mesh = bodies["a"].mesh
    assert len(mesh.colors) == 4
    counts = np.bincount(mesh.color_of)
    shares = {
        tuple(np.round(color, 2).tolist()): int(number) for color, number in zip(mesh.colors, counts, strict=True)
    }
    assert shares[(1.0, 0.0, 0.0, 0.75)] == 2
    assert sorted(shares.values()) == [2, 2, 2, 6]
    assert rules(reading) == []


def test_semantics_that_are_not_there_are_said(tmp_path):
    semantics = {"surfaces": [{"type": "RoofSurface"}], "values": [[0, 1, 7, 0, 0, 0]]}
    reading, _ = shaped(tmp_path, document({"a": building(solid(semantics=semantics))}))
    assert rules(reading) == [("a", "semantics.mismatch")]
    assert "2 polygons" in reading.defects[0].message.en


def inside_out(faces: list) -> list:
    return [[ring[::-1] for ring in face] for face in faces]


@pytest.mark.parametrize(
    ("faces", "vertices", "rule", "where"),
    [
        (inside_out(FACES), BOX, "solid.inside_out", "geometry[0]"),
        ([*FACES, FACES[0]], BOX, "polygon.repeated", "boundaries[0][6]"),
        ([*FACES[:5], [[3, 0, 4, 7, 3]]], BOX, "ring.repeated", "boundaries[0][5][0]"),
        ([*FACES, [[0, 1]]], BOX, "ring.too_short", "boundaries[0][6][0]"),
        ([*FACES, []], BOX, "ring.missing", "boundaries[0][6]"),
        (FACES, [*BOX[:6], [4000, 3000, 2350], BOX[7]], "polygon.nonplanar", "boundaries[0][1]"),
    ],
)
def test_an_invalid_solid_is_kept_and_its_fault_is_named_with_its_place(tmp_path, faces, vertices, rule, where):
    reading, bodies = shaped(tmp_path, document({"a": building(solid(faces=faces))}, vertices))
    (defect,) = reading.defects
    assert (defect.element, defect.rule) == ("a", rule)
    assert where in defect.message.en
    assert where in defect.message.zh
    assert "a" in bodies


def test_what_is_inside_out_is_turned_and_has_its_volume(tmp_path):
    _, bodies = shaped(tmp_path, document({"a": building(solid(faces=inside_out(FACES)))}))
    assert volume(bodies["a"].mesh) == pytest.approx(VOLUME)


def test_a_bent_face_says_by_how_many_metres(tmp_path):
    reading, _ = shaped(tmp_path, document({"a": building(solid())}, [*BOX[:6], [4000, 3000, 2400], BOX[7]]))
    # One corner of four lifted by 0.4 m is 0.1 m from the plane between all.
    assert "by 0.100 m at most" in reading.defects[0].message.en


def test_a_solid_without_a_floor_is_open_and_kept(tmp_path):
    reading, bodies = shaped(tmp_path, document({"a": building(solid(faces=FACES[1:]))}))
    assert bodies["a"].encloses
    assert solid_of(bodies["a"].mesh).reason == "open"
    assert rules(reading) == []


def test_objects_without_surfaces_are_elements_without_a_shape(tmp_path):
    points = {"type": "MultiPoint", "lod": "1", "boundaries": [0, 1]}
    flat = {"type": "MultiSurface", "lod": "1", "boundaries": [[[0, 1]]]}
    objects = {"p": building(points), "n": {"type": "Building"}, "e": building(flat), "a": building(solid())}
    reading, bodies = shaped(tmp_path, document(objects))
    assert [element.id for element in reading.elements] == ["p", "n", "e", "a"]
    assert list(bodies) == ["a"]
    assert rules(reading) == [("e", "ring.too_short"), ("e", "shape.empty"), ("p", "shape.no_surface")]


def test_a_shape_of_too_many_triangles_is_left_out_or_ends_a_strict_reading(tmp_path):
    text = document({"a": building(solid())})
    reading, bodies = shaped(tmp_path, text, most_triangles=11)
    assert (bodies, rules(reading)) == ({}, [("a", "shape.too_large")])
    with pytest.raises(SourceError, match=r'CityObjects\["a"\].*12 triangles'):
        shaped(tmp_path, text, most_triangles=11, strict=True)


def test_feet_become_metres(tmp_path):
    text = document({"a": building(solid())}, metadata={"referenceSystem": "EPSG:2263+6360"})
    reading, bodies = shaped(tmp_path, text)
    foot = 1200 / 3937
    assert volume(bodies["a"].mesh) == pytest.approx(VOLUME * foot**3)
    np.testing.assert_allclose(bodies["a"].points.min(axis=0), np.array([359000, 3457000, 4]) * foot)
    assert replace(reading.statement, site_offset=(0, 0, 0), elevation_m=0).crs == "EPSG:2263+6360"
