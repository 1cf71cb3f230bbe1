"""Several connections that edit a layer concurrently, and snapshots of what a reader sees in the meantime.

The test of belief runs it for seconds, the benchmark for a minute.
"""

import hashlib
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import Connection
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql import psycopg as dialect

from layers.access.decision import decide
from layers.access.principals import ANONYMOUS
from layers.catalog.poi import LAYER
from layers.query.items import ItemsQuery, items_statement
from layers.store.engine import Database
from layers.temporal import OpenTime, When
from tiles.address import Address
from tiles.statement import tile_statement

WRITERS = 4
# All edits lie in one tile, and are read at one instant of valid time.
ADDRESS = Address(14, 13721, 6694)
AT = datetime(2026, 3, 1, tzinfo=UTC)
_MOST = 10_000
_PLACE = "ST_SetSRID(ST_Point(121.4985 + random() * 0.006, 31.2355 + random() * 0.004), 4490)"
_INSERT = (
    f"INSERT INTO onemap.poi (name, category, geom, valid) SELECT %s, 'shop', {_PLACE}, '[2026-01-01Z,)'"
    " FROM generate_series(1, %s)"
)
# Skips rows that another writer has locked: writers would deadlock.
_SOME = "SELECT fid FROM onemap.poi ORDER BY random() LIMIT %s FOR UPDATE SKIP LOCKED"
_RENAME = f"UPDATE onemap.poi SET name = %s WHERE fid IN ({_SOME})"
_DELETE = f"DELETE FROM onemap.poi WHERE fid IN ({_SOME})"
# The snapshot is taken between these two instants: after the statement arrived, before it is executed.
_STAMPED = "SELECT statement_timestamp(), clock_timestamp(), (SELECT max(committed) FROM onemap.transaction_log)"
_NEXT = "SELECT min(committed) FROM onemap.transaction_log WHERE committed > %s"


@dataclass(frozen=True)
class View:
    """What a reader sees of a layer: checksums of its rows by SQL, its items and a tile."""

    rows: str
    items: str
    tile: str


@dataclass(frozen=True)
class Snapshot:
    """The view in a snapshot, the instants between which it was taken, and the last commit that is in it."""

    seen: View
    first: datetime
    last: datetime
    committed: datetime


class Writer(threading.Thread):
    """One connection that edits in transactions of several statements, some of which it rolls back."""

    def __init__(self, database: Database, number: int, until: threading.Event) -> None:
        super().__init__(name=f"writer-{number}")
        self._database = database
        self._random = random.Random(number)  # noqa: S311 - a repeatable choice
        self._until = until
        self.committed = 0
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            with psycopg.connect(self._database.writer_conninfo(), autocommit=True) as connection:
                while not self._until.is_set():
                    self._transaction(connection)
        except BaseException as error:
            self.failure = error

    def _transaction(self, connection: Connection[Any]) -> None:
        with connection.transaction() as transaction:
            for _ in range(self._random.randint(1, 4)):
                self._step(connection)
                time.sleep(self._random.choice((0, 0.002, 0.02)))
            if self._random.random() < 0.15:
                raise psycopg.Rollback(transaction)
        self.committed += 1

    def _step(self, connection: Connection[Any]) -> None:
        with connection.transaction() as nested:
            kind, name = self._random.random(), f"{self.name}-{self._random.randint(0, 10**6)}"
            if kind < 0.4:
                connection.execute(_INSERT, (name, self._random.randint(1, 3)))
            elif kind < 0.8:
                connection.execute(_RENAME, (name, self._random.randint(1, 4)))
            else:
                connection.execute(_DELETE, (self._random.randint(1, 3),))
            if self._random.random() < 0.15:
                raise psycopg.Rollback(nested)


@contextmanager
def editing(database: Database) -> Iterator[list[Writer]]:
    """Let four writers edit while the context lasts; raises the error of one that failed."""
    until = threading.Event()
    writers = [Writer(database, number, until) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        yield writers
    finally:
        until.set()
        for writer in writers:
            writer.join(60)
    for writer in writers:
        if writer.failure is not None:
            raise writer.failure


def take_snapshot(connection: Connection[Any], *, pause_s: float = 0) -> Snapshot | None:
    """Read everything in one snapshot, after a pause of ``pause_s``; None before anything was committed."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        first, last, committed = connection.execute(_STAMPED).fetchone() or (None, None, None)
        if committed is None:
            return None
        time.sleep(pause_s)
        return Snapshot(look(connection, None), first, last, committed)


def look(connection: Connection[Any], as_of: OpenTime) -> View:
    """Read what is believed now, or was at an instant."""
    when = When(AT, AT, as_of)
    decision = decide(ANONYMOUS, "read", LAYER)
    rows = LAYER.select(when)
    columns = rows.selected_columns
    by_sql = rows.with_only_columns(columns.fid, columns.name, columns.geom.ST_AsText(), columns.valid)
    tile = tile_statement(LAYER, ADDRESS.z, when, decision)
    values = tile.bind(ADDRESS, when, decision, _MOST, AT)
    return View(
        _checksum(_fetch_all(connection, by_sql.order_by(columns.fid))),
        _checksum(_fetch_all(connection, items_statement(LAYER, decision, ItemsQuery(when, _MOST)))),
        _checksum(_body(connection, tile.sql, values)),
    )


def distance(connection: Connection[Any], snapshot: Snapshot) -> timedelta:
    """Return the distance between the instants with the snapshot's view and those at which it may have been taken."""
    row = connection.execute(_NEXT, [snapshot.committed]).fetchone()
    following: datetime | None = row[0] if row else None
    before = snapshot.committed - snapshot.last
    after = timedelta(0) if following is None else snapshot.first - following
    return max(before, after, timedelta(0))


def _fetch_all(connection: Connection[Any], statement: Select[Any]) -> list[tuple[Any, ...]]:
    compiled = statement.compile(dialect=dialect.dialect())  # type: ignore[no-untyped-call]
    return connection.execute(str(compiled).encode(), compiled.params).fetchall()


def _body(connection: Connection[Any], sql: str, values: dict[str, Any]) -> Any:
    row = connection.execute(sql.encode(), values).fetchone()
    return row and row[1]


def _checksum(rows: Any) -> str:
    return hashlib.sha256(repr(rows).encode()).hexdigest()
