"""OpenStreetMap files from the disk into the tables."""

import bz2
import gzip
from pathlib import Path

import osmium
import pytest

from layers.errors import SourceError

HOUSE = {"building": "apartments", "building:levels": "6"}
FIRST, SECOND = "2026-08-01T00:00:00Z", "2026-09-01T00:00:00Z"


def counts(summary):
    return {layer.layer: (layer.read, layer.new, layer.changed, layer.closed) for layer in summary.layers if layer.read}


def test_a_building_a_road_and_a_point_arrive_with_their_values(loader, osm, tmp_path):
    text = osm().square(1, 0, 0, HOUSE | {"name": "浦江小区", "addr:street": "银城中路", "addr:housenumber": "501"})
    text.way(2, [(0, 5), (9, 5)], {"highway": "primary", "name": "世纪大道", "lanes": "4", "maxspeed": "60"})
    text.node(3, 3, {"amenity": "cafe", "name": "老地方"}, number=99)
    summary = loader(text.write(tmp_path / "a.osm"))
    assert counts(summary) == {"buildings": (1, 1, 0, 0), "roads": (1, 1, 0, 0), "poi": (1, 1, 0, 0)}
    house = loader.one("SELECT *, ST_AsText(geom) AS shape FROM onemap.buildings")
    assert (house.source_key, house.dataset, house.source_crs) == ("way/1", "osm", "EPSG:4326")
    assert (house.name, house.address, house.use) == ("浦江小区", "银城中路501号", "residential")
    assert (house.height_m, house.floors, house.height_source) == (18.0, 6, "floors")
    assert house.shape.startswith("MULTIPOLYGON(((121.5 31.23,")
    assert house.valid.lower.isoformat() == "2026-08-01T00:00:00+00:00"
    assert house.valid.upper is None
    road = loader.one("SELECT * FROM onemap.roads")
    assert (road.name, road.lanes, road.maxspeed_kmh, road.oneway) == ("世纪大道", 4, 60, False)
    cafe = loader.one("SELECT * FROM onemap.poi")
    assert (cafe.source_key, cafe.category, cafe.name) == ("node/99", "amenity", "老地方")


def test_a_multipolygon_relation_keeps_its_hole(loader, osm, tmp_path):
    text = osm().square(1, 0, 0, side=8).square(2, 2, 2, side=2)
    text.relation(5, [(1, "outer"), (2, "inner")], {"type": "multipolygon", "natural": "water", "name": "陆家嘴湖"})
    loader(text.write(tmp_path / "a.osm"))
    lake = loader.one(
        "SELECT source_key, name, ST_NumInteriorRings(ST_GeometryN(geom, 1)), ST_IsValid(geom) FROM onemap.water"
    )
    assert tuple(lake) == ("relation/5", "陆家嘴湖", 1, True)


def test_one_object_feeds_several_layers(loader, osm, tmp_path):
    loader(
        osm().square(1, 0, 0, {"building": "hotel", "tourism": "hotel", "name": "和平饭店"}).write(tmp_path / "a.osm")
    )
    assert loader.one("SELECT source_key, use FROM onemap.buildings") == ("way/1", "hotel")
    assert loader.one("SELECT source_key, ST_GeometryType(geom) FROM onemap.poi") == ("way/1", "ST_Point")


def test_a_building_that_its_parts_fill_is_marked(loader, osm, tmp_path):
    part = {"building:part": "yes", "height": "90", "min_height": "10"}
    text = osm().square(1, 0, 0, {"building": "yes", "height": "100"}, side=4).square(2, 9, 9, {"building": "yes"})
    text.square(3, 20, 0, {"building": "yes"}, side=4).square(7, 30, 0, {"building": "yes"}, side=4)
    text.square(8, 30, 0, part | {"height": "468"}, side=4).square(9, 31, 1, part, side=1)
    text.square(4, 0, 0, part, side=3).square(5, 1, 1, part, side=3).square(6, 21, 1, part, side=2)
    loader(text.write(tmp_path / "a.osm"))
    told = loader.rows("SELECT source_key, has_parts, height_m, height_source FROM onemap.buildings ORDER BY 1")
    assert told == [
        ("way/1", True, 100.0, "tagged"),
        ("way/2", False, 10.5, "estimated"),
        ("way/3", False, 10.5, "estimated"),
        ("way/7", True, 468.0, "tagged"),
    ], "a tower does not stand for its podium, and the highest part is as high as the building"
    assert loader.one("SELECT height_m, min_height_m FROM onemap.building_parts WHERE source_key = 'way/4'") == (90, 10)


