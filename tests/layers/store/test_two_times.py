"""Two times on every row: when it was true, and when it was believed."""

import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from queue import Queue

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from layers.catalog.poi import LAYER
from layers.ops.process import wait_until
from layers.store.engine import Database
from layers.temporal import When

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
INSERT = text(
    "INSERT INTO onemap.poi (fid, name, geom, valid) VALUES (:fid, :name, ST_SetSRID(ST_Point(121.5, 31.2), 4490),"
    " tstzrange(:since, :until)) RETURNING fid"
)
RENAME = text("UPDATE onemap.poi SET name = :name WHERE fid = :fid")
# No two beliefs that were held at one time say two things of one object at one instant.
CONTRADICTIONS = text(
    "WITH belief AS (SELECT fid, valid, recorded FROM onemap.poi UNION ALL"
    "                SELECT fid, valid, recorded FROM onemap.poi_history)"
    " SELECT count(*) FROM (SELECT *, row_number() OVER () AS n FROM belief) AS a"
    " JOIN (SELECT *, row_number() OVER () AS n FROM belief) AS b"
    " ON a.fid = b.fid AND a.valid && b.valid AND a.recorded && b.recorded AND a.n < b.n"
)
BAD_RANGES = text(
    "SELECT (SELECT count(*) FROM onemap.poi WHERE isempty(recorded) OR NOT upper_inf(recorded)"
    "        OR isempty(valid) OR lower_inf(valid))"
    " + (SELECT count(*) FROM onemap.poi_history WHERE isempty(recorded) OR upper_inf(recorded))"
)


def insert(
    connection: Connection, fid: int, name: str, since: datetime = NEW_YEAR, until: datetime | None = None
) -> None:
    connection.execute(INSERT, {"fid": fid, "name": name, "since": since, "until": until})


def rename(connection: Connection, fid: int, name: str) -> None:
    connection.execute(RENAME, {"fid": fid, "name": name})


def clock(connection: Connection) -> datetime:
    return connection.execute(text("SELECT clock_timestamp()")).scalar_one()


def believed(
    connection: Connection, as_of: datetime | None, at: datetime = NEW_YEAR + timedelta(days=30)
) -> dict[int, str]:
    when = When(at, at, as_of)
    return {row.fid: row.name for row in connection.execute(LAYER.select(when), when.parameters())}


def check(connection: Connection) -> None:
    assert connection.execute(CONTRADICTIONS).scalar_one() == 0
    assert connection.execute(BAD_RANGES).scalar_one() == 0


def test_an_update_is_a_correction_and_the_old_belief_is_kept(tx):
    insert(tx, 1, "陆家咀")
    before = clock(tx)
    rename(tx, 1, "陆家嘴")
    assert believed(tx, None) == {1: "陆家嘴"}
    assert believed(tx, before) == {1: "陆家咀"}
    assert believed(tx, clock(tx)) == {1: "陆家嘴"}
    meeting = (
        "SELECT upper(h.recorded) = lower(p.recorded) FROM onemap.poi_history AS h JOIN onemap.poi AS p USING (fid)"
    )
    assert tx.execute(text(meeting)).scalar_one() is True
    check(tx)


def test_nothing_was_believed_before_it_was_recorded(tx):
    before = clock(tx)
    insert(tx, 1, "东方明珠")
    assert believed(tx, before) == {}


def test_a_deleted_row_is_still_what_was_believed(tx):
    insert(tx, 1, "旧址")
    before = clock(tx)
    tx.execute(text("DELETE FROM onemap.poi WHERE fid = 1"))
    assert believed(tx, None) == {}
    assert believed(tx, before) == {1: "旧址"}
    check(tx)


def test_a_truncated_table_is_still_what_was_believed(tx):
    for fid in range(1, 4):
        insert(tx, fid, f"第{fid}")
    before = clock(tx)
    tx.execute(text("TRUNCATE onemap.poi"))
    assert believed(tx, None) == {}
    assert len(believed(tx, before)) == 3
    check(tx)


