"""Things and observations are removed while observations come in: one waits for the other, and never both."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sensing import add_location, add_stream, add_thing, at, rows
from sqlalchemy import text

from layers.access import LOCAL_OPERATOR
from layers.errors import NotFound
from layers.ops.process import wait_until
from layers.store import Database
from twin.sensing.editing import Edit, change, remove
from twin.sensing.entities.model import OBSERVATION
from twin.sensing.entities.view import View
from twin.sensing.ingest import Outcome, ingest
from twin.sensing.reading import Reading

# A batch waits here.
_HOLD = """
CREATE FUNCTION public.hold() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN NEW; END';
CREATE TRIGGER hold {} EXECUTE FUNCTION public.hold()
"""
# When all but the links of datastreams to features is written; when it is known what is there already.
_BEFORE_LINKS = _HOLD.format("BEFORE INSERT ON onemap.datastream_feature FOR EACH ROW")
_AFTER_KEEPING = _HOLD.format("AFTER INSERT ON onemap.observation FOR EACH STATEMENT")
_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def test_a_batch_and_the_removal_of_its_thing_wait_for_each_other_in_one_order(db: Database) -> None:
    thing, stream = _observed(db)
    with _held(db, _BEFORE_LINKS) as release, ThreadPoolExecutor(2) as pool:
        kept = pool.submit(_keep, db, Reading(stream, at(1), 2.0))
        assert wait_until(lambda: _waiting(db) == 1, 20)
        removed = pool.submit(_run, db, "DELETE FROM onemap.things WHERE fid = :number", thing)
        assert wait_until(lambda: _waiting(db) == 2, 20)
        release()
        assert (kept.result(60).new, removed.result(60)) == (1, None)
    _require_nothing_left(db)


def test_what_is_removed_while_it_is_sent_again_is_kept_anew(db: Database) -> None:
    _, stream = _observed(db)
    with _held(db, _AFTER_KEEPING) as release, ThreadPoolExecutor(1) as pool:
        again = pool.submit(_keep, db, Reading(stream, at(0), 1.0))
        assert wait_until(lambda: _waiting(db) == 1, 20)
        _run(db, "DELETE FROM onemap.observation WHERE datastream = :number", stream)
        release()
        outcome = again.result(60)
    assert (set(outcome.ids), outcome.new, outcome.refused) == ({0}, 1, [])
    with db.owner.connect() as connection:
        assert rows(connection, "SELECT result FROM onemap.observation") == [(1.0,)]


@pytest.mark.parametrize("before", [0, 1])
def test_nothing_is_kept_of_a_thing_that_is_removed_meanwhile(db: Database, before: int) -> None:
    thing, stream = _observed(db, before)
    with db.writer.connect() as remover, ThreadPoolExecutor(1) as pool:
        remover.execute(text("DELETE FROM onemap.things WHERE fid = :number"), {"number": thing})
        kept = pool.submit(_keep, db, Reading(stream, at(1), 2.0))
        assert wait_until(lambda: _waiting(db) == 1, 20)
        remover.commit()
        outcome = kept.result(60)
    assert (outcome.ids, [one.why for one in outcome.refused]) == ({}, ["datastream"])
    _require_nothing_left(db)


@pytest.mark.parametrize("act", ["change", "remove"])
def test_an_edit_of_an_observation_waits_for_the_removal_of_its_thing(db: Database, act: str) -> None:
    thing, stream = _observed(db)
    with db.owner.connect() as connection:
        ((number,),) = rows(connection, "SELECT id FROM onemap.observation")

    def edit() -> None:
        with db.writer.begin() as connection:
            edit = Edit(connection, View.of(LOCAL_OPERATOR))
            change(edit, OBSERVATION, number, {"result": 5.0}) if act == "change" else remove(edit, OBSERVATION, number)

    with db.writer.connect() as remover, ThreadPoolExecutor(1) as pool:
        remover.execute(text("SELECT FROM onemap.latest WHERE datastream = :stream FOR UPDATE"), {"stream": stream})
        edited = pool.submit(edit)
        assert wait_until(lambda: _waiting(db) == 1, 20)
        remover.execute(text("DELETE FROM onemap.things WHERE fid = :number"), {"number": thing})
        remover.commit()
        assert type(edited.exception(60)) is (NotFound if act == "change" else type(None))
    _require_nothing_left(db)


def _require_nothing_left(db: Database) -> None:
    with db.owner.connect() as connection:
        for table in ("observation", "latest", "rollup", "datastream_feature"):
            assert rows(connection, f"SELECT count(*) FROM onemap.{table}") == [(0,)], table


def _observed(db: Database, number: int = 1) -> tuple[int, int]:
    """Return a thing, and its datastream with so many observations, 0 or 1."""
    with db.owner.begin() as connection:
        thing = add_thing(connection)
        add_location(connection, thing)
        stream = add_stream(connection, thing)
        ingest(connection, [Reading(stream, at(0), 1.0)] * number)
    return thing, stream


@contextmanager
def _held(db: Database, hold: str) -> Iterator[Callable[[], object]]:
    """Hold batches until what is yielded is called."""
    with db.owner.begin() as connection:
        connection.execute(text(hold))
    with db.owner.connect() as gate:
        gate.execute(text("SELECT pg_advisory_xact_lock(7)"))
        yield gate.rollback


def _keep(db: Database, reading: Reading) -> Outcome:
    with db.writer.begin() as connection:
        return ingest(connection, [reading])


def _run(db: Database, statement: str, number: int) -> None:
    with db.writer.begin() as connection:
        connection.execute(text(statement), {"number": number})


def _waiting(db: Database) -> int:
    with db.owner.connect() as connection:
        return int(connection.execute(text(_WAITS)).scalar_one())
