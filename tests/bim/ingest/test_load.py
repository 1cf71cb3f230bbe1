from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from box_model import PLACE, house, load_house, storey
from boxes import box_body
from shapely.geometry import MultiPolygon, Polygon
from sqlalchemy import text

from api.layers import all_layers
from bim.catalog.building_elements import LAYER
from bim.detail import element_of
from bim.georeference import ControlPoint, LocateOptions
from bim.ingest import Footprint
from bim.models import counts, model_version, models, storeys
from bim.tileset import View
from layers.access import LOCAL_OPERATOR, decide
from layers.errors import NotFound, ParameterError, SourceError
from layers.grades import Grade
from layers.space import LocalPlane
from layers.store.engine import Database
from layers.temporal import When, now

SPRING, SUMMER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


def seen(when: When | None = None) -> View:
    return View(LAYER, decide(LOCAL_OPERATOR, "read", LAYER), when or now())


def load(db: Database, folder: Path, parts: Any = None, **options: Any) -> Any:
    return load_house(db, all_layers(), folder, parts, **options)


def rows(db: Database, columns: str) -> list[Any]:
    with db.reader.connect() as connection:
        found = connection.execute(
            text(f"SELECT {columns} FROM onemap.building_elements ORDER BY source_key, lower(valid)")
        )
        return [tuple(row) for row in found]


def rows_of(db: Database, statement: str) -> list[Any]:
    with db.reader.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_every_element_has_its_place_height_and_measures(db: Database, tmp_path: Path) -> None:
    summary = load(db, tmp_path)
    assert summary.counts == {
        "IfcBuilding": 1, "IfcBuildingStorey": 2, "IfcDoor": 2, "IfcSite": 1, "IfcSpace": 2, "IfcWall": 2,
    }  # fmt: skip
    measured = {
        key: (kind, low, high, volume, area)
        for key, kind, low, high, volume, area in rows(
            db, "source_key, kind, min_height_m, height_m, volume_m3, area_m2"
        )
    }
    assert measured["room-2"] == ("space", 3.0, pytest.approx(5.8), pytest.approx(56.0), pytest.approx(20.0))
    assert measured["wall-1"] == ("element", 0.0, 3.0, pytest.approx(2.4), pytest.approx(0.8))
    assert measured["house"] == ("building", 0.0, 6.0, None, None), "it has no shape of its own, but its parts have"
    west, south, area = rows(db, "ST_XMin(geom), ST_YMin(geom), ST_Area(geom::geography)")[
        [row[0] for row in rows(db, "source_key")].index("room-1")
    ]
    assert west == pytest.approx(PLACE[0], abs=1e-9)
    assert south == pytest.approx(PLACE[1] + 0.2 / 110_900, abs=1e-7)
    assert area == pytest.approx(20.0, rel=1e-4)


def test_a_shape_that_several_elements_have_is_kept_once(db: Database, tmp_path: Path) -> None:
    summary = load(db, tmp_path)
    assert (summary.shapes, summary.meshes) == (6, 3)
    with db.reader.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM onemap.bim_mesh")).scalar_one() == 3


def test_the_same_file_again_changes_nothing(db: Database, tmp_path: Path) -> None:
    load(db, tmp_path, date=SPRING)
    (again,) = load(db, tmp_path, date=SUMMER).load.layers
    assert (again.new, again.changed, again.unchanged, again.closed) == (0, 0, 10, 0)


def test_a_newer_version_is_the_next_slice_and_the_former_is_still_there(db: Database, tmp_path: Path) -> None:
    load(db, tmp_path, date=SPRING)
    parts = [(element, body) for element, body in house() if element.id != "door-2"]
    parts = [(replace(one, name="改名") if one.id == "wall-1" else one, body) for one, body in parts]
    parts += [storey(3)[0], storey(3)[2]]
    (newer,) = load(db, tmp_path, parts, date=SUMMER).load.layers
    assert (newer.new, newer.closed) == (2, 1)
    with db.reader.connect() as connection:
        then, after = seen(When(SPRING, SPRING)), seen(When(SUMMER, SUMMER))
        assert element_of(connection, then, "house", "wall-1")["name"] == "南墙1"
        assert element_of(connection, after, "house", "wall-1")["name"] == "改名"
        assert element_of(connection, then, "house", "door-2")["name"] == "门2"
        with pytest.raises(NotFound):
            element_of(connection, after, "house", "door-2")
        assert [one["name"] for one in storeys(connection, then, "house")] == ["1层", "2层"]
        assert [one["name"] for one in storeys(connection, after, "house")] == ["1层", "2层", "3层"]
        assert model_version(connection, then, "house").date == SPRING


def test_an_element_tells_its_properties_what_it_is_in_and_what_it_holds(db: Database, tmp_path: Path) -> None:
    load(db, tmp_path)
    with db.reader.connect() as connection:
        wall = element_of(connection, seen(), "house", "wall-2")
        floor = element_of(connection, seen(), "house", "storey-2")
        assert counts(connection, seen(), "house")["element"] == {"IfcDoor": 2, "IfcWall": 2}
    assert wall["properties"] == {"Pset_WallCommon": {"FireRating": "2h", "IsExternal": True, "Reference": "墙型"}}
    assert wall["facts"]["materials"] == ["混凝土"]
    assert [one["id"] for one in wall["within"]] == ["site", "house", "storey-2"]
    assert wall["storey_name"] == "2层"
    assert floor["part_counts"] == {"IfcDoor": 1, "IfcSpace": 1, "IfcWall": 1}
    assert floor["parts"][0]["id"] == "room-2"