def test_an_update_that_changes_nothing_leaves_no_history(tx):
    insert(tx, 1, "不变")
    rename(tx, 1, "不变")
    assert tx.execute(text("SELECT count(*) FROM onemap.poi_history")).scalar_one() == 0


def test_many_updates_in_one_transaction_are_many_beliefs(tx):
    insert(tx, 1, "0")
    instants = []
    for number in range(1, 51):
        rename(tx, 1, str(number))
        instants.append((clock(tx), str(number)))
    assert tx.execute(text("SELECT count(*) FROM onemap.poi_history")).scalar_one() == 50
    assert [believed(tx, instant)[1] for instant, _ in instants] == [name for _, name in instants]
    check(tx)


def test_a_change_in_the_world_is_a_slice_of_its_own(tx):
    march = datetime(2026, 3, 1, tzinfo=UTC)
    insert(tx, 1, "工地")
    tx.execute(text("UPDATE onemap.poi SET valid = tstzrange(lower(valid), :march) WHERE fid = 1"), {"march": march})
    insert(tx, 1, "大厦", since=march)
    assert believed(tx, None, march - timedelta(microseconds=1)) == {1: "工地"}
    assert believed(tx, None, march) == {1: "大厦"}, "intervals are half-open"
    check(tx)


def refused(tx: Connection, kind: type[DBAPIError], match: str, act: Callable[[], object]) -> None:
    with pytest.raises(kind, match=match), tx.begin_nested():
        act()


def test_slices_of_one_object_must_not_overlap(tx):
    insert(tx, 1, "甲")
    refused(tx, IntegrityError, "poi_slices", lambda: insert(tx, 1, "乙", since=NEW_YEAR + timedelta(days=1)))


@pytest.mark.parametrize("valid", ["empty", "(,2026-01-01)"])
def test_a_valid_time_without_beginning_is_refused(tx, valid):
    insert(tx, 1, "甲")
    change = text("UPDATE onemap.poi SET valid = CAST(:valid AS tstzrange) WHERE fid = 1")
    refused(tx, IntegrityError, "has no beginning", lambda: tx.execute(change, {"valid": valid}))


def test_the_number_of_an_object_cannot_be_changed(tx):
    insert(tx, 1, "甲")
    refused(tx, IntegrityError, "cannot become 2", lambda: tx.execute(text("UPDATE onemap.poi SET fid = 2")))


def test_nobody_can_state_when_a_belief_began(tx):
    forged = "UPDATE onemap.poi SET name = '乙', recorded = '[2000-01-01,)' WHERE fid = 1"
    insert(tx, 1, "甲")
    tx.execute(text(forged))
    assert tx.execute(text("SELECT lower(recorded) > now() - interval '1 day' FROM onemap.poi")).scalar_one() is True


def test_the_writer_cannot_write_history(db):
    for statement in ("DELETE FROM onemap.poi_history", "INSERT INTO onemap.poi_history SELECT * FROM onemap.poi"):
        with pytest.raises(DBAPIError, match="permission denied"), db.writer.begin() as connection:
            connection.execute(text(statement))


def test_two_transactions_on_one_row_follow_each_other(db):
    with db.writer.begin() as connection:
        insert(connection, 1, "开始")
    began, renamed = Queue[int](), threading.Event()

    def second() -> None:
        with db.writer.begin() as connection:
            # This transaction began first, and its now() is the earliest of all.
            began.put(connection.execute(text("SELECT pg_backend_pid() FROM (SELECT now()) AS beginning")).scalar_one())
            renamed.wait(10)
            rename(connection, 1, "第二")

    with db.writer.begin() as connection:
        other = threading.Thread(target=second)
        other.start()
        blocked = text(f"SELECT cardinality(pg_blocking_pids({began.get(timeout=10)})) > 0")
        rename(connection, 1, "第一")
        renamed.set()
        assert wait_until(lambda: connection.execute(blocked).scalar_one(), 10), "the second waits for the first"
    other.join(10)
    with db.reader.connect() as connection:
        told = (
            "SELECT name FROM (SELECT name, recorded FROM onemap.poi UNION ALL"
            " SELECT name, recorded FROM onemap.poi_history) AS belief ORDER BY lower(recorded)"
        )
        assert list(connection.execute(text(told)).scalars()) == ["开始", "第一", "第二"]
        check(connection)