def test_the_same_file_again_changes_nothing(loader, osm, tmp_path):
    path = osm().square(1, 0, 0, HOUSE).square(2, 5, 5, HOUSE).write(tmp_path / "a.osm")
    loader(path)
    before = loader.state()
    again = loader(path)
    assert [(layer.new, layer.changed, layer.closed, layer.hidden) for layer in again.layers] == [(0, 0, 0, 0)] * 15
    after = loader.state()
    assert after.pop("load") == before.pop("load") + 1
    # A statement that might have edited enters its transaction.
    assert after.pop("transaction_log") >= before.pop("transaction_log")
    assert after == before, "no history, and no tile edit, so that tiles keep their versions"


def test_a_changed_object_becomes_a_new_slice_of_time(loader, osm, tmp_path, layer_of):
    loader(osm(FIRST).square(1, 0, 0, HOUSE).write(tmp_path / "a.osm"))
    summary = loader(osm(SECOND).square(1, 0, 0, HOUSE | {"name": "改建"}).write(tmp_path / "b.osm"))
    assert layer_of(summary, "buildings").changed == 1
    slices = loader.rows(
        "SELECT fid, name, lower(valid)::date::text, upper(valid)::date::text FROM onemap.buildings ORDER BY 3"
    )
    assert [tuple(row)[1:] for row in slices] == [(None, "2026-08-01", "2026-09-01"), ("改建", "2026-09-01", None)]
    assert slices[0].fid == slices[1].fid


def test_a_file_of_the_same_date_corrects_the_slice(loader, osm, tmp_path, layer_of):
    loader(osm(FIRST).square(1, 0, 0, HOUSE).write(tmp_path / "a.osm"))
    summary = loader(osm(FIRST).square(1, 0, 0, HOUSE | {"name": "更正"}).write(tmp_path / "b.osm"))
    assert layer_of(summary, "buildings").changed == 1
    assert loader.one("SELECT name FROM onemap.buildings") == ("更正",)
    assert loader.one("SELECT name, upper_inf(recorded) FROM onemap.buildings_history") == (None, False)


def test_an_older_file_does_not_overwrite_what_is_newer(loader, osm, tmp_path, layer_of):
    loader(osm(SECOND).square(1, 0, 0, HOUSE | {"name": "新"}).square(2, 5, 5, HOUSE).write(tmp_path / "b.osm"))
    summary = loader(osm(FIRST, bounds=True).square(1, 0, 0, HOUSE | {"name": "旧"}).write(tmp_path / "a.osm"))
    assert (layer_of(summary, "buildings").older, layer_of(summary, "buildings").closed) == (1, 0)
    assert loader.rows("SELECT name, upper(valid) FROM onemap.buildings ORDER BY fid") == [("新", None), (None, None)]


def test_what_vanishes_inside_the_extent_is_closed_and_outside_kept(loader, osm, tmp_path, layer_of):
    corners = {(0, 0): 1, (20, 0): 2, (20, 20): 3, (0, 20): 4}
    first, second = osm(FIRST), osm(SECOND)
    for (x, y), number in corners.items():
        first.square(number, x, y, HOUSE)
        second.square(number, x, y, HOUSE)
    first.square(5, 10, 10, HOUSE).square(6, 60, 60, HOUSE)
    loader(first.write(tmp_path / "a.osm"))
    summary = loader(second.write(tmp_path / "b.osm"))
    assert layer_of(summary, "buildings").closed == 1
    ended = loader.rows("SELECT source_key, upper(valid)::date::text FROM onemap.buildings WHERE NOT upper_inf(valid)")
    assert ended == [("way/5", "2026-09-01")]


