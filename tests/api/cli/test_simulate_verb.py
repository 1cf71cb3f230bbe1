"""``twin simulate sensors``, on a real database."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
from database_server import Server
from sqlalchemy import text

from layers.store.engine import Database

Twin = Callable[..., tuple[int, str, str]]
PERIOD = ("--from", "2026-03-02T00:00:00+08:00", "--to", "2026-03-02T03:00:00+08:00", "--every", "PT10M")
STREAMS, INSTANTS = 211, 19


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
