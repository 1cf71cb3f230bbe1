"""Locks in one order, so that no two transactions ever wait for each other.

A transaction asks first for datasets, then for layers (and rasters), then for what several layers share, and at last
for rows; among locks of one kind it asks in order of their names. :func:`locks_of` gives the locks of a transaction,
and another order raises :class:`LockOrderError`, even without contention. A table's own lock is never queued
for: :class:`TableLock` asks for it an instant at a time.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, Literal, Protocol, runtime_checkable
from weakref import WeakKeyDictionary

import psycopg
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, CursorResult, Select, Transaction, text
from sqlalchemy.exc import OperationalError

from layers.errors import Conflict, DatabaseError

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"
_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"
_HOLD = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"
_TRY_HOLD = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_RELEASE = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"
# Readers hold only the two weakest kinds of lock, which matter only to a lock that excludes readers.
_HOLDERS = text("""
SELECT DISTINCT l.pid, coalesce(nullif(a.application_name, ''), a.backend_type), a.usename, a.xact_start
FROM pg_locks AS l LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.granted AND l.relation = to_regclass(:table)
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.pid IS DISTINCT FROM pg_backend_pid()
  AND (:readers OR l.mode NOT IN ('AccessShareLock', 'RowShareLock'))
ORDER BY a.xact_start, l.pid
""")
_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _GROWTH = 0.25, 5.0, 1.5
# While a lock is requested, all others queue behind the request: for a fiftieth of the time at most.
_SHARE = 0.02
# The longest delay until a cancellation is noticed.
_HEARD_S = 0.3
_NAMED = 3

Waiting = Callable[[str], None]
Mode = Literal["SHARE ROW EXCLUSIVE", "ACCESS EXCLUSIVE"]


class LockOrderError(RuntimeError):
    """Locks were asked for in an order in which two transactions could wait for each other: a mistake in the code."""


class _Rank(IntEnum):
    DATASET = 1
    LAYER = 2
    SHARED = 3
    ROWS = 4


@dataclass
class _Order:
    """Which locks a transaction has, and the last of them in the order."""

    held: set[str] = field(default_factory=set)
    last: tuple[int, str] = (0, "")

    def advance(self, rank: _Rank, name: str) -> None:
        """Register a requested lock; raises LockOrderError where it violates the order."""
        if (rank, name) < self.last:
            raise LockOrderError(
                f"{name} is asked for after {self.last[1]}; a transaction locks datasets, then layers, then what "
                "layers share, then rows, each in order of their names"
            )
        self.last = (rank, name)


_ORDERS: WeakKeyDictionary[Transaction, _Order] = WeakKeyDictionary()


class Locks:
    """The locks of one transaction, released at its end; one that it holds may be requested again at any time."""

    def __init__(self, connection: Connection, order: _Order) -> None:
        """Use :func:`locks_of`."""
        self._connection = connection
        self._order = order

    def dataset(self, dataset: str, waiting: Waiting | None = None) -> None:
        """Block other loads of a dataset, and releases into it; ``waiting`` is called if this has to wait."""
        self._take(_Rank.DATASET, f"onemap dataset {dataset}", f"waiting for another load of {dataset}", waiting)

    def layers(self, layers: Iterable[str], waiting: Waiting | None = None) -> None:
        """Block all other transactions that change several objects of these layers."""
        for layer in sorted(layers):
            self._take(_Rank.LAYER, f"onemap layer {layer}", f"waiting for another load into {layer}", waiting)

    def raster(self, raster: str, waiting: Waiting | None = None) -> None:
        """Block other loads of a raster."""
        self._take(_Rank.LAYER, f"onemap raster {raster}", f"waiting for another load of {raster}", waiting)

    def shared(self, name: str) -> None:
        """Block all others that change the same thing shared by several layers."""
        self._take(_Rank.SHARED, f"onemap {name}", "", None)

    def several(
        self,
        *,
        dataset: str | None = None,
        layers: Iterable[str] = (),
        raster: str | None = None,
        shared: str | None = None,
        waiting: Waiting | None = None,
    ) -> None:
        """Ask for locks of several kinds, in the order, however they are given."""
        kinds: list[tuple[_Rank, Callable[[], None]]] = [(_Rank.LAYER, lambda: self.layers(layers, waiting))]
        if dataset is not None:
            kinds.append((_Rank.DATASET, lambda: self.dataset(dataset, waiting)))
        if raster is not None:
            kinds.append((_Rank.LAYER, lambda: self.raster(raster, waiting)))
        if shared is not None:
            kinds.append((_Rank.SHARED, lambda: self.shared(shared)))
        for _, take in sorted(kinds, key=lambda kind: kind[0]):
            take()

    def rows(self, selection: Select[Any]) -> CursorResult[Any]:
        """Select rows and lock them until the transaction ends."""
        self.begin_rows()
        return self._connection.execute(selection.with_for_update())

    def begin_rows(self) -> None:
        """Declare that rows are changed from now on, after which only rows may be locked."""
        self._order.advance(_Rank.ROWS, "rows")

    def _take(self, rank: _Rank, name: str, message: str, waiting: Waiting | None) -> None:
        if name in self._order.held:
            return
        self._order.advance(rank, name)
        if waiting is not None and not self._connection.execute(text(_TRY_LOCK), {"name": name}).scalar_one():
            waiting(message)
            waiting = None
        if waiting is None:
            self._connection.execute(text(_LOCK), {"name": name})
        self._order.held.add(name)


def locks_of(connection: Connection) -> Locks:
    """Return the locks of a connection's present transaction."""
    transaction = connection.get_transaction()
    if transaction is None:
        raise LockOrderError("locks are held until a transaction ends, but none was begun")
    return Locks(connection, _ORDERS.setdefault(transaction, _Order()))


