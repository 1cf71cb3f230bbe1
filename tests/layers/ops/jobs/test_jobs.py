"""Long work: queued, done, watched, cancelled, and begun again when its worker dies."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from sqlalchemy import text

from layers.errors import Conflict, InputError, NotFound
from layers.intake.ingest import LoadOptions
from layers.intake.ingest.jobs import LOAD, submit_load
from layers.ops.jobs import JobKind, Periodic, cancel, job, jobs, run_worker, submit
from layers.ops.jobs.work import Work
from layers.ops.process import wait_until
from layers.store.engine import Database

WORKER = """
import asyncio, sys, time
from layers.ops.jobs import JobKind, run_worker
from layers.store.engine import Database, Urls

def sleep(work):
    while True:
        time.sleep(0.1)
        work.report(1, 2, "sleeping")

asyncio.run(run_worker(Database(Urls(*sys.argv[1:4])), [JobKind("sleep", sleep)]))
"""


def work_off(database: Database, *kinds: JobKind) -> None:
    asyncio.run(run_worker(database, kinds or (LOAD,), until_empty=True))


def start_worker(database: Database) -> "subprocess.Popen[bytes]":
    urls = database.urls
    return subprocess.Popen([sys.executable, "-c", WORKER, urls.owner, urls.writer, urls.reader])


def test_a_load_is_a_job_with_progress_and_a_result(loader, osm, tmp_path):
    path = osm().square(1, 0, 0, {"building": "yes"}).write(tmp_path / "张江.osm")
    number = submit_load(loader.database, path, LoadOptions(dataset="osm", principal="张三"))
    waiting = job(loader.database, number)
    assert (waiting.state, waiting.title, waiting.principal) == ("queued", "load 张江.osm", "张三")
    work_off(loader.database)
    done = job(loader.database, number)
    assert (done.state, done.done, done.total) == ("done", 1, 1)
    assert done.started <= done.finished
    assert {layer["layer"]: layer["new"] for layer in done.result["layers"]}["buildings"] == 1
    assert loader.one("SELECT principal FROM onemap.load") == ("张三",)
    assert jobs(loader.database) == [done]
    assert jobs(loader.database, state="queued") == []


def test_wishes_arrive_at_the_worker(loader, osm, tmp_path):
    path = osm().square(1, 0, 0, {"building": "yes"}).write(tmp_path / "a.osm")
    date = loader.one("SELECT '2026-05-01T00:00:00Z'::timestamptz")[0]
    submit_load(loader.database, path, LoadOptions(date=date, extent=(121.0, 31.0, 122.0, 32.0), precedence=7))
    work_off(loader.database)
    assert loader.one("SELECT lower(valid) FROM onemap.buildings")[0] == date
    assert loader.one("SELECT precedence FROM onemap.dataset") == (7,)
    assert loader.one("SELECT ST_XMin(extent) FROM onemap.coverage LIMIT 1") == (121.0,)


def test_a_failed_job_tells_why(loader, tmp_path):
    number = submit_load(loader.database, tmp_path / "没有.osm", LoadOptions())
    work_off(loader.database)
    failed = job(loader.database, number)
    assert failed.state == "failed"
    assert "没有.osm: there is no such file" in failed.message


def test_an_error_that_nobody_foresaw_is_told_too(db):
    def stumble(work: Work) -> dict:
        raise ZeroDivisionError("一除以零")

    number = submit(db, "stumble", "stumble", "test", {})
    work_off(db, JobKind("stumble", stumble))
    assert job(db, number).message == "unexpected error: ZeroDivisionError: 一除以零"


def test_a_waiting_job_is_cancelled_at_once_and_never_begun(db):
    begun = []
    number = submit(db, "never", "never", "test", {})
    assert cancel(db, number).state == "cancelled"
    work_off(db, JobKind("never", lambda work: begun.append(1) or {}))
    assert begun == []
    with pytest.raises(Conflict, match=f"job {number} is cancelled already"):
        cancel(db, number)


def test_a_running_job_is_cancelled_and_its_statement_cut_short(loader):
    def slow(work: Work) -> dict:
        with work.database.writer.begin() as connection:
            work.interruptible(connection.connection.driver_connection.cancel_safe)
            try:
                connection.execute(
                    text("INSERT INTO onemap.poi (name, geom) VALUES ('半途', ST_SetSRID(ST_Point(121.5, 31.2), 4490))")
                )
                connection.execute(text("SELECT pg_sleep(60)"))
            finally:
                work.interruptible(None)
        return {}

    number = submit(loader.database, "slow", "slow", "test", {})

    def stop() -> None:
        assert wait_until(lambda: job(loader.database, number).state == "running", 60)
        time.sleep(0.3)
        cancel(loader.database, number)

    stopper = threading.Thread(target=stop)
    stopper.start()
    work_off(loader.database, JobKind("slow", slow))
    stopper.join(10)
    ended = job(loader.database, number)
    assert (ended.state, ended.message) == ("cancelled", "cancelled; nothing of it remains")
    assert loader.one("SELECT count(*) FROM onemap.poi") == (0,)


def test_a_cancelled_load_leaves_nothing(loader, osm, tmp_path):
    text_of = osm()
    for number in range(1, 30):
        text_of.square(number, number * 3, 0, {"building": "yes"})
    path = text_of.write(tmp_path / "a.osm")
    before = loader.state()
    number = submit_load(loader.database, path, LoadOptions())
    submitted = loader.state()

    def cancelled_half_way(work: Work) -> dict:
        report = work.report

        def hold(done: int, total: int | None, message: str) -> None:
            if message == "merging poi":
                cancel(work.database, number)
                assert wait_until(lambda: work.cancelled, 60)
            report(done, total, message)

        work.report = hold
        return LOAD.run(work)

    work_off(loader.database, JobKind("load", cancelled_half_way))
    assert job(loader.database, number).state == "cancelled"
    assert loader.state() == submitted == before | {"job": 1}


def test_a_worker_that_empties_the_queue_ends_after_the_last_job_and_not_before_it(db, monkeypatch):
    monkeypatch.setattr("layers.ops.jobs.worker.GRACE_S", 0.2)
    number = submit(db, "long", "a long one", "张三", {})

    def take_long(work: Work) -> dict:
        for step in range(10):
            time.sleep(0.1)
            work.report(step + 1, 10, "working")
        return {}

    work_off(db, JobKind("long", take_long))
    assert (job(db, number).state, job(db, number).done) == ("done", 10)


@pytest.mark.slow
def test_a_stopped_worker_leaves_its_job_to_the_next_one(db):
    number = submit(db, "sleep", "sleep", "test", {})
    worker = start_worker(db)
    try:
        assert wait_until(lambda: job(db, number).state == "running", 60)
        assert wait_until(lambda: job(db, number).message == "sleeping", 60)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    finally:
        worker.kill()
        worker.wait()
    left = job(db, number)
    assert (left.state, left.message) == ("queued", "the worker was stopped; the next one starts it again")
    work_off(db, JobKind("sleep", lambda work: {"slept": True}))
    assert job(db, number).result == {"slept": True}


@pytest.mark.slow
def test_a_job_whose_worker_was_killed_is_begun_again(db):
    number = submit(db, "sleep", "sleep", "test", {})
    worker = start_worker(db)
    try:
        assert wait_until(lambda: job(db, number).state == "running", 60)
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    assert job(db, number).state == "running", "nobody knows yet"
    let_the_heart_stop(db)
    work_off(db, JobKind("sleep", lambda work: {"slept": True}))
    assert job(db, number).state == "done"


def test_a_job_that_kills_its_workers_is_given_up(db):
    number = submit(db, "sleep", "sleep", "test", {})
    with db.owner.begin() as connection:
        connection.execute(text("UPDATE onemap.job SET state = 'running'"))
        connection.execute(text("SET LOCAL search_path TO jobs"))
        connection.execute(text("UPDATE procrastinate_jobs SET status = 'doing', attempts = 2"))
    work_off(db, JobKind("sleep", lambda work: {}))
    given_up = job(db, number)
    assert (given_up.state, given_up.message) == ("failed", "its worker died 3 times; given up")


def let_the_heart_stop(db: Database) -> None:
    with db.owner.begin() as connection:
        connection.execute(
            text("UPDATE jobs.procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute'")
        )


def test_an_unknown_job_is_not_found(db):
    with pytest.raises(NotFound, match="there is no job 4711"):
        job(db, 4711)


def test_a_load_with_an_impossible_dataset_is_refused_before_it_is_queued(db, tmp_path):
    with pytest.raises(InputError, match="dataset"):
        submit_load(db, tmp_path / "a.osm", LoadOptions(dataset="浦东 ; --"))
    assert jobs(db) == []


def test_a_periodic_task_is_done_again_and_again(db):
    done: list[Database] = []

    async def work_until_done_twice() -> None:
        worker = asyncio.create_task(run_worker(db, (), [Periodic("tick", "* * * * * *", done.append)]))
        async with asyncio.timeout(20):
            while len(done) < 2:
                await asyncio.sleep(0.05)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)

    asyncio.run(work_until_done_twice())
    assert done[:2] == [db, db]
