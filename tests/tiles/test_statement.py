import math
from typing import Any

import mapbox_vector_tile
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from layers.access.decision import decide
from layers.access.principals import ANONYMOUS
from layers.catalog import built_in
from layers.temporal import now, parse_when
from tiles.address import Address
from tiles.statement import tile_statement

LAYERS = built_in()
LUJIAZUI = Address(14, 13721, 6694)


def run(
    connection: Connection, layer_id: str, address: Address, most: int = 1000, when: Any = None
) -> tuple[int, dict[str, Any], int]:
    layer, when = LAYERS.get(layer_id), when or now()
    decision = decide(ANONYMOUS, "read", layer)
    statement = tile_statement(layer, address.z, when, decision)
    values = statement.bind(address, when, decision, most)
    version, body, found = connection.connection.driver_connection.execute(statement.sql, values).fetchone()
    return version, mapbox_vector_tile.decode(bytes(body)) if body else {}, found


def insert_tower(connection: Connection, lon: float, lat: float, **values: Any) -> None:
    row = {"name": "楼", "height": 10.0, "grade": 0} | values
    statement = """INSERT INTO onemap.buildings (name, height_m, floors, grade, geom)
        VALUES (:name, :height, 3, :grade,
            ST_Multi(ST_Buffer(ST_SetSRID(ST_Point(:lon, :lat), 4490), 2e-4, 'quad_segs=1')))"""
    connection.execute(text(statement), row | {"lon": lon, "lat": lat})


def test_a_tile_carries_names_numbers_and_the_feature_id(tx: Connection) -> None:
    insert_tower(tx, 121.5013, 31.2356, name="上海中心大厦", height=632.0)
    _, tile, found = run(tx, "buildings", LUJIAZUI)
    (feature,) = tile["buildings"]["features"]
    assert found == 1
    assert feature["properties"]["name"] == "上海中心大厦"
    assert feature["properties"]["height_m"] == 632
    assert feature["id"] > 0


def test_attributes_come_with_their_zoom(tx: Connection) -> None:
    insert_tower(tx, 121.5013, 31.2356)
    far = run(tx, "buildings", Address(13, 13721 >> 1, 6694 >> 1))[1]["buildings"]["features"][0]["properties"]
    near = run(tx, "buildings", LUJIAZUI)[1]["buildings"]["features"][0]["properties"]
    assert "floors" not in far
    assert near["floors"] == 3


def test_small_streets_wait_for_a_near_zoom(tx: Connection) -> None:
    line = "SRID=4490;MULTILINESTRING((121.50 31.23, 121.51 31.24))"
    insert = f"INSERT INTO onemap.roads (name, class, geom) VALUES (:name, :class, '{line}')"
    for name, kind in (("延安高架路", "motorway"), ("弄堂", "footway")):
        tx.execute(text(insert), {"name": name, "class": kind})
    far = run(tx, "roads", Address(8, 13721 >> 6, 6694 >> 6))[1]["roads"]["features"]
    near = run(tx, "roads", LUJIAZUI)[1]["roads"]["features"]
    assert [feature["properties"]["name"] for feature in far] == ["延安高架路"]
    assert len(near) == 2


def test_when_a_tile_is_full_the_tallest_stay_and_the_cut_shows(tx: Connection) -> None:
    for height in (10.0, 300.0, 20.0, 200.0):
        insert_tower(tx, 121.5013, 31.2356, height=height)
    _, tile, found = run(tx, "buildings", LUJIAZUI, most=1)
    assert found > 1
    assert [feature["properties"]["height_m"] for feature in tile["buildings"]["features"]] == [300, 200]


def test_rows_graded_above_the_principal_are_not_in_the_tile(tx: Connection) -> None:
    insert_tower(tx, 121.5013, 31.2356, name="内部", grade=2)
    assert run(tx, "buildings", LUJIAZUI)[1] == {}


def test_a_tile_of_the_past_shows_what_was_believed_then(tx: Connection) -> None:
    insert_tower(tx, 121.5013, 31.2356, name="旧名")
    then = tx.execute(text("SELECT clock_timestamp()")).scalar_one()
    tx.execute(text("UPDATE onemap.buildings SET name = '新名'"))
    past = run(tx, "buildings", LUJIAZUI, when=now().believed(then))[1]
    assert past["buildings"]["features"][0]["properties"]["name"] == "旧名"
    assert run(tx, "buildings", LUJIAZUI)[1]["buildings"]["features"][0]["properties"]["name"] == "新名"


def test_a_tile_shows_what_was_valid_at_the_time_asked_for(tx: Connection) -> None:
    insert_tower(tx, 121.5013, 31.2356, name="老楼")
    tx.execute(text("UPDATE onemap.buildings SET valid = '[2001-01-01Z, 2010-01-01Z)'"))
    assert run(tx, "buildings", LUJIAZUI)[1] == {}
    assert run(tx, "buildings", LUJIAZUI, when=parse_when("2005-01-01T00:00:00Z"))[2] == 1
    assert run(tx, "buildings", LUJIAZUI, when=parse_when("2010-01-01T00:00:00Z"))[2] == 0