def test_many_writers_at_once_leave_one_unbroken_line_of_beliefs(db):
    with db.writer.begin() as connection:
        insert(connection, 1, "0")
    barrier = threading.Barrier(4)

    def write(worker: int) -> None:
        barrier.wait(10)
        for number in range(20):
            with db.writer.begin() as connection:
                rename(connection, 1, f"{worker}-{number}")

    workers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    gaps = (
        "SELECT count(*) FILTER (WHERE ends <> next), count(*) FROM (SELECT upper(recorded) AS ends,"
        " lead(lower(recorded)) OVER (ORDER BY lower(recorded)) AS next FROM (SELECT recorded FROM onemap.poi UNION ALL"
        " SELECT recorded FROM onemap.poi_history) AS b) AS line"
    )
    with db.reader.connect() as connection:
        assert tuple(connection.execute(text(gaps)).one()) == (0, 81)
        check(connection)


FIDS = itertools.count(1000, 10)
STEPS = st.lists(
    st.tuples(st.sampled_from(["insert", "rename", "close", "reopen", "delete"]), st.integers(0, 2), st.booleans()),
    min_size=3,
    max_size=14,
)


class Model:
    """What should be believed: for each object the slices (since, until, name) in days of the year."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.slices: dict[int, list[tuple[int, int | None, str]]] = {}
        self.day = 0

    def apply(self, connection: Connection, step: str, which: int) -> None:
        fid, self.day = self.first + which, self.day + 1
        known, day = self.slices.get(fid, []), NEW_YEAR + timedelta(days=self.day)
        running = bool(known) and known[-1][1] is None
        values = {"fid": fid, "day": day, "name": f"名{self.day}", "since": day, "until": None}
        if step in {"insert", "reopen"} and not running:
            connection.execute(INSERT, values)
            self.slices[fid] = [*known, (self.day, None, values["name"])]
        elif step == "rename" and running:
            connection.execute(text("UPDATE onemap.poi SET name = :name WHERE fid = :fid AND upper_inf(valid)"), values)
            self.slices[fid] = [*known[:-1], (known[-1][0], None, values["name"])]
        elif step == "close" and running:
            closing = (
                "UPDATE onemap.poi SET valid = tstzrange(lower(valid), :day) WHERE fid = :fid AND upper_inf(valid)"
            )
            connection.execute(text(closing), values)
            self.slices[fid] = [*known[:-1], (known[-1][0], self.day, known[-1][2])]
        elif step == "delete":
            connection.execute(text("DELETE FROM onemap.poi WHERE fid = :fid"), values)
            self.slices[fid] = []

    def at(self, day: int) -> dict[int, str]:
        found = {}
        for fid, slices in self.slices.items():
            for since, until, name in slices:
                if since <= day and (until is None or day < until):
                    found[fid] = name
        return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_edits_leave_what_was_true_and_what_was_believed(shared_db: Database, steps):
    with shared_db.owner.connect() as connection, connection.begin() as transaction:
        model, told = Model(next(FIDS)), []
        for step, which, nested in steps:
            if nested:
                with connection.begin_nested():
                    model.apply(connection, step, which)
            else:
                model.apply(connection, step, which)
            days = sorted({0, model.day // 2, model.day, model.day + 1})
            told.append((clock(connection), {day: model.at(day) for day in days}))
        for instant, expected in told:
            for day, names in expected.items():
                assert believed(connection, instant, NEW_YEAR + timedelta(days=day)) == names
        check(connection)
        transaction.rollback()