def test_the_bounds_of_the_header_are_the_extent(loader, osm, tmp_path, layer_of):
    loader(
        osm(FIRST).square(1, 0, 0, HOUSE).square(2, 50, 50, HOUSE).square(3, 200, 200, HOUSE).write(tmp_path / "a.osm")
    )
    summary = loader(osm(SECOND, bounds=True).square(1, 0, 0, HOUSE).write(tmp_path / "b.osm"))
    assert layer_of(summary, "buildings").closed == 1
    assert loader.rows("SELECT source_key FROM onemap.buildings WHERE upper_inf(valid) ORDER BY 1") == [
        ("way/1",),
        ("way/3",),
    ]


def test_a_stated_extent_overrules_the_file(loader, osm, tmp_path, layer_of):
    loader(osm(FIRST).square(1, 0, 0, HOUSE).square(2, 50, 50, HOUSE).write(tmp_path / "a.osm"))
    path = osm(SECOND).square(1, 0, 0, HOUSE).write(tmp_path / "b.osm")
    assert layer_of(loader(path, extent=(121.49, 31.22, 121.52, 31.25)), "buildings").closed == 1


def test_what_comes_back_gets_a_new_slice_of_the_same_object(loader, osm, tmp_path, layer_of):
    everywhere = {"extent": (121.4, 31.2, 121.6, 31.3)}
    whole = osm(FIRST).square(1, 0, 0, HOUSE).square(2, 5, 5, HOUSE)
    loader(whole.write(tmp_path / "a.osm"), **everywhere)
    loader(osm(SECOND).square(1, 0, 0, HOUSE).write(tmp_path / "b.osm"), **everywhere)
    back = osm("2026-10-01T00:00:00Z").square(1, 0, 0, HOUSE).square(2, 5, 5, HOUSE)
    assert layer_of(loader(back.write(tmp_path / "c.osm"), **everywhere), "buildings").new == 1
    slices = loader.rows(
        "SELECT fid, lower(valid)::date::text, upper(valid)::date::text FROM onemap.buildings"
        " WHERE source_key = 'way/2' ORDER BY 2"
    )
    assert [tuple(row)[1:] for row in slices] == [("2026-08-01", "2026-09-01"), ("2026-10-01", None)]
    assert slices[0].fid == slices[1].fid


def test_a_dataset_of_higher_precedence_hides_and_its_end_shows_again(loader, osm, tmp_path, layer_of):
    poor = osm(FIRST).square(1, 4, 4, HOUSE).square(2, 60, 60, HOUSE).write(tmp_path / "poor.osm")
    loader(poor, dataset="sample", precedence=0)
    better = osm(FIRST).square(10, 0, 0, HOUSE).square(11, 10, 0, HOUSE).square(12, 5, 12, HOUSE)
    summary = loader(better.write(tmp_path / "better.osm"))
    assert layer_of(summary, "buildings").hidden == 1
    hidden = "SELECT source_key FROM onemap.buildings WHERE hidden_by = 'osm'"
    assert loader.rows(hidden) == [("way/1",)]
    summary = loader(poor, dataset="sample", precedence=200)
    assert layer_of(summary, "buildings").hidden >= 1
    assert loader.rows(hidden) == []


def test_a_river_that_reaches_far_beyond_the_better_dataset_stays(loader, osm, tmp_path, layer_of):
    shore = [(0.0, 50.0), (900.0, 50.0), (900.0, 55.0), (0.0, 55.0), (0.0, 50.0)]
    water = {"natural": "water"}
    poor = osm(FIRST).way(1, shore, water | {"name": "黄浦江"}).square(2, 40, 40, water)
    loader(poor.write(tmp_path / "poor.osm"), dataset="sample", precedence=0)
    better = osm(FIRST, bounds=True).square(10, 20, 20, water)
    assert layer_of(loader(better.write(tmp_path / "better.osm")), "water").hidden == 1
    assert loader.rows("SELECT source_key FROM onemap.water WHERE hidden_by IS NOT NULL") == [("way/2",)]


