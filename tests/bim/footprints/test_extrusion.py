"""Footprints raised to solids: closed, as large as they are, and where they are."""

from typing import Any

import numpy as np
import pytest
import shapely
from gltf import Glb, gltf_errors
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from shapely.geometry import MultiPolygon, Polygon, box

from bim.footprints.content import Members, content_glb
from bim.footprints.extrusion import Frame, Solids, extrude
from bim.model import Mesh
from bim.solids import solid_of, surface_area
from bim.tiling import Cell
from layers.style import Categories, Entry, Single
from layers.title import Title

LON, LAT = 121.5, 31.25
FRAME = Frame.at(LON, LAT)
# Metres of a degree at the middle of the frame, along its axes; EPSG:4979 to 4978 is PROJ's own.
GEOCENTRIC = Transformer.from_crs(4979, 4978, always_xy=True)
CELL = Cell(int(121.484375 * 1024), int(31.234375 * 1024), 32)


def degrees(plane: Any) -> Any:
    """Return a geometry in degrees that has these metres east and north of the middle of the frame, near enough."""

    def moved(points: Any) -> Any:
        places = FRAME.origin + np.column_stack([points, np.zeros(len(points))]) @ FRAME.axes.T
        inverse = Transformer.from_crs(4978, 4979, always_xy=True)
        return np.column_stack(inverse.transform(*places.T)[:2])

    return shapely.transform(plane, moved)


def raised(*plane: Any, base: float = 0.0, top: float = 10.0) -> Solids:
    shapes = np.array([degrees(one) for one in plane])
    return extrude(shapes, np.full(len(plane), base), np.full(len(plane), top), FRAME)


def mesh(solids: Solids, feature: int = 0) -> Mesh:
    chosen = solids.triangles[solids.feature[solids.triangles[:, 0]] == feature]
    return Mesh(solids.points, chosen.astype(np.int32), np.ones((1, 4), np.float32), np.zeros(len(chosen), np.int32))


