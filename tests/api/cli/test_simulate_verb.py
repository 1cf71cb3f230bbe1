"""``twin simulate sensors``, on a real database."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from database_server import Server
from sqlalchemy import text

from layers.ops.process import wait_until
from layers.store.engine import Database

Twin = Callable[..., tuple[int, str, str]]
PERIOD = ("--from", "2026-03-02T00:00:00+08:00", "--to", "2026-03-02T03:00:00+08:00", "--every", "PT10M")
STREAMS, INSTANTS = 211, 19
REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def standing(server: Server, template: str) -> Iterator[Database]:
    with server.copy_of(template) as database:
        yield database


@pytest.fixture
def twin(standing: Database, at_database: Callable[[Database], Twin]) -> Twin:
    return partial(at_database(standing), "simulate", "sensors")


def rows(database: Database, statement: str) -> list:
    with database.reader.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_without_sensors_the_way_to_them_is_told(db: Database, at_database: Callable[[Database], Twin]) -> None:
    status, _, complaint = at_database(db)("simulate", "sensors", *PERIOD)
    assert status != 0
    assert "--put-up" in complaint


def test_a_past_period_is_filled_and_kept_once(twin: Twin, standing: Database) -> None:
    status, out, complaint = twin(*PERIOD, "--put-up", "--json")
    assert status == 0, complaint
    new = json.loads(out)["new"]
    kept = rows(standing, "SELECT count(*), count(DISTINCT datastream), max(time) - min(time) FROM onemap.observation")
    assert kept == [(new, STREAMS, timedelta(hours=3))]
    assert 0.95 * STREAMS * INSTANTS < new <= STREAMS * INSTANTS
    again = json.loads(twin(*PERIOD, "--put-up", "--json")[1])
    assert (again["new"], again["known"]) == (0, new)
    assert rows(standing, "SELECT count(*) FROM onemap.things") == [(101,)]


def test_a_storm_is_louder_than_a_calm(twin: Twin, standing: Database) -> None:
    period = ("--from", "2026-04-02T00:00:00Z", "--to", "2026-04-02T01:00:00Z", "--every", "PT20M", "--faults", "0")
    only = ("--category", "wind_mast", "--category", "rain_gauge")
    fastest = (
        "SELECT max(o.result) FROM onemap.observation AS o JOIN onemap.datastreams AS d ON d.fid = o.datastream"
        " WHERE d.name = '阵风' AND o.time >= '{}'"
    )
    status, _, complaint = twin(*period, *only)
    assert status == 0, complaint
    calm = rows(standing, fastest.format("2026-04-02T00:00:00Z"))[0][0]
    other = [word.replace("04-02", "04-12") for word in period]
    peak = ("--storm", "design", "--storm-peak", "2026-04-12T01:00:00Z")
    status, _, complaint = twin(*other, *only, *peak)
    assert status == 0, complaint
    assert rows(standing, fastest.format("2026-04-12T00:00:00Z"))[0][0] > calm + 15
    names = rows(
        standing,
        "SELECT DISTINCT t.category FROM onemap.observation AS o JOIN onemap.datastreams AS d ON d.fid = o.datastream"
        " JOIN onemap.things AS t ON t.fid = d.thing WHERE o.time >= '2026-04-01'",
    )
    assert set(names) == {("rain_gauge",), ("wind_mast",)}


def test_real_tracks_pass_as_they_did(twin: Twin, standing: Database, shared_data: Path) -> None:
    storms = {"bebinca_202413_cma_hourly.csv": "2024-09-15T22", "muifa_202212_cma_hourly.csv": "2022-09-14T12"}
    for name, hours in storms.items():
        track = str(shared_data / "typhoon" / name)
        period = ("--from", f"{hours}:00:00Z", "--to", f"{hours}:30:00Z", "--every", "PT30M", "--category", "wind_mast")
        status, _, complaint = twin(*period, "--storm", track, "--faults", "0")
        assert status == 0, complaint
        fastest = rows(
            standing,
            f"SELECT max(result) FROM onemap.observation WHERE time BETWEEN '{hours}:00Z' AND '{hours}:59Z'"
            " AND datastream IN (SELECT fid FROM onemap.datastreams WHERE name = '风速')",
        )
        assert fastest[0][0] > 30, name


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--every", "5 minutes"), "--every"),
        (("--every", "PT0.5S"), "--every"),
        (("--to", "2026-03-01T00:00:00Z"), "--from"),
        (("--from", "2026-03-02T00:00:00Z", "--to", "2026-03-01T00:00:00Z"), "ends before it begins"),
        (("--from", "2026-03-02"), "--from"),
        (("--storm", "nobody"), "there is no track 'nobody'"),
        (("--storm", "design", "--storm-peak", "soon"), "--storm-peak"),
        (("--category", "dragons"), "'dragons' is none of wind_mast"),
        (("--through", "mqtt"), "start it: twin up"),
    ],
)
def test_what_cannot_be_simulated_is_named(twin: Twin, words: tuple[str, ...], said: str) -> None:
    status, _, complaint = twin("--put-up", *words)
    assert status != 0
    assert said in complaint


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_leaves_whole_batches_and_the_rest_comes_later(standing: Database, twin: Twin, tmp_path: Path) -> None:
    period = ["--from", "2026-02-01T00:00:00Z", "--to", "2026-02-08T00:00:00Z", "--every", "PT2M", "--faults", "0"]
    command = [sys.executable, "-m", "api.cli", "simulate", "sensors", *period, "--json"]
    environment = os.environ | {"TWIN_DATABASE_URL": standing.urls.owner, "TWIN_HOME": str(tmp_path)}
    of_february = "FROM onemap.observation WHERE time BETWEEN '2026-02-01Z' AND '2026-02-08Z'"
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=REPOSITORY, env=environment, **quiet) as running:
        assert wait_until(lambda: rows(standing, f"SELECT count(*) {of_february}") != [(0,)], 60)
        running.send_signal(signal.SIGINT)
        out = running.communicate(timeout=60)[0]
    assert running.returncode == 130
    counts = rows(standing, f"SELECT time, count(*) {of_february} GROUP BY time ORDER BY time")
    assert {number for _, number in counts} == {STREAMS}
    assert 0 < len(counts) < 5041
    assert json.loads(out)["new"] == len(counts) * STREAMS
    until = counts[-1][0] + timedelta(minutes=10)
    again = json.loads(twin(*period[:3], until.isoformat(), *period[4:], "--json")[1])
    assert (again["known"], again["new"]) == (len(counts) * STREAMS, 5 * STREAMS)


@pytest.mark.slow
def test_with_the_clock_each_step_comes_when_its_time_has_come(standing: Database, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "api.serve.simulator"]
    environment = os.environ | {"TWIN_DATABASE_URL": standing.urls.owner, "TWIN_HOME": str(tmp_path)}
    newest = "SELECT max(time), count(*) FROM onemap.observation WHERE time > now() - interval '7 hours'"
    with subprocess.Popen(command, cwd=REPOSITORY, env=environment) as running:
        try:
            assert wait_until(lambda: (rows(standing, newest)[0][1] or 0) > 5 * 60 * STREAMS, 100)
            before = rows(standing, newest)[0]
            assert wait_until(lambda: rows(standing, newest)[0][0] > before[0], 100)
        finally:
            running.terminate()
    time, count = rows(standing, newest)[0]
    assert timedelta() <= datetime.now(UTC) - time < timedelta(minutes=2)
    assert count <= 7 * 60 * STREAMS
