"""``twin load``, ``twin status`` and ``twin jobs``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely

from layers.space.gcj02_bd09 import LonLat, to_gcj02
from layers.space.plane import LocalPlane
from layers.store.engine import Database

OSM = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6"><meta osm_base="2026-08-01T00:00:00Z"/>
<node id="1" lat="31.23" lon="121.50"/><node id="2" lat="31.23" lon="121.51"/><node id="3" lat="31.24" lon="121.51"/>
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/>
<tag k="building" v="yes"/><tag k="name" v="上海中心大厦"/><tag k="height" v="632"/></way></osm>"""
Twin = Callable[..., tuple[int, str, str]]


@pytest.fixture
def twin(db: Database, at_database: Callable[[Database], Twin]) -> Twin:
    """Return a way to run the command line on a database of the test's own: exit status, output, complaints."""
    return at_database(db)


@pytest.fixture
def city(tmp_path: Path) -> str:
    path = tmp_path / "city.osm"
    path.write_text(OSM, encoding="utf-8")
    return str(path)


def test_a_load_prints_a_summary_of_each_layer(twin, city):
    status, out, _ = twin("load", city)
    assert status == 0
    assert "buildings" in out
    assert "osm, as of 2026-08-01" in out


def test_the_summary_is_json_on_request_and_the_second_load_is_empty(twin, city):
    first = json.loads(twin("load", city, "--json")[1])
    second = json.loads(twin("load", city, "--json")[1])
    counts = [{layer["layer"]: layer for layer in run["layers"]}["buildings"] for run in (first, second)]
    assert [(count["new"], count["changed"], count["unchanged"]) for count in counts] == [(1, 0, 0), (0, 0, 1)]


def test_a_load_tells_who_gives_codes_and_gives_them_at_once_on_request(twin, city, tmp_path):
    asked = json.loads(twin("load", city, "--json")[1])
    assert json.loads(twin("jobs", "show", str(asked["codes_job"]), "--json")[1])["kind"] == "codes"
    assert any("codes for new objects" in note for note in asked["notes"])
    other = tmp_path / "other.osm"
    other.write_text(OSM.replace('<way id="1">', '<way id="2">').replace("08-01", "08-02"), encoding="utf-8")
    status, out, _ = twin("load", str(other), "--codes")
    assert (status, "codes (统一编码): 0 given" in out, "lie in no known division" in out) == (0, True, True)


def test_status_tells_what_there_is_beside_layers(twin, city):
    twin("load", city)
    database_stats = {"rasters": 0, "quarantined": 0, "codes": 0, "retired_codes": 0, "open_matches": 0}
    told = json.loads(twin("status", "--json")[1])
    assert (told["database_stats"], told["jobs"]) == (database_stats, {"queued": 1, "running": 0})
    shown = twin("status")[1]
    for line in ("rasters (栅格): 0", "0 rows wait", "codes (统一编码): 0 in force", "0 proposals are open", "1 wait"):
        assert line in shown


def test_status_tells_layers_counts_and_datasets(twin, city):
    twin("load", city)
    status, out, _ = twin("status", "--json")
    told = json.loads(out)
    layers = {layer["id"]: layer for layer in told["layers"]}
    assert status == 0
    assert (layers["buildings"]["total"], layers["buildings"]["current"], layers["buildings"]["hidden"]) == (1, 1, 0)
    assert [(one["id"], one["date"]) for one in told["datasets"]] == [("osm", "2026-08-01T00:00:00Z")]
    assert told["cluster"]["state"] == "running"
    assert told["database"]["bytes"] > 1_000_000
    assert "建筑" in twin("status")[1]


def test_status_without_a_cluster_starts_none(twin, monkeypatch, tmp_path):
    monkeypatch.delenv("TWIN_DATABASE_URL")
    told = json.loads(twin("status", "--json")[1])
    assert told["cluster"] == {"kind": "private", "state": "absent", "home": str(tmp_path)}
    assert not (tmp_path / "pgdata").exists()


def test_a_load_in_the_background_waits_for_the_worker(twin, city):
    number = json.loads(twin("load", city, "--background", "--json")[1])["job"]
    assert json.loads(twin("jobs", "show", str(number), "--json")[1])["state"] == "queued"
    assert twin("worker", "--until-empty")[0] == 0
    assert json.loads(twin("jobs", "list", "--json")[1])[0]["state"] == "done"
    assert "load city.osm" in twin("jobs")[1]
    status, _, err = twin("jobs", "cancel", str(number))
    assert (status, err.strip()) == (1, f"twin: job {number} is done already, so it cannot be cancelled")


def houses(path: Path, move: Callable[[LonLat], LonLat]) -> str:
    """Write forty houses in two rows, all of them different."""
    features = []
    for number in range(40):
        west, south = 121.50 + (number * 37 % 40) * 0.0007, 31.22 + (number * 23 % 40) * 0.0006
        ring = shapely.box(west, south, west + 0.0002 + number * 4e-6, south + 0.0002)
        moved = shapely.transform(ring, move)
        geometry = {"type": "Polygon", "coordinates": [[list(place) for place in moved.exterior.coords]]}
        features.append({"type": "Feature", "properties": {"id": number}, "geometry": geometry})
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return str(path)