COURT = Polygon(box(-30, -20, 30, 20).exterior, [box(-10, -8, 12, 9).exterior])
SHAPES = {
    "a box": box(0, 0, 20, 10),
    "clockwise": Polygon([(0, 0), (0, 10), (20, 10), (20, 0)]),
    "a court": COURT,
    "two courts": Polygon(box(-50, -20, 50, 20).exterior, [box(-40, -8, -20, 9).exterior, box(5, -8, 25, 9).exterior]),
    "an angle": Polygon([(0, 0), (30, 0), (30, 10), (12, 10), (12, 25), (0, 25)]),
    "corners on a straight line": Polygon([(0, 0), (10, 0), (20, 0), (20, 10), (10, 10), (0, 10), (0, 5)]),
    "a corner twice": Polygon([(0, 0), (20, 0), (20, 0), (20, 10), (0, 10), (0, 10)]),
    "two parts": MultiPolygon([box(0, 0, 10, 10), box(20, 0, 30, 12)]),
    "a hollow quadrangle": Polygon([(0, 0), (20, 0), (4, 4), (0, 20)]),
    "round": shapely.Point(0, 0).buffer(15, 32),
    "a ring": shapely.Point(0, 0).buffer(15, 16).difference(shapely.Point(0, 0).buffer(8, 16)),
    "a hole that touches the outline": Polygon(box(0, 0, 20, 20).exterior, [[(0, 10), (5, 5), (10, 10), (5, 15)]]),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_solid_is_closed_and_has_the_volume_of_its_area_and_height(name: str) -> None:
    shape = SHAPES[name]
    found = solid_of(mesh(raised(shape, base=3.0, top=40.0)))
    assert found.reason is None
    assert found.volume == pytest.approx(shape.area * 37, rel=1e-4)


def test_the_surface_is_that_of_walls_roof_and_floor() -> None:
    solids = raised(COURT, top=12.0)
    walls = COURT.length * 12
    assert surface_area(mesh(solids)) == pytest.approx(2 * COURT.area + walls, rel=1e-4)


@given(st.lists(st.floats(5.0, 30.0), min_size=3, max_size=12), st.floats(0.5, 300.0))
def test_a_star_shaped_building_of_any_corners_is_closed(radii: list[float], height: float) -> None:
    turns = np.arange(len(radii)) * 2 * np.pi / len(radii)
    shape = Polygon(np.column_stack([np.cos(turns), np.sin(turns)]) * np.array(radii)[:, None])
    found = solid_of(mesh(raised(shape, top=height)))
    assert found.volume == pytest.approx(shape.area * height, rel=1e-4)


def test_each_thing_is_a_solid_of_its_own_though_they_are_made_at_once() -> None:
    shapes = [*SHAPES.values(), *SHAPES.values()]
    solids = raised(*shapes, base=-2.0, top=5.0)
    for number, shape in enumerate(shapes):
        assert solid_of(mesh(solids, number)).volume == pytest.approx(shape.area * 7, rel=1e-4)


def test_walls_face_outwards_and_their_normals_with_them() -> None:
    solids = raised(COURT)
    corners = solids.points[solids.triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    assert (np.einsum("ij,ij->i", across, solids.normals[solids.triangles[:, 0]]) > 0.9999).all()
    in_the_court = np.abs(across[:, 2]) < 0.5
    middles = corners.mean(axis=1)[in_the_court]
    outside = middles + across[in_the_court] * 0.1
    assert not COURT.buffer(-0.01).intersects(shapely.points(outside[:, :2])).any()


def test_what_is_empty_or_nothing_at_all_has_no_triangles() -> None:
    assert len(extrude(np.array([Polygon()]), np.zeros(1), np.ones(1), FRAME).triangles) == 0
    assert len(extrude(np.array([], object), np.zeros(0), np.zeros(0), FRAME).triangles) == 0


def members(shapes: list[Any], tops: list[float], colored_by: list[Any] | None = None) -> Members:
    count = len(shapes)
    texts = [f"楼{number}" for number in range(count)]
    return Members(
        range(count), texts, texts, [1.5] * count, tops, [0] * count, colored_by or [None] * count,
        [shapely.to_wkb(shape) for shape in shapes],
    )  # fmt: skip


def test_corners_of_a_content_lie_where_proj_has_them_to_a_centimetre() -> None:
    west, south, east, north = CELL.bounds
    # At all ends of a tile, 1.7 km from its middle, and one tower of 632 m.
    at = [(west, south), (east, south), (west, north), (east - 0.001, north - 0.001), CELL.middle]
    shapes = [box(lon, lat, lon + 0.0003, lat + 0.0002) for lon, lat in at]
    glb = Glb(content_glb(members(shapes, [632.0] * 5), Single("#d8d4cc"), CELL, 10**6))
    for number, shape in enumerate(shapes):
        found = glb.places[glb.features == number]
        for lon, lat in shape.exterior.coords[:4]:
            for height in (1.5, 632.0):
                expected = np.array(GEOCENTRIC.transform(lon, lat, height))
                assert np.linalg.norm(found - expected, axis=1).min() < 0.01


def test_a_content_has_its_features_their_texts_and_a_material_for_each_colour() -> None:
    uses = Categories("use", (Entry("office", "#ff0000", Title("", "")), Entry("hotel", "#00ff00", Title("", ""))))
    shapes = [box(121.49 + at / 1000, 31.24, 121.4905 + at / 1000, 31.2405) for at in range(4)]
    made = members(shapes, [10.0, 20.0, 30.5, 40.0], ["office", "hotel", "office", None])
    glb = Glb(content_glb(made, uses, CELL, 10**6))
    colors = [material["pbrMetallicRoughness"]["baseColorFactor"] for material in glb.document["materials"]]
    assert sorted(color[:2] for color in colors)[0] == [0, 1]
    assert len(colors) == 3
    assert glb.texts("height_m") == ["10", "20", "30.5", "40"]
    assert glb.texts("fid") == ["0", "1", "2", "3"]
    assert glb.texts("name") == [f"楼{number}" for number in range(4)]
    assert sorted(set(glb.features.tolist())) == [0, 1, 2, 3]
    assert np.abs(glb.points[:, :2]).max() < 2500, "the origin is taken off before single precision"
    assert not set(glb.document["extensionsUsed"]) - {"EXT_mesh_features", "EXT_structural_metadata"}


def test_khronos_validator_finds_no_fault_in_a_content() -> None:
    shapes = [degrees(shapely.affinity.translate(shape, 60 * at)) for at, shape in enumerate(SHAPES.values())]
    assert gltf_errors(content_glb(members(shapes, [20.0] * len(shapes)), Single("#d8d4cc"), CELL, 10**6)) == []