def test_an_open_shape_has_no_volume_and_says_why(db: Database, tmp_path: Path) -> None:
    parts = house()
    body = box_body((1.0, 1.0, 1.0))
    body.mesh.triangles[0] = (0, 0, 0)
    parts = [(element, body if element.id == "wall-1" else shape) for element, shape in parts]
    (defect,) = load(db, tmp_path, parts).defects
    assert (defect.element, defect.rule) == ("wall-1", "solid.open")
    told = {key: (volume, fault) for key, volume, fault in rows(db, "source_key, volume_m3, defect")}
    assert told["wall-1"] == (None, "solid.open")
    assert told["wall-2"][1] is None


def test_a_model_without_any_shape_is_refused_and_nothing_is_kept(db: Database, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no element has a shape"):
        load(db, tmp_path, [(element, None) for element, _ in house()])
    assert rows(db, "source_key") == []


def test_what_a_model_had_elsewhere_is_gone_when_it_moves(db: Database, tmp_path: Path) -> None:
    far = [(one, box_body((1, 1, 1), (900.0, 0.0, 0.0)) if one.id == "door-1" else body) for one, body in house()]
    load(db, tmp_path, far, date=SPRING)
    without = [(one, body) for one, body in house() if one.id != "door-1"]
    (newer,) = load(db, tmp_path, without, date=SUMMER).load.layers
    assert newer.closed == 1


def test_a_load_that_fails_at_its_end_leaves_nothing(db: Database, tmp_path: Path) -> None:
    with db.owner.begin() as connection:
        connection.execute(text("ALTER TABLE onemap.bim_model ADD CHECK (title = '')"))
    with pytest.raises(Exception, match="bim_model"):
        load(db, tmp_path)
    assert rows(db, "source_key") == []
    with db.reader.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM onemap.bim_mesh")).scalar_one() == 0
        assert models(connection, seen()) == []


def test_a_model_is_laid_over_a_footprint_of_the_map(db: Database, tmp_path: Path) -> None:
    # The house is 4 m by 5.3 m with its door; the footprint is a quarter turned, to the east of it.
    corners = [(0.0, 0.0), (-5.3, 0.0), (-5.3, 4.0), (0.0, 4.0), (0.0, 0.0)]
    plane = LocalPlane(121.52, 31.23)
    outline = MultiPolygon([Polygon(plane.lonlat(np.array(corners)))])
    with db.owner.begin() as connection:
        fid = connection.execute(
            text("INSERT INTO onemap.buildings (name, geom) VALUES ('块', ST_GeomFromText(:wkt, 4490)) RETURNING fid"),
            {"wkt": outline.wkt},
        ).scalar_one()
    summary = load(db, tmp_path, footprint=Footprint("buildings", fid))
    assert summary.georeference["source"] == "footprint"
    ((share,),) = rows_of(
        db,
        "SELECT ST_Area(ST_Intersection(e.geom, b.geom)) / ST_Area(b.geom) FROM onemap.building_elements AS e,"
        " onemap.buildings AS b WHERE e.source_key = 'house'",
    )
    assert share > 0.99


def test_a_footprint_that_is_not_there_is_named(db: Database, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="buildings has no row 77"):
        load(db, tmp_path, footprint=Footprint("buildings", 77))
    with pytest.raises(ParameterError, match="buildings/123"):
        Footprint.parse("buildings/x")


def test_a_model_is_placed_by_control_points_and_the_residual_is_kept(db: Database, tmp_path: Path) -> None:
    plane = LocalPlane(121.52, 31.23)
    known = plane.lonlat(np.array([(0.0, 0.0), (0.0, 4.0), (-5.0, 0.0)]))
    model = [(0.0, 0.0, 0.0), (4.0, 0.0, 0.0), (0.0, 5.0, 0.0)]
    points = tuple(ControlPoint(at, *place, 7.0) for at, place in zip(model, known, strict=True))
    summary = load(db, tmp_path, place=LocateOptions(control_points=points))
    assert summary.georeference["source"] == "control_points"
    assert summary.georeference["residual_m"] < 0.001
    assert summary.georeference["placement"]["heading_deg"] == pytest.approx(90.0, abs=1e-3)


def test_every_part_has_the_grade_of_its_model(db: Database, tmp_path: Path) -> None:
    load(db, tmp_path, grade=Grade.INTERNAL)
    assert {grade for (grade,) in rows(db, "grade")} == {2}


def test_a_turned_shape_is_where_it_says(db: Database, tmp_path: Path) -> None:
    body = box_body((10.0, 4.0, 3.0))
    body.matrix[:3, :3] = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    parts = [(element, body if element.id == "wall-1" else None) for element, _ in house()]
    load(db, tmp_path, parts)
    places = rows(db, "source_key, ST_XMin(geom)::numeric(12, 8), ST_YMax(geom)::numeric(12, 8)")
    extent = {key: (west, north) for key, west, north in places}
    west, north = map(float, extent["wall-1"])
    assert (PLACE[0] - west) * 95_200 == pytest.approx(4.0, abs=0.02), "it reaches 4 m to the west"
    assert (north - PLACE[1]) * 110_880 == pytest.approx(10.0, abs=0.02), "and 10 m to the north"