def test_without_bounds_the_buildings_tell_how_far_the_file_reaches(loader, osm, tmp_path):
    text = osm(FIRST).way(1, [(5, 5), (900, 900)], {"highway": "primary"})
    for number, (x, y) in enumerate([(0, 0), (50, 0), (0, 50)], start=2):
        text.square(number, x, y, HOUSE)
    loader(text.write(tmp_path / "a.osm"))
    reach = loader.rows("SELECT layer, ST_XMax(extent) FROM onemap.coverage ORDER BY 1")
    assert reach == [("buildings", pytest.approx(121.5052)), ("roads", pytest.approx(121.5052))]


def test_a_metro_station_is_one_however_often_its_trains_stop(loader, osm, tmp_path):
    stop, area = {"railway": "stop", "subway": "yes"}, {"railway": "station", "station": "subway"}
    text = osm()
    for number, (x, name) in enumerate([(0, "陆家嘴"), (1, "陆家嘴"), (50, "东昌路"), (51, "东昌路")], start=900):
        text.node(x, 0, stop | {"name": name}, number=number)
    loader(text.square(1, 2, 2, area | {"name": "陆家嘴"}).write(tmp_path / "a.osm"))
    told = loader.rows("SELECT source_key, name FROM onemap.stations ORDER BY 1")
    assert told == [("node/902", "东昌路"), ("way/1", "陆家嘴")]


def test_pbf_and_packed_files_say_the_same_as_xml(loader, osm, tmp_path):
    text = osm().square(1, 0, 0, HOUSE | {"name": "东方明珠"}).square(2, 4, 4, side=6).square(3, 5, 5, side=1)
    text.relation(9, [(2, "outer"), (3, "inner")], {"type": "multipolygon", "landuse": "grass"})
    xml = text.write(tmp_path / "a.osm")
    with osmium.SimpleWriter(str(tmp_path / "a.osm.pbf")) as writer:
        for item in osmium.FileProcessor(str(xml)):
            writer.add(item)
    (tmp_path / "a.osm.gz").write_bytes(gzip.compress(xml.read_bytes()))
    (tmp_path / "a.osm.bz2").write_bytes(bz2.compress(xml.read_bytes()))
    loader(xml)
    for name in ("a.osm.pbf", "a.osm.gz", "a.osm.bz2"):
        summary = loader(tmp_path / name, date=loader.one("SELECT date FROM onemap.dataset")[0])
        assert (summary.read, sum(layer.unchanged for layer in summary.layers)) == (2, 2), name


def test_ways_may_stand_before_their_nodes(loader, osm, tmp_path):
    text = osm().square(1, 0, 0, HOUSE).way(2, [(0, 5), (9, 5)], {"highway": "footway"})
    summary = loader(text.write(tmp_path / "a.osm", nodes_last=True))
    assert summary.read == 2
    assert summary.notes == ()


def test_ways_may_stand_in_any_order(loader, osm, tmp_path):
    text = osm().square(5, 0, 0, side=8).square(4, 2, 2, side=2).square(3, 20, 20, HOUSE)
    text.relation(9, [(5, "outer"), (4, "inner")], {"type": "multipolygon", "landuse": "grass"})
    assert counts(loader(text.write(tmp_path / "a.osm"))) == {"buildings": (1, 1, 0, 0), "green": (1, 1, 0, 0)}


