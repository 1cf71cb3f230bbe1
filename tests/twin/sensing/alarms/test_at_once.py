"""Batches and judges at the same time, and judges that are killed: each alarm is raised once, and none is lost."""

import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from alarms import alarms, make
from sensing import add_stream, add_thing, at, rows
from sqlalchemy import text

from layers.ops.process import wait_until
from layers.store import Database
from twin.sensing.alarms import Judge, judge
from twin.sensing.ingest import ingest
from twin.sensing.reading import Reading

# As long as a busy machine may take.
PATIENCE_S = 60

STREAMS, BATCHES = 20, 12


def masts(db: Database, number: int = STREAMS) -> list[int]:
    with db.owner.begin() as connection:
        streams = [add_stream(connection, add_thing(connection, f"mast {one}")) for one in range(number)]
        make(connection, streams)
    return streams


def test_concurrent_batches_and_judges_raise_each_alarm_once(db: Database) -> None:
    streams = masts(db)
    stopping = threading.Event()
    told = []
    judges = [threading.Thread(target=Judge(db, told.append).run, args=[stopping]) for _ in range(2)]

    def keep(batch: int) -> None:
        with db.writer.begin() as connection:
            # All batches break the limit of all datastreams; the last one ends all alarms.
            ingest(connection, [Reading(one, at(batch), 18.0 + batch) for one in streams])

    def judge_often() -> None:
        for _ in range(20):
            with db.writer.begin() as connection:
                told.append(judge(connection))

    for thread in judges:
        thread.start()
    with ThreadPoolExecutor(6) as pool:
        work = [pool.submit(keep, batch) for batch in range(BATCHES)] + [pool.submit(judge_often) for _ in range(2)]
        for one in work:
            one.result()
    with db.writer.begin() as connection:
        ingest(connection, [Reading(one, at(99), 1.0) for one in streams])
    stopping.set()
    for thread in judges:
        thread.join(30)
    with db.writer.begin() as connection:
        told.append(judge(connection))
    with db.reader.connect() as connection:
        found = alarms(connection, "datastream, state, until")
    assert sorted(found) == sorted((one, "cleared", at(99)) for one in streams)
    assert sum(one.raised.total() for one in told) == sum(one.cleared.total() for one in told) == STREAMS


_END_SESSIONS = text("""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
""")
_HELD = """
SELECT FROM pg_locks WHERE locktype = 'advisory'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
PROGRAM = """
import sys, time
from layers.store.engine import Database, Urls
from twin.sensing.alarms import judge
database = Database(Urls(*sys.argv[1:4]))
with database.writer.begin() as connection:
    judge(connection)
    print("judged", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_judge_had_taken_is_judged_by_the_next(db: Database) -> None:
    streams = masts(db, 3)
    with db.writer.begin() as connection:
        ingest(connection, [Reading(one, at(0), 20.0) for one in streams])
    for _ in range(3):
        command = [sys.executable, "-c", PROGRAM, db.urls.owner, db.urls.writer, db.urls.reader]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as killed:
            assert killed.stdout is not None
            assert killed.stdout.readline() == "judged\n"
            killed.send_signal(signal.SIGKILL)
    wait_for_end_of_sessions(db)
    with db.writer.begin() as connection:
        assert rows(connection, "SELECT count(*) FROM onemap.alarms") == [(0,)]
        assert judge(connection).raised == {"threshold": 3}
        assert alarms(connection, "datastream, state") == [(one, "raised") for one in streams]


def test_a_judge_goes_on_after_the_database_was_away(db: Database) -> None:
    streams = masts(db, 1)
    stopping, told = threading.Event(), []
    judging = threading.Thread(target=Judge(db, told.append).run, args=[stopping])
    judging.start()
    try:
        assert wait_until(lambda: bool(told), PATIENCE_S)
        with db.writer.begin() as connection:
            connection.execute(_END_SESSIONS)
        with db.owner.begin() as connection:
            ingest(connection, [Reading(streams[0], at(0), 20.0)])
        assert wait_until(lambda: any(one.raised for one in told), PATIENCE_S)
    finally:
        stopping.set()
        judging.join(30)


def wait_for_end_of_sessions(db: Database) -> None:
    """The server notices a killed client when it speaks to it next, or its socket ends."""

    def free() -> bool:
        with db.owner.connect() as connection:
            return not rows(connection, _HELD)

    assert wait_until(free, PATIENCE_S)
