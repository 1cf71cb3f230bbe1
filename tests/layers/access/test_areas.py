"""People of the release before areas, what lies inside one, and shapes that can be none."""

from collections.abc import Callable
from typing import Any

import pytest
import shapely
from alembic import command
from sqlalchemy import Connection, func, null, select, text
from streets import NORTH, add_streets

from api.schemas import all_schemas
from layers.access.areas import MOST_POINTS, area_of_division, area_of_geojson, require_inside, touches
from layers.access.principals import Area, from_row, token_hash
from layers.catalog import built_in
from layers.errors import Forbidden, ParameterError
from layers.store.engine import Database
from layers.store.migration import alembic_config, migrate

SQUARE = Area("方块", shapely.to_wkb(shapely.box(121.5, 31.2, 121.51, 31.21)))
WHO = text("SELECT * FROM onemap.principal_of(:hash)")


def at(lon: float, lat: float) -> Any:
    return func.ST_SetSRID(func.ST_Point(lon, lat), 4490)


def test_people_of_the_release_before_keep_their_tokens_and_are_bound_to_nothing(db: Database) -> None:
    with db.owner.begin() as connection:
        command.downgrade(alembic_config(connection, all_schemas()), "layers@0007")
        connection.execute(
            text(
                "INSERT INTO onemap.principal (name, token_sha256, roles, clearance) VALUES ('甲', :hash, '{duty}', 2)"
            ),
            {"hash": token_hash("old")},
        )
    migrate(db, built_in(), all_schemas())
    with db.reader.connect() as connection:
        row = connection.execute(WHO, {"hash": token_hash("old")}).one()
    known = from_row(row)
    assert (known.name, known.roles, known.clearance) == ("甲", {"duty"}, 2)
    assert (known.departments, known.area, row.lasts_s) == (frozenset(), None, None)


@pytest.mark.parametrize(
    ("lon", "lat", "inside"), [(121.505, 31.205, True), (121.51, 31.205, True), (121.52, 31.205, False)]
)
def test_what_touches_an_area_is_inside(tx: Connection, lon: float, lat: float, inside: bool) -> None:
    assert tx.execute(select(touches(SQUARE, at(lon, lat)))).scalar_one() is inside
    assert tx.execute(select(touches(None, at(lon, lat)))).scalar_one() is True


def test_nothing_is_nowhere_inside(tx: Connection) -> None:
    assert tx.execute(select(touches(SQUARE, null()))).scalar_one() is False


def test_a_thing_of_several_places_is_where_one_of_them_is(tx: Connection) -> None:
    near, far = select(at(121.505, 31.205).label("geom")), select(at(121.6, 31.2).label("geom"))
    require_inside(tx, SQUARE, "the thing", near.union_all(far))
    require_inside(tx, None, "the thing", far)
    with pytest.raises(Forbidden, match="the thing lies outside area 方块, to which you are bound"):
        require_inside(tx, SQUARE, "the thing", far)
    with pytest.raises(Forbidden, match="the thing has no place on the map"):
        require_inside(tx, SQUARE, "the thing", select(func.ST_GeomFromText(null()).label("geom")))


def test_an_area_keeps_its_shape_when_the_boundary_is_drawn_anew(db: Database) -> None:
    add_streets(db)
    with db.owner.begin() as connection:
        before = area_of_division(connection, built_in(), NORTH)
        connection.execute(text("UPDATE onemap.boundaries SET geom = ST_Translate(geom, 1, 0)"))
        assert area_of_division(connection, built_in(), NORTH) != before
    assert shapely.from_wkb(before.wkb).bounds == (121.49, 31.2221, 121.53, 31.25)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("no", "this is not GeoJSON"),
        ({"type": "Point", "coordinates": [121.5, 31.2]}, "there is no polygon in it"),
        ({"type": "LineString", "coordinates": [[13525000, 3660000], [13526000, 3660000]]}, "are not degrees"),
        ({"type": "FeatureCollection", "features": []}, "are not degrees"),
    ],
)
def test_what_is_no_area_is_said(document: Any, sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        area_of_geojson("x", document)


def test_a_shape_of_too_many_points_is_to_be_simplified() -> None:
    ring = shapely.Point(121.5, 31.2).buffer(0.1, quad_segs=MOST_POINTS // 4 + 1)
    with pytest.raises(ParameterError, match=f"more than {MOST_POINTS} points; simplify it"):
        area_of_geojson("x", ring.__geo_interface__)


def test_overlapping_and_crossing_polygons_become_one_valid_shape() -> None:
    bow: Callable[[float], Any] = lambda west: {  # noqa: E731
        "type": "Polygon",
        "coordinates": [[[west, 31.2], [west + 0.1, 31.3], [west + 0.1, 31.2], [west, 31.3], [west, 31.2]]],
    }
    area = area_of_geojson("x", {"type": "GeometryCollection", "geometries": [bow(121.5), bow(121.52)]})
    shape = shapely.from_wkb(area.wkb)
    assert (shape.is_valid, shape.geom_type) == (True, "MultiPolygon")