def test_an_outline_that_crosses_itself_is_mended_and_told(loader, osm, tmp_path):
    bow_tie = [(0.0, 0.0), (4.0, 4.0), (4.0, 0.0), (0.0, 4.0), (0.0, 0.0)]
    summary = loader(osm().way(1, bow_tie, HOUSE).write(tmp_path / "a.osm"))
    assert loader.one("SELECT ST_IsValid(geom), ST_NumGeometries(geom) FROM onemap.buildings") == (True, 2)
    assert "way/1" in summary.notes[0]


def test_what_lacks_nodes_or_members_is_left_out_and_told(loader, osm, tmp_path):
    text = osm().way_of(7, [1001, 1002], {"highway": "service"}).square(1, 0, 0, HOUSE)
    text.relation(9, [(555, "outer")], {"type": "multipolygon", "natural": "water"})
    summary = loader(text.write(tmp_path / "a.osm"))
    assert summary.read == 1
    assert "way/7" in summary.notes[0]
    assert "relation/9" in summary.notes[0]


@pytest.mark.usefixtures("untouched")
def test_a_missing_file_is_named_in_the_error(loader, tmp_path):
    with pytest.raises(SourceError, match=r"nowhere\.osm: there is no such file"):
        loader(tmp_path / "nowhere.osm")


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_truncated_file_is_refused_with_the_place(loader, osm, tmp_path, keep):
    text = osm().square(1, 0, 0, HOUSE).square(2, 5, 5, HOUSE).text()
    path = tmp_path / "cut.osm"
    path.write_text(text[: int(len(text) * keep)], encoding="utf-8")
    with pytest.raises(SourceError, match=r"cut\.osm: this is not a complete OpenStreetMap file .*line \d+"):
        loader(path)


@pytest.mark.usefixtures("untouched")
def test_a_truncated_pbf_is_refused(loader, osm, tmp_path):
    xml = osm().square(1, 0, 0, HOUSE).write(tmp_path / "a.osm")
    whole = tmp_path / "whole.osm.pbf"
    with osmium.SimpleWriter(str(whole)) as writer:
        for item in osmium.FileProcessor(str(xml)):
            writer.add(item)
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(whole.read_bytes()[:-20])
    with pytest.raises(SourceError, match=r"cut\.osm\.pbf: this is not a complete OpenStreetMap file"):
        loader(cut)


@pytest.mark.usefixtures("untouched")
def test_a_file_of_an_unknown_kind_is_refused_with_the_known_ones(loader, tmp_path):
    path = tmp_path / "plan.dwg"
    path.write_bytes(b"AC1032")
    with pytest.raises(SourceError, match=r"unknown format; .*\.geojson.*\.osm\.pbf"):
        loader(path)


def test_the_load_is_recorded_with_checksum_principal_and_summary(loader, osm, tmp_path):
    path = osm().square(1, 0, 0, HOUSE).write(tmp_path / "a.osm")
    loader(path, principal="张三")
    row = loader.one("SELECT * FROM onemap.load")
    assert (row.dataset, row.path, row.principal) == ("osm", str(path), "张三")
    assert len(row.sha256) == 64
    assert row.finished > row.started
    assert {layer["layer"]: layer["new"] for layer in row.summary["layers"]}["buildings"] == 1


def test_the_real_lujiazui_file_counts_right(loader, shared_data: Path):
    path = shared_data / "osm" / "lujiazui_20260815.osm"
    read = {layer.layer: layer.new for layer in loader(path).layers}
    assert (read["buildings"], read["building_parts"], read["roads"]) == (603, 137, 1500)
    tower = loader.one(
        "SELECT name, name_en, height_m, floors, height_source,"
        " ST_Distance(ST_Centroid(geom)::geography, ST_SetSRID(ST_Point(121.5013, 31.2356), 4490)::geography) AS off"
        " FROM onemap.buildings WHERE name LIKE '上海中心%'"
    )
    assert tuple(tower)[:5] == ("上海中心大厦", "Shanghai Tower", 632.0, 128, "tagged")
    assert tower.off < 30
    again = loader(path)
    assert sum(layer.new + layer.changed + layer.closed for layer in again.layers) == 0
