"""``twin load``, ``twin status`` and ``twin jobs``."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli import main
from layers.store.engine import Database

OSM = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6"><meta osm_base="2026-08-01T00:00:00Z"/>
<node id="1" lat="31.23" lon="121.50"/><node id="2" lat="31.23" lon="121.51"/><node id="3" lat="31.24" lon="121.51"/>
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/>
<tag k="building" v="yes"/><tag k="name" v="上海中心大厦"/><tag k="height" v="632"/></way></osm>"""
Twin = Callable[..., tuple[int, str, str]]


@pytest.fixture
def twin(db: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Twin:
    """Return a way to run the command line on a database of the test's own: exit status, output, complaints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TWIN_DATABASE_URL", db.urls.owner)
    monkeypatch.setenv("TWIN_HOME", str(tmp_path))

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["twin", *words])
        status = 0
        try:
            main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


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


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["load", "nowhere.osm"], 1, "twin: nowhere.osm: there is no such file"),
        (["load", "{city}", "--date", "2026-13-01"], 2, "twin: date: '2026-13-01T00:00:00Z' names no instant"),
        (["load", "{city}", "--extent", "1,2,3,4,5"], 2, "twin: extent: '1,2,3,4,5' is not four numbers"),
        (["load", "{city}", "--extent", "122,31,121,32"], 2, "twin: extent: '122,31,121,32' is no rectangle"),
        (["load", "{city}", "--layer", "lamps"], 1, "OpenStreetMap files have no layer 'lamps'"),
        (["jobs", "show", "99"], 1, "twin: there is no job 99"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(twin, city, words, status, sentence):
    ended, out, err = twin(*(word.format(city=city) for word in words))
    assert ended == status
    assert sentence in err
    assert len(err.strip().split("\n")) == 1
    assert out == ""
