"""What was believed at an instant is what a reader could see then: whole transactions, and the same for ever."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import psycopg
import pytest
from concurrent_edits import AT, Snapshot, View, editing, look, take_snapshot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection
from psycopg.rows import dict_row
from sqlalchemy.dialects.postgresql import psycopg as dialect

from layers.access.decision import decide
from layers.access.principals import ANONYMOUS
from layers.catalog.poi import LAYER
from layers.ops.process import wait_until
from layers.query.items import ItemsQuery, items_statement
from layers.store.engine import Database
from layers.temporal import When

INSERT = (
    "INSERT INTO onemap.poi (name, geom, valid)"
    " VALUES (%s, 'SRID=4490;POINT(121.5 31.2)', '[2026-01-01Z,)') RETURNING fid"
)
RENAME = "UPDATE onemap.poi SET name = %s WHERE fid = %s"


@pytest.fixture
def reader(db: Database) -> Iterator[Connection[Any]]:
    with psycopg.connect(db.reader_conninfo(), autocommit=True) as connection:
        yield connection


@pytest.fixture
def writer(db: Database) -> Iterator[Connection[Any]]:
    with psycopg.connect(db.writer_conninfo(), autocommit=True) as connection:
        yield connection


def clock(connection: Connection[Any]) -> datetime:
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    found: datetime = row[0]
    return found


def insert(connection: Connection[Any], name: str) -> int:
    row = connection.execute(INSERT, [name]).fetchone()
    assert row is not None
    return int(row[0])


def test_an_instant_between_two_edits_of_one_transaction_has_neither(reader, writer) -> None:
    first, second = insert(writer, "甲"), insert(writer, "乙")
    before = look(reader, None)
    with writer.transaction():
        writer.execute(RENAME, ("甲二", first))
        between = clock(writer)
        writer.execute(RENAME, ("乙二", second))
        late = clock(writer)
        assert look(reader, between) == before
    after = look(reader, None)
    assert after != before
    assert look(reader, between) == look(reader, late) == before
    assert look(reader, clock(reader)) == after


def test_a_slow_commit_does_not_change_what_was_answered_before_it(reader, writer) -> None:
    fid = insert(writer, "甲")
    with writer.transaction():
        writer.execute(RENAME, ("乙", fid))
        instant = clock(reader)
        told = look(reader, instant)
    assert look(reader, instant) == told


def test_what_one_transaction_made_and_removed_was_never_believed(reader, writer) -> None:
    before = look(reader, None)
    instants = []
    with writer.transaction():
        fid = insert(writer, "甲")
        instants.append(clock(writer))
        writer.execute(RENAME, ("乙", fid))
        instants.append(clock(writer))
        writer.execute("DELETE FROM onemap.poi")
    assert {look(reader, instant) for instant in [*instants, clock(reader)]} == {before}


def test_what_was_taken_back_is_in_no_instant(reader, writer) -> None:
    fid = insert(writer, "甲")
    with writer.transaction():
        with writer.transaction(force_rollback=True):
            writer.execute(RENAME, ("乙", fid))
            instant = clock(writer)
        writer.execute(RENAME, ("丙", fid))
    assert names(reader, instant) == ["甲"]
    assert names(reader, clock(reader)) == ["丙"]


def test_a_truncation_is_seen_from_its_commit_on(reader, writer) -> None:
    insert(writer, "甲")
    before = look(reader, None)
    with writer.transaction():
        writer.execute("TRUNCATE onemap.poi")
        instant = clock(writer)
    assert look(reader, instant) == before
    assert names(reader, clock(reader)) == []


def test_who_asks_for_constraints_at_once_is_stamped_once_and_at_the_end(reader, writer) -> None:
    fid = insert(writer, "甲")
    with writer.transaction():
        writer.execute("SET CONSTRAINTS ALL IMMEDIATE")
        writer.execute(RENAME, ("乙", fid))
        writer.execute("SET CONSTRAINTS ALL IMMEDIATE")
        between = clock(writer)
        writer.execute(RENAME, ("丙", fid))
    assert names(reader, between) == ["甲"]
    assert names(reader, clock(reader)) == ["丙"]


def test_what_is_stamped_first_is_seen_first(db: Database, reader, writer) -> None:
    first, second = insert(writer, "甲"), insert(writer, "乙")
    with ThreadPoolExecutor(1) as pool, psycopg.connect(db.writer_conninfo()) as slow:
        slow.execute(RENAME, ("甲二", first))
        slow.execute("SET CONSTRAINTS ALL IMMEDIATE")
        waiting = pool.submit(writer.execute, RENAME, ("乙二", second))
        blocked = f"SELECT cardinality(pg_blocking_pids({writer.info.backend_pid})) > 0"
        assert wait_until(lambda: slow.execute(blocked).fetchone() == (True,), 30)
        assert names(reader, clock(reader)) == ["乙", "甲"]
        slow.commit()
        waiting.result(30)
    assert names(reader, clock(reader)) == ["乙二", "甲二"]


def test_a_transaction_sees_its_own_edits_by_the_clock(writer) -> None:
    with writer.transaction():
        fid = insert(writer, "甲")
        instant = clock(writer)
        writer.execute(RENAME, ("乙", fid))
        assert names(writer, instant) == ["甲"]
        assert names(writer, clock(writer)) == ["乙"]


def test_a_transaction_in_a_snapshot_of_its_own_is_stamped_like_any_other(reader, writer) -> None:
    fid = insert(writer, "甲")
    with writer.transaction():
        writer.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        writer.execute("SELECT count(*) FROM onemap.transaction_log")
        other = insert(reader_as_writer := writer_of(writer), "乙")
        reader_as_writer.close()
        writer.execute(RENAME, ("丙", fid))
    stamps = [row[0] for row in reader.execute("SELECT id FROM onemap.transaction_log ORDER BY committed").fetchall()]
    assert other > 0
    assert stamps == sorted(stamps)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT nextval('onemap.transaction_log_id_seq')",
        "SELECT setval('onemap.last_commit', 1)",
        "INSERT INTO onemap.transaction_log (began) VALUES (now())",
        "UPDATE onemap.transaction_log SET committed = now()",
        "DELETE FROM onemap.transaction_log",
    ],
)
def test_the_writer_cannot_forge_a_transaction(writer, statement) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        writer.execute(statement)


def test_nobody_can_state_the_transaction_of_a_row(reader, writer) -> None:
    fid = insert(writer, "甲")
    writer.execute("UPDATE onemap.poi SET name = '乙', recorded_tx = 1000, superseded_tx = 1000 WHERE fid = %s", [fid])
    told = "SELECT p.recorded_tx = (SELECT max(id) FROM onemap.transaction_log), p.superseded_tx FROM onemap.poi AS p"
    assert reader.execute(told).fetchone() == (True, None)


def test_an_item_is_known_from_the_commit_on_and_its_history_has_what_was_seen(reader, writer) -> None:
    with writer.transaction():
        fid = insert(writer, "甲")
        writer.execute(RENAME, ("乙", fid))
        late = clock(writer)
    seen = look(reader, None)
    (known,) = recorded_from(reader)
    assert known > late
    assert look(reader, known) == seen
    (belief,) = asked(reader, LAYER.beliefs())
    assert belief["recorded"].lower == known
    writer.execute(RENAME, ("丙", fid))
    first, second = sorted(asked(reader, LAYER.beliefs()), key=lambda row: row["recorded"].lower)
    assert (first["recorded"].lower, first["recorded"].upper) == (known, second["recorded"].lower)
    assert [second["recorded"].lower] == recorded_from(reader)


STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["insert", "rename", "delete", "take back", "commit", "roll back"])),
    min_size=6,
    max_size=24,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whoever_edits_beside_others_the_past_is_what_readers_saw(db: Database, reader, steps) -> None:
    with ExitStack() as stack:
        writers = [stack.enter_context(psycopg.connect(db.writer_conninfo())) for _ in range(3)]
        told: list[tuple[datetime, View]] = []
        for who, step in steps:
            act(writers[who], who, step)
            told += [(clock(reader), look(reader, None))]
        assert [look(reader, instant) for instant, _ in told] == [seen for _, seen in told]
        for connection in writers:
            connection.commit()
        assert [look(reader, instant) for instant, _ in told] == [seen for _, seen in told]
        assert look(reader, clock(reader)) == look(reader, None)


def act(connection: Connection[Any], who: int, step: str) -> None:
    """Do one step; each writer has objects of its own, so that nobody waits for another."""
    mine = "SELECT max(fid) FROM onemap.poi WHERE category = %s"
    if step == "insert":
        connection.execute(
            "INSERT INTO onemap.poi (name, category, geom, valid) VALUES"
            " ('新', %s, 'SRID=4490;POINT(121.5 31.236)', '[2026-01-01Z,)')",
            [str(who)],
        )
    elif step == "rename":
        connection.execute(f"UPDATE onemap.poi SET name = name || '改' WHERE fid = ({mine})", [str(who)])
    elif step == "delete":
        connection.execute(f"DELETE FROM onemap.poi WHERE fid = ({mine})", [str(who)])
    elif step == "take back":
        with connection.transaction(force_rollback=True):
            connection.execute("UPDATE onemap.poi SET name = '无' WHERE category = %s", [str(who)])
    elif step == "commit":
        connection.commit()
    else:
        connection.rollback()


def test_every_snapshot_under_four_writers_is_the_belief_of_an_instant(db: Database, reader) -> None:
    snapshots: list[Snapshot] = []
    early: list[tuple[datetime, View]] = []
    with editing(db) as writers:
        until = time.monotonic() + 8
        while time.monotonic() < until or len(snapshots) < 100:
            found = take_snapshot(reader, pause_s=0.02 * (len(snapshots) % 3))
            if found is not None:
                snapshots.append(found)
                early.append((found.committed, look(reader, found.committed)))
    assert sum(writer.committed for writer in writers) > 50
    assert len({snapshot.committed for snapshot in snapshots}) > 20
    assert [seen for _, seen in early] == [snapshot.seen for snapshot in snapshots]
    assert [look(reader, instant) for instant, _ in early] == [snapshot.seen for snapshot in snapshots]


def asked(connection: Connection[Any], statement: Any) -> list[Any]:
    compiled = statement.compile(dialect=dialect.dialect())
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(str(compiled).encode(), compiled.params).fetchall()


def recorded_from(connection: Connection[Any]) -> list[datetime]:
    """Return since when the items are known, as items say it."""
    query = items_statement(LAYER, decide(ANONYMOUS, "read", LAYER), ItemsQuery(When(AT, AT), 100))
    return [row["recorded_from"] for row in asked(connection, query)]


def names(connection: Connection[Any], as_of: datetime) -> list[str]:
    """Return the names of what was believed."""
    found = connection.execute(
        "SELECT name FROM (SELECT * FROM onemap.poi UNION ALL SELECT * FROM onemap.poi_history) AS b"
        " WHERE lower(recorded) <= %(at)s AND (recorded_tx = ANY (onemap.pending_at(%(at)s))) IS NOT TRUE"
        " AND (coalesce(upper(recorded), 'infinity') > %(at)s"
        "      OR superseded_tx = ANY (onemap.pending_at(%(at)s))) ORDER BY name",
        {"at": as_of},
    ).fetchall()
    return [row[0] for row in found]


def writer_of(connection: Connection[Any]) -> Connection[Any]:
    """Return another connection like this one."""
    return psycopg.connect(connection.info.dsn, password=connection.info.password, autocommit=True)
