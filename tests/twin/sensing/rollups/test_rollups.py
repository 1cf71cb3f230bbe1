"""Rollups of observations from before there were any, and of edits that meet."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sensing import add_stream, add_thing, at, rows
from sqlalchemy import Connection, text

from api.layers import all_layers
from api.schemas import all_schemas
from layers.ops.process import wait_until
from layers.store import Database, migrate
from layers.store.migration import alembic_config
from twin.sensing.ingest import ingest
from twin.sensing.reading import Reading

ROLLED_UP = "SELECT datastream, start, count, total, lowest, highest, first, last FROM onemap.rollup ORDER BY 1, 2"
COUNTED = """
SELECT datastream, onemap.block_of(time), count(*), sum(onemap.scaled(result)), min(result), max(result),
       (array_agg(result ORDER BY time, sequence))[1], (array_agg(result ORDER BY time DESC, sequence DESC))[1]
FROM onemap.observation WHERE result IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
"""
WAITING = "SELECT FROM pg_locks WHERE NOT granted"


@pytest.fixture
def stream(db: Database) -> int:
    with db.owner.begin() as connection:
        number = add_stream(connection, add_thing(connection))
        ingest(connection, [Reading(number, at(minute), float(minute)) for minute in range(10)])
    return number


def require_counted(db: Database) -> None:
    with db.owner.connect() as connection:
        found = rows(connection, ROLLED_UP)
        assert found == rows(connection, COUNTED)
        assert found


def test_observations_from_before_are_rolled_up_by_the_migration(db: Database, stream: int):
    with db.owner.begin() as connection:
        ingest(connection, [Reading(stream, at(60 * 24 * days), float(days)) for days in (-400, -31, 0, 20)])
        kept = rows(connection, ROLLED_UP)
        config = alembic_config(connection, all_schemas())
        before = ScriptDirectory.from_config(config).get_revision("twin0007")
        assert before is not None
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        command.downgrade(config, str(before.down_revision))
        assert rows(connection, "SELECT to_regclass('onemap.rollup')") == [(None,)]
    migrate(db, all_layers(), all_schemas())
    with db.owner.begin() as connection:
        assert rows(connection, ROLLED_UP) == kept
        ingest(connection, [Reading(stream, at(3.5), 99.0)])
    require_counted(db)


def add(connection: Connection, stream: int) -> None:
    ingest(connection, [Reading(stream, at(minute + 0.5), 50.0) for minute in range(10)])


def remove(connection: Connection, stream: int) -> None:
    del stream
    connection.execute(text("DELETE FROM onemap.observation WHERE result < 7"))


def change(connection: Connection, stream: int) -> None:
    del stream
    connection.execute(text("UPDATE onemap.observation SET result = 3 * result, time = time + interval '435 seconds'"))


@pytest.mark.parametrize("first", [add, remove, change])
@pytest.mark.parametrize("second", [add, remove, change])
def test_edits_of_the_same_five_minutes_that_meet_are_both_counted(
    db: Database, stream: int, first: Callable[..., None], second: Callable[..., None]
):
    def later() -> None:
        with db.writer.begin() as connection:
            second(connection, stream)

    with ThreadPoolExecutor(1) as pool:
        with db.writer.begin() as connection:
            first(connection, stream)
            done: Future[Any] = pool.submit(later)
            with db.owner.connect() as watching:
                assert wait_until(lambda: bool(rows(watching, WAITING)) or done.done(), 30)
        done.result(30)
    require_counted(db)
