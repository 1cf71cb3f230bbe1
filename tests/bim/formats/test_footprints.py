"""Footprints with heights as models: closed prisms of known size, and sentences for what cannot be used."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from designs import PLACE, box, feature, tower, write
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from bim.formats import open_model
from bim.formats.footprints.prisms import prism
from bim.georeference import LocateOptions, locate
from bim.solids import footprint, solid_of
from layers.errors import SourceError


def bodies(path: Path) -> dict[str, Any]:
    return dict(open_model(path).bodies(lambda done, total: None))


def test_each_polygon_is_a_closed_prism_of_its_area_and_height(tmp_path: Path) -> None:
    holed = box(0, 0, 40, 30) - box(10, 10, 20, 20)
    two = shapely.union_all([box(60, 0, 70, 10), box(80, 0, 90, 10)])
    path = write(
        tmp_path / "a.geojson",
        feature("holed", holed, height_m=20, min_height_m=5, name="回字楼"),
        feature("two", two, height_m=3),
    )
    made = bodies(path)
    volumes = {key: solid_of(body.mesh).volume for key, body in made.items()}
    assert volumes == pytest.approx({"holed": (1200 - 100) * 15, "two": 200 * 3}, rel=1e-4)
    assert made["holed"].points[:, 2].min() == 5.0
    assert shapely.area(footprint(made["holed"])) == pytest.approx(1100, rel=1e-4)


def test_its_own_coordinates_are_where_it_stands(tmp_path: Path) -> None:
    path = write(tmp_path / "a.geojson", tower("tower", 300, -200, 320, -180))
    model = open_model(path)
    found = locate(model.statement, LocateOptions(), np.array([[-10.0, -10, 0], [10, 10, 24]]))
    corners = found.placement.geodetic(bodies(path)["tower"].points)
    west, south, east, north = box(300, -200, 320, -180).bounds
    off = Geod(a=6378137.0, rf=298.257222101).inv(corners[:, 0].min(), corners[:, 1].min(), west, south)[2]
    assert off < 1e-3
    assert (corners[:, 0].max(), corners[:, 1].max()) == pytest.approx((east, north), abs=1e-8)
    assert found.level == 20


def test_storeys_are_stated_or_made_from_the_height_of_a_storey(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.geojson",
        tower("stated", 0, 0, 9, 9, floor_area_m2=444.0),
        tower("made", 20, 0, 29, 9, storeys=None, storey_height_m=3.9),
        tower("neither", 40, 0, 49, 9, storeys=None),
    )
    facts = {element.id: element.properties["Footprint"] for element in open_model(path).elements}
    assert facts["stated"]["storeys"] == 6
    assert facts["stated"]["floor_area_m2"] == 444.0
    assert (facts["made"]["storeys"], facts["made"]["storeys_from"]) == (6, "storey_height_m")
    assert "storeys" not in facts["neither"]


def test_properties_are_kept_as_they_are_written(tmp_path: Path) -> None:
    path = write(tmp_path / "a.geojson", tower("a", 0, 0, 9, 9, use="office", 层=["一", 2], none=None))
    (element,) = open_model(path).elements
    assert element.properties["properties"] == {"height_m": 24.0, "storeys": 6, "use": "office", "层": ["一", 2]}
    assert (element.kind, element.type) == ("building", "Building")


def test_sites_are_no_elements_and_green_is_a_surface(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.geojson",
        tower("a", 0, 0, 9, 9),
        feature("lawn", box(20, 0, 30, 10), kind="green"),
        feature("site", box(0, 0, 50, 50), kind="site"),
    )
    model = open_model(path)
    assert {element.id: element.discipline for element in model.elements} == {"a": "architecture", "lawn": "site"}
    assert not bodies(path)["lawn"].encloses
    assert "kind site" in model.statement.notes[0]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"height_m": None}, "it has no height_m"),
        ({"height_m": "tall"}, "height_m is 'tall', and no number"),
        ({"height_m": True}, "height_m is True"),
        ({"height_m": -3}, "from min_height_m 0 to height_m -3 m"),
        ({"height_m": 24000}, "nothing over 1000 m"),
        ({"min_height_m": 30}, "from min_height_m 30 to height_m 24 m"),
        ({"storeys": 6.5}, "storeys is 6.5"),
        ({"storeys": 20, "storey_height_m": 3}, "20 storeys of 3 m are 60 m, more than its 24 m"),
        ({"storey_height_m": 0.2}, "storey_height_m is 0.2 m"),
        ({"floor_area_m2": -1}, "floor_area_m2 is -1"),
        ({"kind": "tree"}, "its kind is 'tree'"),
    ],
)
def test_nonsense_is_told_with_the_feature_that_has_it(tmp_path: Path, changed: dict[str, Any], told: str) -> None:
    good, bad = tower("good", 0, 0, 9, 9), tower("bad", 20, 0, 29, 9)
    bad["properties"] |= changed
    with pytest.raises(SourceError, match=r"features\[1\]") as caught:
        open_model(write(tmp_path / "a.geojson", good, bad))
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("geometry", "told"),
    [
        (None, "it has no geometry"),
        ({"type": "Point", "coordinates": [121.5, 31.2]}, "it is a Point"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}, "not valid"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}, "cannot be read"),
        ({"type": "Polygon", "coordinates": "x"}, "cannot be read"),
        (
            {"type": "Polygon", "coordinates": [[[500000, 3e6], [500010, 3e6], [500010, 3000010], [500000, 3e6]]]},
            "EPSG:",
        ),
    ],
)
def test_what_is_no_footprint_is_told_with_its_place(tmp_path: Path, geometry: Any, told: str) -> None:
    bad = {"type": "Feature", "properties": {"height_m": 3}, "geometry": geometry}
    with pytest.raises(SourceError, match=r"features\[0\]") as caught:
        open_model(write(tmp_path / "a.geojson", bad))
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not JSON"),
        ('{"type": "FeatureCollection", "features": [{"ty', "not JSON"),
        ("[1]", "an object"),
        ('{"type": "Topology"}', "a FeatureCollection is expected"),
        ('{"type": "FeatureCollection", "features": []}', "no features"),
        ('{"type": "FeatureCollection", "features": 3}', "a list"),
    ],
)
def test_a_broken_file_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=told):
        open_model(path)


def test_two_features_of_one_key_are_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"features\[1\].*'a' is that of features\[0\]"):
        open_model(write(tmp_path / "a.geojson", tower("a", 0, 0, 9, 9), tower("a", 20, 0, 29, 9)))


def test_footprints_of_a_whole_country_are_no_model(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="km apart"):
        open_model(write(tmp_path / "a.geojson", tower("a", 0, 0, 9, 9), tower("b", 50_000, 0, 50_009, 9)))


def test_projected_coordinates_are_taken_by_the_system_that_the_file_names(tmp_path: Path) -> None:
    from pyproj import Transformer

    east, north = Transformer.from_crs(4490, 4549, always_xy=True).transform(*PLACE)
    ring = [[east + x, north + y] for x, y in ((0, 0), (10, 0), (10, 10), (0, 10), (0, 0))]
    plain = {"type": "Feature", "properties": {"height_m": 3}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    path = write(tmp_path / "a.geojson", plain, crs={"type": "name", "properties": {"name": "EPSG:4549"}})
    statement = open_model(path).statement
    assert statement.angles is not None
    assert (statement.angles.longitude, statement.angles.latitude) == pytest.approx(PLACE, abs=1e-4)


def test_other_formats_of_polygons_are_read_as_well(tmp_path: Path) -> None:
    import geopandas

    frame = geopandas.GeoDataFrame(
        {"height_m": [24.0], "storeys": [6], "name": ["塔楼"], "source_key": ["t"]},
        geometry=[box(0, 0, 20, 30)],
        crs=4490,
    )
    for name in ("a.gpkg", "a.fgb"):
        frame.to_file(tmp_path / name)
        (element,) = open_model(tmp_path / name).elements
        assert (element.id, element.name, element.properties["Footprint"]["storeys"]) == ("t", "塔楼", 6)
        assert element.quantities["Footprint"]["area_m2"] == pytest.approx(600, rel=1e-5)
    with pytest.warns(UserWarning, match="crs"):
        frame.set_crs(None, allow_override=True).to_file(tmp_path / "none.fgb")
    with pytest.raises(SourceError, match="does not say what its coordinates are"):
        open_model(tmp_path / "none.fgb")


@given(st.lists(st.floats(2.0, 30.0), min_size=3, max_size=40), st.integers(0, 3), st.floats(0.5, 300.0))
def test_prisms_over_stars_are_closed_and_as_large_as_their_plan_is_wide(
    radii: list[float], holes: int, height: float
) -> None:
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    star = shapely.Polygon(np.column_stack([radii * np.cos(angles), radii * np.sin(angles)]))
    star = shapely.difference(star, shapely.union_all([shapely.box(-1 + n, -0.2, -0.6 + n, 0.2) for n in range(holes)]))
    largest = max(shapely.get_parts(star), key=shapely.area)
    solid = solid_of(prism(largest, 1.0, 1.0 + height, (1, 1, 1, 1)))
    assert solid.reason is None
    assert solid.volume == pytest.approx(shapely.area(largest) * height, rel=1e-6)


def test_numbers_that_are_no_numbers_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a.geojson", tower("a", 0, 0, 9, 9))
    text = json.loads(path.read_text(encoding="utf-8"))
    text["features"][0]["properties"]["height_m"] = float("nan")
    path.write_text(json.dumps(text), encoding="utf-8")
    with pytest.raises(SourceError, match="no number"):
        open_model(path)
