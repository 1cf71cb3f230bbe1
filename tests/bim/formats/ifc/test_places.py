"""Files authored for each way to say where a model stands: the corner of the slab lies where PROJ has it, to 1 cm."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from authored_ifc import Author, Plan
from pyproj import Geod, Transformer

from bim.formats import open_model
from bim.georeference import Georeference, LocateOptions, locate

EAST, NORTH, HEIGHT = 648_123.4, 3_457_000.2, 4.5
TURN = math.radians(30)
AXES = {"XAxisAbscissa": math.cos(TURN), "XAxisOrdinate": math.sin(TURN)}
# The far corner of the house in metres of the model.
CORNER = (6.0, 4.0, 0.0)
TO_MAP = Transformer.from_crs("EPSG:4549", "EPSG:4490", always_xy=True)
CGCS2000 = Geod(a=6378137.0, rf=298.257222101)


def stands(author: Author, folder: Path, options: LocateOptions | None = None) -> Georeference:
    """Return where the authored house stands, by its file alone or with what is said by hand."""
    model = open_model(author.write(folder / "house.ifc"))
    points = np.vstack([body.points for _, body in model.bodies(lambda done, total: None)])
    return locate(model.statement, options, points)


def off(found: Georeference, lon: float, lat: float, point: tuple[float, float, float] = CORNER) -> float:
    """Return how far a point of the model is from a place, metres."""
    ((east, north, _),) = found.placement.geodetic(np.array([point]))
    return float(CGCS2000.inv(east, north, lon, lat)[2])


def projected(x: float, y: float) -> Any:
    """Return the place of a point of the model that a conversion turns by 30° and moves to the easting and northing."""
    return TO_MAP.transform(
        EAST + x * math.cos(TURN) - y * math.sin(TURN), NORTH + x * math.sin(TURN) + y * math.cos(TURN)
    )


@pytest.mark.parametrize("unit", ["m", "mm", "ft"])
@pytest.mark.parametrize("schema", ["IFC4", "IFC2X3"])
def test_a_map_conversion_in_the_projects_unit(schema: str, unit: str, tmp_path: Path) -> None:
    factor = {"m": 1.0, "mm": 0.001, "ft": 0.3048}[unit] if schema == "IFC4" else 1.0
    stated = {"Eastings": EAST / factor, "Northings": NORTH / factor, "OrthogonalHeight": HEIGHT / factor, **AXES}
    found = stands(Author(Plan(schema, unit=unit, map_conversion=stated)), tmp_path)
    assert (found.level, found.source) == (50, "map_conversion")
    assert off(found, *projected(*CORNER[:2])) < 0.01
    ((_, _, height),) = found.placement.geodetic(np.array([(0.0, 0.0, 1.0)]))
    assert height == pytest.approx(HEIGHT + 1.0, abs=0.01)


def test_a_conversion_to_metres_of_a_model_in_millimetres_needs_no_scale(tmp_path: Path) -> None:
    stated = {"Eastings": EAST, "Northings": NORTH, "OrthogonalHeight": HEIGHT, **AXES}
    found = stands(Author(Plan(unit="mm", map_conversion=stated, map_unit="m")), tmp_path)
    assert off(found, *projected(*CORNER[:2])) < 0.01


@pytest.mark.parametrize("name", ["ePSet_MapConversion", "EPset_MapConversion", "ePset_mapconversion"])
@pytest.mark.parametrize("owner", ["project", "site"])
def test_property_sets_in_any_spelling_on_project_or_site(name: str, owner: str, tmp_path: Path) -> None:
    author = Author(Plan("IFC2X3"))
    author.define(getattr(author, owner), name, {"Eastings": EAST, "Northings": NORTH, **AXES})
    author.define(getattr(author, owner), "ePSet_ProjectedCRS", {"Name": "EPSG:4549"})
    found = stands(author, tmp_path)
    assert found.crs == "EPSG:4549"
    assert off(found, *projected(*CORNER[:2])) < 0.01


def test_coordinates_that_stand_twice_in_a_file_count_once(tmp_path: Path) -> None:
    stated = {"Eastings": EAST, "Northings": NORTH, "OrthogonalHeight": 0.0}
    found = stands(Author(Plan(map_conversion=stated, site_at=(EAST, NORTH, 0.0))), tmp_path)
    assert any("both" in note.en or "once" in note.en for note in found.notes), found.notes
    lon, lat = TO_MAP.transform(EAST + CORNER[0], NORTH + CORNER[1])
    assert off(found, lon, lat, (EAST + CORNER[0], NORTH + CORNER[1], 0.0)) < 0.01


def test_a_site_placed_by_map_coordinates_stands_there_when_the_system_is_said(tmp_path: Path) -> None:
    author = Author(Plan(site_at=(EAST, NORTH, 0.0)))
    found = stands(author, tmp_path, LocateOptions(crs="EPSG:4549"))
    assert found.level == 30
    lon, lat = TO_MAP.transform(EAST + CORNER[0], NORTH + CORNER[1])
    assert off(found, lon, lat, (EAST + CORNER[0], NORTH + CORNER[1], 0.0)) < 0.01


def test_a_world_coordinate_system_stands_there_when_the_system_is_said(tmp_path: Path) -> None:
    author = Author(Plan())
    author.context.WorldCoordinateSystem = author.axes((EAST, NORTH, HEIGHT))
    found = stands(author, tmp_path, LocateOptions(crs="EPSG:4549"))
    assert (found.level, found.source) == (40, "context")
    assert off(found, *TO_MAP.transform(EAST + CORNER[0], NORTH + CORNER[1])) < 0.01


@pytest.mark.parametrize(
    ("north", "heading"), [((0.0, 1.0), 0.0), ((0.766044443, 0.64278761), 50.0), ((-0.5, 0.8660254), -30.0)]
)
def test_latitude_longitude_and_true_north_of_the_site(
    north: tuple[float, float], heading: float, tmp_path: Path
) -> None:
    plan = Plan(
        unit="mm", latitude=(31, 14, 8, 160_000), longitude=(121, 30, 4, 680_000), elevation=4.5, true_north=north
    )
    found = stands(Author(plan), tmp_path)
    assert found.level == 20
    assert found.placement.heading_deg == pytest.approx(heading, abs=1e-3)
    lon, lat = 121 + 30 / 60 + 4.68 / 3600, 31 + 14 / 60 + 8.16 / 3600
    assert off(found, lon, lat, (0.0, 0.0, 0.0)) < 0.01
    # Its y-axis looks so many degrees to the left of true north.
    azimuth = CGCS2000.inv(lon, lat, *found.placement.geodetic(np.array([(0.0, 100.0, 0.0)]))[0, :2])[0]
    assert azimuth == pytest.approx(-heading, abs=1e-3)
    ((_, _, height),) = found.placement.geodetic(np.array([(0.0, 0.0, 0.0)]))
    assert height == pytest.approx(4.5, abs=0.01)


def test_latitude_and_longitude_west_and_south_have_all_their_parts_below_zero(tmp_path: Path) -> None:
    plan = Plan(latitude=(-33, -51, -35, -900_000), longitude=(-70, -40, -5, 0), elevation=0.0, true_north=(0.0, 1.0))
    found = stands(Author(plan), tmp_path)
    assert off(found, -(70 + 40 / 60 + 5 / 3600), -(33 + 51 / 60 + 35.9 / 3600), (0.0, 0.0, 0.0)) < 0.01


def test_latitude_and_longitude_of_a_chinese_map_are_put_back(tmp_path: Path) -> None:
    # 121.5 E, 31.235 N is 121.504424 E, 31.233078 N on GCJ-02.
    plan = Plan(latitude=(31, 13, 59, 80_844), longitude=(121, 30, 15, 926_000), elevation=0.0, true_north=(0.0, 1.0))
    plain = stands(Author(plan), tmp_path)
    found = stands(Author(plan), tmp_path, LocateOptions(shifted="gcj02"))
    moved = CGCS2000.inv(
        *plain.placement.geodetic(np.zeros((1, 3)))[0, :2], *found.placement.geodetic(np.zeros((1, 3)))[0, :2]
    )
    assert 300 < moved[2] < 700
    assert any("gcj02" in note.en.lower() or "gcj-02" in note.en.lower() for note in found.notes)


def test_a_blank_conversion_says_nothing_and_the_site_is_taken(tmp_path: Path) -> None:
    plan = Plan(
        map_conversion={"Eastings": 0.0, "Northings": 0.0, "OrthogonalHeight": 0.0},
        latitude=(31, 14, 0), longitude=(121, 30, 0), elevation=0.0, true_north=(0.0, 1.0),
    )  # fmt: skip
    found = stands(Author(plan), tmp_path)
    assert found.level == 20
    assert off(found, 121.5, 31 + 14 / 60, (0.0, 0.0, 0.0)) < 0.01
    assert any("zero" in note or "blank" in note for note in open_model(tmp_path / "house.ifc").statement.notes)


def test_a_correction_by_hand_goes_before_what_the_file_says(tmp_path: Path) -> None:
    stated = {"Eastings": EAST, "Northings": NORTH, "OrthogonalHeight": HEIGHT}
    hand = LocateOptions(lonlat=(121.5, 31.2), anchor=(0.0, 0.0, 0.0), heading_deg=0.0)
    found = stands(Author(Plan(map_conversion=stated)), tmp_path, hand)
    assert found.source == "by_hand"
    assert off(found, 121.5, 31.2, (0.0, 0.0, 0.0)) < 0.01
    lower = stands(Author(Plan(map_conversion=stated)), tmp_path, replace(LocateOptions(), height_m=1.0))
    assert lower.source == "map_conversion"
    assert lower.placement.height_m != pytest.approx(HEIGHT)
