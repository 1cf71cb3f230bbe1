"""Locks are asked for in one order, and whoever asks in another hears of it at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import OperationalError

from layers.errors import Conflict
from layers.ops.process import wait_until
from layers.store import locks as module
from layers.store.engine import Database, conninfo
from layers.store.locks import LockOrderError, Locks, TableLock, driver_of, hold, locks_of, release, try_hold
from layers.store.models import quarantine

TABLE = "onemap.buildings"
# The strong locks on the table that are held or asked for.
STRONG = f"""
SELECT count(*) FROM pg_locks WHERE relation = '{TABLE}'::regclass AND mode = 'AccessExclusiveLock'
"""


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (lambda locks: locks.layers(["roads"]), lambda locks: locks.dataset("osm")),
        (lambda locks: locks.layers(["roads"]), lambda locks: locks.layers(["buildings"])),
        (lambda locks: locks.dataset("osm"), lambda locks: locks.dataset("bundled")),
        (lambda locks: locks.raster("dem"), lambda locks: locks.dataset("osm")),
        (lambda locks: locks.shared("codes"), lambda locks: locks.layers(["roads"])),
        (lambda locks: locks.rows(select(quarantine)), lambda locks: locks.dataset("osm")),
        (lambda locks: locks.begin_rows(), lambda locks: locks.shared("codes")),
    ],
)
def test_a_lock_whose_turn_is_over_is_an_error_though_nobody_else_is_there(
    db: Database, first: Callable[[Locks], Any], then: Callable[[Locks], Any]
) -> None:
    with db.writer.begin() as connection:
        first(locks_of(connection))
        with pytest.raises(LockOrderError, match="is asked for after"):
            then(locks_of(connection))
    with db.writer.begin() as connection:
        then(locks_of(connection))
        first(locks_of(connection))


def test_locks_of_several_kinds_are_asked_for_in_the_order(db: Database) -> None:
    with db.writer.begin() as connection:
        locks_of(connection).several(shared="codes", raster="dem", layers=["water", "roads"], dataset="osm")
        locks_of(connection).several(dataset="osm", layers=["roads"])
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()"
        assert connection.execute(text(held)).scalar_one() == 5
        with pytest.raises(LockOrderError, match="is asked for after"):
            locks_of(connection).several(dataset="survey")


def test_what_is_held_may_be_asked_for_again_at_any_time(db: Database) -> None:
    with db.writer.begin() as connection:
        for _ in range(2):
            locks_of(connection).dataset("osm")
            locks_of(connection).layers(["buildings", "roads"])
            locks_of(connection).begin_rows()


def test_layers_are_locked_in_order_of_their_names_however_they_are_given(db: Database) -> None:
    with db.writer.begin() as connection:
        locks_of(connection).layers({"roads", "buildings", "water"})
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()"
        assert connection.execute(text(held)).scalar_one() == 3


def test_the_order_begins_anew_with_each_transaction(db: Database) -> None:
    with db.writer.connect() as connection:
        for _ in range(2):
            with connection.begin():
                locks_of(connection).dataset("osm")
                locks_of(connection).layers(["roads"])
        with pytest.raises(LockOrderError, match="none was begun"):
            locks_of(connection)


def test_who_has_to_wait_is_told_for_what(db: Database) -> None:
    said: list[str] = []
    with db.writer.begin() as first, ThreadPoolExecutor(1) as pool:
        locks_of(first).dataset("osm")

        def second() -> None:
            with db.writer.begin() as connection:
                locks_of(connection).dataset("osm", said.append)

        waiting = pool.submit(second)
        assert wait_until(lambda: bool(said), 60)
        assert not waiting.done()
        first.rollback()
        waiting.result(60)
    assert said == ["waiting for another load of osm"]


def test_a_session_holds_a_lock_until_it_gives_it_up_or_ends(db: Database) -> None:
    with psycopg.connect(conninfo(db.urls.writer)) as one, db.writer.connect() as other:
        hold(one, "onemap_build_1")
        assert not try_hold(driver_of(other), "onemap_build_1")
        release(one, "onemap_build_1")
        assert try_hold(driver_of(other), "onemap_build_1")
        assert not try_hold(one, "onemap_build_1")
        other.connection.invalidate()
        assert wait_until(lambda: try_hold(one, "onemap_build_1"), 60)


@pytest.fixture
def reader(db: Database) -> Iterator[psycopg.Connection[Any]]:
    """Yield a session that has looked at the buildings and keeps its transaction open."""
    with psycopg.connect(conninfo(db.urls.reader), application_name="QGIS") as connection:
        connection.execute(f"SELECT count(*) FROM {TABLE}")
        yield connection


@contextmanager
def watched(connection: Connection) -> Iterator[list[str]]:
    """Collect the statements by which tables are locked."""
    seen: list[str] = []
    original = connection.exec_driver_sql

    def execute(statement: str, *words: Any) -> Any:
        seen.append(statement)
        return original(statement, *words)

    connection.exec_driver_sql = execute  # type: ignore[method-assign]
    yield seen


def test_between_two_attempts_nobody_is_kept_from_the_table(db: Database, reader: Any) -> None:
    """While one reader keeps the table, all others read, and nothing is queued when they do."""
    seen: list[int] = []
    with db.owner.begin() as connection, db.reader.connect() as other:
        # Not to wait, should something be queued after all.
        other.execute(text("SET lock_timeout = '1ms'"))

        def look(message: str) -> None:
            assert message.startswith("waiting for readers of buildings: process ")
            seen.append(other.execute(text(f"SELECT count(*) FROM {TABLE}")).scalar_one())
            assert other.execute(text(STRONG)).scalar_one() == 0
            other.rollback()
            other.execute(text("SET lock_timeout = '1ms'"))
            if len(seen) == 8:
                reader.rollback()

        with watched(connection) as statements:
            TableLock(connection, "buildings", TABLE, look, 60).exclude_all()
        assert connection.execute(text(STRONG)).scalar_one() == 1
    # A busy machine may not even grant a free lock within an attempt, and looks again.
    assert (set(seen), len(seen) >= 8) == ({0}, True)
    asked = [statement for statement in statements if statement.startswith("LOCK TABLE")]
    assert 2 <= len(asked) <= len(seen), "it pauses longer each time"
    limits = [statement for statement in statements if "lock_timeout = " in statement]
    assert limits[:3] == [f"SET LOCAL lock_timeout = '{ms}ms'" for ms in (5, 8, 11)], "each attempt takes milliseconds"


def test_after_its_limit_it_says_who_has_the_table_and_leaves_it(
    db: Database, reader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FIRST_PAUSE_S", 0.05)
    said: list[str] = []
    with db.owner.begin() as connection:
        who = f"process {reader.info.backend_pid} (QGIS, user {reader.info.user}, since 20"
        with pytest.raises(Conflict) as raised:
            TableLock(connection, "buildings", TABLE, said.append, 0.4).exclude_all()
        assert connection.execute(text(STRONG)).scalar_one() == 0
    words = str(raised.value)
    assert words.startswith("the table of layer buildings was in use for 0.4 s by " + who)
    assert words.endswith("End that session, or let loads wait longer (TWIN_SWAP_LIMIT_S), and load it again")
    assert said


def test_waiting_for_readers_leaves_the_table_to_writers(db: Database, reader: Any) -> None:
    def write_and_end(message: str) -> None:
        with db.writer.begin() as writer:
            writer.execute(text("SET LOCAL lock_timeout = '1ms'"))
            writer.execute(text(f"UPDATE {TABLE} SET floors = 1"))
        reader.rollback()

    with db.owner.begin() as connection:
        TableLock(connection, "buildings", TABLE, write_and_end, 60).await_readers()
        assert connection.execute(text(STRONG)).scalar_one() == 0


def test_readers_need_not_end_for_writers_to_be_kept_out(db: Database, reader: Any) -> None:
    said: list[str] = []
    with db.owner.begin() as connection, db.writer.connect() as writer:
        TableLock(connection, "buildings", TABLE, said.append, 60).exclude_writers()
        assert not said
        assert reader.execute(f"SELECT count(*) FROM {TABLE}").fetchone() == (0,)
        writer.execute(text("SET LOCAL lock_timeout = '1ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            writer.execute(text(f"UPDATE {TABLE} SET floors = 1"))