def hold(driver: psycopg.Connection[Any], name: str) -> None:
    """Hold a lock until the session ends, waiting for its present holder."""
    driver.execute(_HOLD, [name])


def try_hold(driver: psycopg.Connection[Any], name: str) -> bool:
    """Hold a lock until the session ends, or :func:`release` is called, if nobody has it."""
    row = driver.execute(_TRY_HOLD, [name]).fetchone()
    return row is not None and bool(row[0])


def release(driver: psycopg.Connection[Any], name: str) -> None:
    """Give up a lock that the session holds."""
    driver.execute(_RELEASE, [name])


@runtime_checkable
class Interrupter(Protocol):
    """A watcher that can also cancel a long statement, from another thread."""

    def interruptible(self, interrupt: Callable[[], None] | None) -> None:
        """Set how the running statement can be cancelled; None when it is over."""


def driver_of(connection: Connection) -> psycopg.Connection[Any]:
    """Return the driver's own connection, in the same transaction, for COPY and statements of its own."""
    # driver_connection does not work for connections that are detached from their pool.
    driver: Any = connection.connection.dbapi_connection
    if not isinstance(driver, psycopg.Connection):
        raise DatabaseError(f"psycopg 3 is needed, not {type(driver).__name__}")
    return driver


@contextmanager
def lend_driver(connection: Connection, watcher: object = None) -> Iterator[psycopg.Connection[Any]]:
    """Lend the driver's own connection; an :class:`Interrupter` as watcher may cancel its statements."""
    driver = driver_of(connection)
    if not isinstance(watcher, Interrupter):
        yield driver
        return
    watcher.interruptible(driver.cancel_safe)
    try:
        yield driver
    finally:
        watcher.interruptible(None)


@dataclass(frozen=True)
class Holder:
    """A session that has a table in use; unknown fields are None."""

    pid: int | None
    application: str | None
    user: str | None
    since: datetime | None

    def __str__(self) -> str:
        """Return a description for messages."""
        if self.pid is None:
            return "a prepared transaction"
        since = "" if self.since is None else f", since {self.since:%Y-%m-%d %H:%M:%S} UTC"
        return f"process {self.pid} ({self.application or 'unnamed'}, user {self.user or 'unknown'}{since})"


class TableLock:
    """The lock of a layer's table, requested for an instant at a time with growing pauses, up to a limit.

    Whoever queues for a strong lock makes all others queue behind it, for as long as the slowest reader takes. So the
    request lasts milliseconds, and between two of them all others read and write as usual.
    """

    def __init__(self, connection: Connection, layer: str, table: str, waiting: Waiting, limit_s: float) -> None:
        """Prepare to lock ``table`` (quoted) in the transaction; all waiting together takes ``limit_s`` at most."""
        self._connection = connection
        self._layer = layer
        self._table = table
        self._waiting = waiting
        self._limit_s = limit_s
        self._left_s = limit_s

    def await_readers(self) -> None:
        """Wait until nobody uses the table, without keeping the lock."""
        self._take("ACCESS EXCLUSIVE", keep=False)

    def exclude_writers(self) -> None:
        """Block changes of the table until the transaction ends."""
        self._take("SHARE ROW EXCLUSIVE")

    def exclude_all(self) -> None:
        """Block all use of the table until the transaction ends."""
        self._take("ACCESS EXCLUSIVE")

    def _take(self, mode: Mode, *, keep: bool = True) -> None:
        pause = _FIRST_PAUSE_S
        while not self._attempt(mode, pause * _SHARE, keep):
            holders = self._holders(mode)
            if self._left_s <= 0:
                raise self._given_up(holders)
            self._pause(min(pause, self._left_s), holders)
            pause = min(pause * _GROWTH, _LONGEST_PAUSE_S)

    def _attempt(self, mode: Mode, patience_s: float, keep: bool) -> bool:
        try:
            with self._connection.begin_nested() as savepoint:
                self._connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{patience_s * 1000:.0f}ms'")
                self._connection.exec_driver_sql(f"LOCK TABLE {self._table} IN {mode} MODE")
                self._connection.exec_driver_sql("SET LOCAL lock_timeout TO DEFAULT")
                if not keep:
                    savepoint.rollback()
        except OperationalError as error:
            if isinstance(error.orig, LockNotAvailable):
                return False
            raise
        return True

    def _holders(self, mode: Mode) -> list[Holder]:
        parameters = {"table": self._table, "readers": mode == "ACCESS EXCLUSIVE"}
        return [Holder(*row) for row in self._connection.execute(_HOLDERS, parameters)]

    def _pause(self, pause_s: float, holders: list[Holder]) -> None:
        """Wait, reporting the holders often enough to notice a cancellation soon."""
        until = time.monotonic() + pause_s
        while (rest := until - time.monotonic()) > 0:
            self._waiting(f"waiting for readers of {self._layer}: {_describe(holders)}")
            time.sleep(min(rest, _HEARD_S))
        self._left_s -= pause_s

    def _given_up(self, holders: list[Holder]) -> Conflict:
        return Conflict(
            f"the table of layer {self._layer} was in use for {self._limit_s:g} s by {_describe(holders)}; the load "
            "was rolled back. End that session, or let loads wait longer (TWIN_SWAP_LIMIT_S), and load it again"
        )


def _describe(holders: list[Holder]) -> str:
    if not holders:
        return "changing sessions"
    more = f" and {len(holders) - _NAMED} more" if len(holders) > _NAMED else ""
    return f"{', '.join(map(str, holders[:_NAMED]))}{more}"