@pytest.mark.parametrize("zoom", [4, 8, 12, 14, 16, 20])
def test_an_edit_changes_the_version_of_its_tile_and_not_of_a_far_one(tx: Connection, zoom: int) -> None:
    here, far = tile_of(121.5013, 31.2356, zoom), tile_of(-100.0, -40.0, zoom)
    before = version(tx, here), version(tx, far)
    insert_tower(tx, 121.5013, 31.2356)
    assert version(tx, here) > before[0]
    assert version(tx, far) == before[1]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.floats(121.2, 121.9),
    st.floats(30.8, 31.5),
    st.integers(3, 19),
    st.sampled_from([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]),
)
def test_whatever_a_tile_or_its_margin_shows_is_in_its_version(
    tx: Connection, lon: float, lat: float, zoom: int, neighbour: tuple[int, int]
) -> None:
    """A feature near an edge is drawn in the neighbour's margin too, whose version has to change with it."""
    centre = tile_of(lon, lat, zoom)
    tile = Address(zoom, centre.x + neighbour[0], centre.y + neighbour[1])
    before = version(tx, tile)
    insert_tower(tx, lon, lat)
    boxed = """SELECT count(*) FROM onemap.buildings
        WHERE geom_3857 && ST_Expand(ST_TileEnvelope(:z, :x, :y), :margin)
          AND fid = (SELECT max(fid) FROM onemap.buildings)"""
    values = {"z": tile.z, "x": tile.x, "y": tile.y, "margin": tile.width * 64 / 4096}
    if tx.execute(text(boxed), values).scalar_one():
        assert version(tx, tile) > before


def test_many_cells_become_one_edit_that_every_tile_sees(tx: Connection) -> None:
    tile = tile_of(121.5, 31.2, 14)
    before = version(tx, tile, "boundaries")
    tx.execute(
        text(
            "INSERT INTO onemap.boundaries (name, geom) VALUES ('大',ST_Multi(ST_MakeEnvelope(110, 20, 125, 35, 4490)))"
        )
    )
    assert version(tx, tile, "boundaries") > before
    assert (
        tx.execute(text("SELECT count(*) FROM onemap.tile_edit WHERE layer = 'boundaries' AND x = -1")).scalar_one()
        == 1
    )


def test_compaction_keeps_every_version(tx: Connection) -> None:
    tile = tile_of(121.5013, 31.2356, 14)
    for _ in range(5):
        insert_tower(tx, 121.5013, 31.2356)
    before = version(tx, tile)
    tx.execute(text("SELECT onemap.compact_versions()"))
    assert version(tx, tile) == before
    per_cell = "SELECT max(c) FROM (SELECT count(*) AS c FROM onemap.tile_edit GROUP BY layer, x, y) AS cells"
    assert tx.execute(text(per_cell)).scalar_one() == 1


def test_a_row_that_begins_or_ends_to_be_valid_changes_the_version_by_itself(tx: Connection) -> None:
    insert_tower(tx, 121.5013, 31.2356)
    tx.execute(text("UPDATE onemap.buildings SET valid = tstzrange(lower(valid), '2090-01-01Z')"))
    at = "SELECT onemap.tile_version('buildings', 14, 13721, 6694, :at)"
    before = tx.execute(text(at), {"at": "2089-12-31T23:59:59Z"}).scalar_one()
    assert tx.execute(text(at), {"at": "2090-01-01T00:00:00Z"}).scalar_one() > before


def test_the_tile_query_uses_the_spatial_index(tx: Connection) -> None:
    tx.execute(text("SET LOCAL enable_seqscan = off"))
    layer = LAYERS.get("buildings")
    decision = decide(ANONYMOUS, "read", layer)
    statement = tile_statement(layer, 14, now(), decision)
    values = statement.bind(LUJIAZUI, now(), decision, 100)
    plan = tx.connection.driver_connection.execute("EXPLAIN " + statement.sql, values).fetchall()
    assert "buildings_geom_3857" in str(plan)


def version(connection: Connection, tile: Address, layer: str = "buildings") -> int:
    statement = text("SELECT onemap.tile_version(:layer, :z, :x, :y, clock_timestamp())")
    number: int = connection.execute(statement, {"layer": layer, "z": tile.z, "x": tile.x, "y": tile.y}).scalar_one()
    return number


def tile_of(lon: float, lat: float, zoom: int) -> Address:
    """Return the tile of a place, by the formula of the slippy map."""
    side = 1 << zoom
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side
    return Address(zoom, int((lon + 180) / 360 * side), int(y))


def test_the_same_rows_make_the_same_bytes_in_whatever_order_they_are_kept(tx: Connection) -> None:
    for name in ("甲路", "乙路", "丙路"):
        line = "SRID=4490;MULTILINESTRING((121.50 31.23, 121.51 31.24))"
        tx.execute(
            text(f"INSERT INTO onemap.roads (name, class, geom) VALUES (:name, 'primary', '{line}')"), {"name": name}
        )
    before = run(tx, "roads", LUJIAZUI)[1]
    tx.execute(text("UPDATE onemap.roads SET ref = 'x' WHERE name = '甲路'"))
    tx.execute(text("UPDATE onemap.roads SET ref = NULL WHERE name = '甲路'"))
    assert run(tx, "roads", LUJIAZUI)[1] == before
