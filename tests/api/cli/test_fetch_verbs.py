"""OpenStreetMap by place, from the question to the map."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from stand_in import Answer, standing_in

from layers.store.engine import Database

MADE_UP = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6" generator="Overpass API"><note>made up</note><meta osm_base="2026-08-01T00:00:00Z"/>
 <node id="1" lat="31.2301" lon="121.5001"/><node id="2" lat="31.2301" lon="121.5005"/>
 <node id="3" lat="31.2305" lon="121.5005"/><node id="4" lat="31.2305" lon="121.5001"/>
 <node id="5" lat="31.2308" lon="121.5008"><tag k="amenity" v="cafe"/><tag k="name" v="试验咖啡"/></node>
 <way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
  <tag k="building" v="office"/><tag k="name" v="试验大厦"/><tag k="height" v="88"/></way>
</osm>
"""
BOUNDARY = """
INSERT INTO onemap.boundaries (name, name_en, admin_level, dataset, geom) VALUES ('试验街道', 'Test Subdistrict', 8, 'test',
 'SRID=4490;MULTIPOLYGON(((121.499 31.229, 121.503 31.229, 121.503 31.232, 121.499 31.232, 121.498 31.230, 121.499 31.229)))')
"""  # noqa: E501


def test_a_place_is_loaded_by_its_name(
    at_database, db: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with db.owner.begin() as connection:
        connection.execute(text(BOUNDARY))
    run = at_database(db)
    with standing_in() as server:
        server.answers["/api"] = [Answer(status=429, headers={"Retry-After": "0"}), Answer(MADE_UP.encode())]
        monkeypatch.setenv("TWIN_OVERPASS_URL", f"{server.url}/api")
        status, printed, said = run("load", "osm:试验街道", "--json")
        assert status == 0, said
        assert len(server.asked) == 2
        assert "poly:" in server.asked[1].fields["data"][0]
    loaded = {one["layer"]: one["new"] for one in json.loads(printed)["layers"] if one["new"]}
    assert loaded == {"buildings": 1, "poi": 1}
    kept = [path.name for path in sorted((tmp_path / "downloads").iterdir())]
    assert [name.split("-2")[0] for name in kept] == ["osm-试验街道"] * 2
    with db.owner.connect() as connection:
        assert connection.execute(text("SELECT height_m FROM onemap.buildings")).scalar_one() == 88


def test_a_place_that_nobody_knows_is_told(at_database, db: Database) -> None:
    status, _, said = at_database(db)("fetch", "osm", "无此街道")
    assert status != 0
    assert "no name server is configured" in " ".join(said.split())


def test_a_name_server_is_asked_where_one_is_set(at_database, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    run = at_database(db)
    shape = {"type": "Polygon", "coordinates": [[[121.5, 31.2], [121.51, 31.2], [121.5, 31.21], [121.5, 31.2]]]}
    with standing_in() as server:
        server.answers["/search"] = [Answer(json.dumps([{"geojson": shape}]).encode())]
        server.answers["/api"] = [Answer(MADE_UP.encode())]
        monkeypatch.setenv("TWIN_OVERPASS_URL", f"{server.url}/api")
        monkeypatch.setenv("TWIN_NOMINATIM_URL", server.url)
        status, printed, said = run("fetch", "osm", "远方")
        assert status == 0, said
        assert Path(printed.strip()).read_text() == MADE_UP
        assert "polygon_geojson=1" in server.asked[0].path