def test_a_shifted_file_is_refused_in_one_sentence_and_loads_by_its_name(twin, tmp_path):
    assert twin("load", houses(tmp_path / "true.geojson", lambda at: at), "--layer", "buildings")[0] == 0
    shifted = houses(tmp_path / "shifted.geojson", to_gcj02)
    status, out, err = twin("load", shifted, "--layer", "buildings")
    assert (status, out, len(err.strip().split("\n"))) == (1, "", 1)
    assert err.strip().startswith("twin: ")
    assert "shifted.geojson: its coordinates are GCJ-02, not OGC:CRS84: of " in err
    assert "load it with --crs GCJ-02 (or --crs auto)" in err
    status, out, err = twin("load", shifted, "--layer", "buildings", "--crs", "auto")
    assert status == 0
    assert "brought from GCJ-02 to the map, to 2 m" in out
    assert "note: coordinates are GCJ-02 and were converted" in err
    again = ("load", houses(tmp_path / "again.geojson", lambda at: at), "--layer", "buildings", "--crs", "火星坐标")
    status, _, err = twin(*again)
    assert status == 1
    assert "converting them from GCJ-02 would shift them a second time" in err
    assert twin(*again, "--trust-crs")[0] == 0


def test_a_shifted_file_fails_as_a_job_too(twin, tmp_path):
    twin("load", houses(tmp_path / "true.geojson", lambda at: at), "--layer", "buildings")
    shifted = houses(tmp_path / "shifted.geojson", to_gcj02)
    job = json.loads(twin("load", shifted, "--layer", "buildings", "--background", "--json")[1])["job"]
    twin("worker", "--until-empty")
    told = json.loads(twin("jobs", "show", str(job), "--json")[1])
    assert told["state"] == "failed"
    assert "--crs GCJ-02" in told["message"]


def test_a_local_grid_is_named_by_a_setting_and_known_to_the_worker(twin, tmp_path, monkeypatch):
    pipeline = "+proj=pipeline +step +inv +proj=tmerc +lat_0=31.22 +lon_0=121.5 +ellps=GRS80"
    grids = [{"name": "shanghai2000", "pipeline": pipeline, "accuracy_m": 0.05}]
    plane = LocalPlane(121.5, 31.22)
    path = houses(tmp_path / "plan.geojson", plane.xy)
    assert "'shanghai2000' names no coordinate reference system" in twin("load", path, "--crs", "shanghai2000")[2]
    monkeypatch.setenv("TWIN_LOCAL_GRIDS", json.dumps(grids))
    summary = json.loads(twin("load", path, "--crs", "shanghai2000", "--json")[1])
    assert (summary["source_crs"], summary["accuracy_m"]) == ("shanghai2000", 0.05)
    twin("load", path, "--crs", "shanghai2000", "--dataset", "b", "--background")
    assert twin("worker", "--until-empty")[0] == 0
    assert json.loads(twin("jobs", "list", "--json")[1])[0]["result"]["source_crs"] == "shanghai2000"
    monkeypatch.setenv("TWIN_LOCAL_GRIDS", '[{"name": "gcj02", "pipeline": "+proj=noop"}]')
    assert "TWIN_LOCAL_GRIDS_0: Value error, 'gcj02' cannot be the name of a local grid" in twin("load", path)[2]


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["load", "nowhere.osm"], 1, "twin: nowhere.osm: there is no such file"),
        (["load", "{city}", "--date", "2026-13-01"], 2, "twin: date: '2026-13-01T00:00:00Z' names no instant"),
        (["load", "{city}", "--extent", "1,2,3,4,5"], 2, "twin: extent: '1,2,3,4,5' is not four numbers"),
        (["load", "{city}", "--extent", "122,31,121,32"], 2, "twin: extent: '122,31,121,32' is not a rectangle"),
        (["load", "{city}", "--layer", "lamps"], 1, "OpenStreetMap files have no layer 'lamps'"),
        (
            ["load", "{city}", "--crs", "auto", "--trust-crs"],
            2,
            "twin: crs: it cannot be both detected (auto) and trusted",
        ),
        (["jobs", "show", "99"], 1, "twin: there is no job 99"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(twin, city, words, status, sentence):
    ended, out, err = twin(*(word.format(city=city) for word in words))
    assert ended == status
    assert sentence in err
    assert len(err.strip().split("\n")) == 1
    assert out == ""


def test_a_dry_run_shows_columns_and_writes_nothing(twin: Twin, tmp_path: Path) -> None:
    (tmp_path / "halls.csv").write_text("mc,floors,lon,lat\n东方明珠,3,121.5,31.2\n", encoding="gb18030")
    words = ("load", "halls.csv", "--map", "mc=name", "--dry-run")
    status, printed, told = twin(*words)
    assert status == 0
    for shown in ("halls, a new layer: 1 × Point", "mc", "东方明珠", "integer", "OGC:CRS84; nothing was written"):
        assert shown in printed
    assert "detected as gb18030" in told.replace("\n", " ")
    preview = json.loads(twin(*words, "--json")[1])
    assert [column["column"] for column in preview["layers"][0]["columns"]] == ["name", "floors"]
    status, printed, told = twin("load", "halls.csv", "--map", "nmae=name")
    assert (status, "has no column 'nmae'; it has mc, floors, lon, lat" in told.replace("\n", " ")) == (2, True)
    status, printed, told = twin("load", "halls.csv", "--map", "name")
    assert "'name' is not old=new" in told.replace("\n", " ")
    assert json.loads(twin("load", "halls.csv", "--encoding", "gbk", "--json")[1])["layers"][0]["new"] == 1


def test_a_load_says_once_where_its_coordinates_came_from(twin, city):
    _, out, err = twin("load", city)
    assert out.count("brought from EPSG:4326") == 1
    notes = [line for line in err.splitlines() if line.startswith("note: ")]
    assert len(notes) == len(set(notes))


def test_a_missing_file_is_refused_before_it_becomes_a_job(twin):
    status, _, err = twin("load", "nowhere.geojson", "--background")
    assert status == 1
    assert "nowhere.geojson: there is no such file" in err
    assert json.loads(twin("jobs", "list", "--json")[1]) == []
