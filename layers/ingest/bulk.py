"""The bulk path: a first load of many rows is not merged row by row, it is built as a table of its own.

What a load promises holds here as well: rows are read, refused, held against rules and counted alike, and all of it is
there at once or not at all. Only what has nothing to be compared with goes this way.
"""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from datetime import datetime
from typing import Any, cast

import psycopg
from psycopg import sql
from sqlalchemy import Connection, text

from layers.errors import Conflict
from layers.ingest.bulk_stage import BulkStage
from layers.ingest.quarantine import Provenance
from layers.ingest.stage import Cursor
from layers.ingest.summary import LayerSummary
from layers.quality.examine import kind_of
from layers.quality.rules import RuleBook
from layers.source import Reading
from layers.store.dataset_layer import DatasetLayer
from layers.store.edit import begin_edit
from layers.store.models import SCHEMA
from layers.store.rebuild import Rebuild, columns_of, may_be_rebuilt, reserve_numbers, sweep

# Below, nobody waits long either way.
LEAST_ROWS = 50_000
# The table may have so many rows already for each new one: they are copied.
_MOST_BEFORE = 0.5
# COPY and CREATE INDEX each keep one processor busy.
_AT_ONCE = 2
_POLL_S = 0.3
# Between two tries to put the table in its place, and how long they go on.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S, LONGEST_WAIT_S = 0.2, 5.0, 600.0
_COUNT = "SELECT count(*) FROM (SELECT FROM {table} LIMIT :most) AS first"
_KNOWN = "SELECT EXISTS (SELECT FROM {table} WHERE dataset = :dataset)"
# As the triggers would: every tile of the layer is another one, and remembers when the rows begin to be valid.
_TOLD = """
WITH bumped AS (INSERT INTO onemap.bump (layer, x, y, n) VALUES (:layer, -1, -1, 1))
SELECT onemap.remember_bounds(:layer, ARRAY[tstzrange(:date, NULL)])
"""
Report = Callable[[str], None]


def is_large(reading: Reading) -> bool:
    """Tell whether there are so many rows that a table of their own is worth the trouble."""
    return len(reading.layers) == 1 and not reading.derived and (reading.total or 0) >= LEAST_ROWS


def may_be_built(connection: Connection, reading: Reading, dataset: str, book: RuleBook) -> bool:
    """Tell whether the layer of a large reading has nothing of that dataset, nor much of others, to compare with.

    Rules that look at the neighbours of rows need indexes while rows still come and go.
    """
    layer = reading.layers[0]
    if any(rule.severity == "refuse" and kind_of(rule).costly for rule in book.of(layer.id)):
        return False
    table = f'{SCHEMA}."{layer.id}"'
    most = int((reading.total or 0) * _MOST_BEFORE) + 1
    before = connection.execute(text(_COUNT.format(table=table)), {"most": most}).scalar_one()
    known = connection.execute(text(_KNOWN.format(table=table)), {"dataset": dataset}).scalar_one()
    return before < most and not known and may_be_rebuilt(connection, layer)


class Bulk:
    """The build of one load; :meth:`end` has to be called once the load's own transaction is over."""

    def __init__(self, connection: Connection, layer: DatasetLayer, said: Provenance, total: int) -> None:
        """Begin to build; ``connection`` is the load's own, of the owner."""
        owner = connection.engine
        begun = begin_edit(connection)
        self._layer = layer
        self._said = said
        stated = {
            "dataset": sql.Literal(said.dataset),
            "load_id": sql.Literal(said.load_id),
            "source_crs": sql.Literal(said.source_crs),
            "valid": _since(said.date),
            # One belief for all of them, of the load's own transaction; its rows come in over other connections.
            "recorded": _since(begun.at),
            "recorded_tx": sql.Literal(begun.number),
        }
        first = reserve_numbers(connection, layer, total)
        self.build = Rebuild(owner, layer, said.load_id, first, stated, columns_of(connection, layer))
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="index")
        self._works: list[Future[None]] = []
        self._stage: BulkStage | None = None
        self._builders = [owner.connect() for _ in range(_AT_ONCE)]
        for builder in self._builders:
            # What the session holds, a lock and a view, ends with it.
            builder.detach()
        with self._builders[0].begin():
            sweep(self._builders[0])
        with self._builders[0].begin():
            self.build.create(self._builders[0])

    def stage(self, cursor: Cursor) -> BulkStage:
        """Return where the rows come in; ``cursor`` looks at them in the load's own transaction."""
        drivers = [cast("psycopg.Connection[Any]", each.connection.dbapi_connection) for each in self._builders]
        self._stage = BulkStage(cursor, drivers, self._layer, self.build, self.begin_indexes)
        return self._stage

    def begin_indexes(self) -> None:
        """Make all indexes, two at a time, while others look at the rows."""
        self._works = [self._pool.submit(self.build.build, index) for index in self.build.indexes()]

    def await_indexes(self, report: Report) -> None:
        """Wait for all of them; raises what kept one from being made."""
        while (waiting := wait(self._works, _POLL_S, FIRST_EXCEPTION)).not_done:
            _raise_first(waiting.done)
            report(f"building indexes, {len(waiting.done)} of {len(self._works)} are there")
        _raise_first(self._works)

    def publish(self, connection: Connection, stage: BulkStage, report: Report) -> LayerSummary:
        """Put the table in its place; readers wait for milliseconds, writers of the layer until the end of the load."""
        rows = stage.counted()[self._layer.id]
        stage.close()
        self.build.take_over(connection)
        if not self.build.numbers_are_free(connection, stage.taken):
            raise Conflict(
                f"somebody gave objects of {self._layer.id} numbers that this load had reserved; load it again"
            )
        self._exchange(connection, stage.taken, report)
        connection.execute(text(_TOLD), {"layer": self._layer.id, "date": self._said.date})
        return LayerSummary(self._layer.id, read=rows, new=rows)

    def _exchange(self, connection: Connection, taken: int, report: Report) -> None:
        """Try to put the table in its place in ever longer pauses, in which readers come and go, and up to a limit."""
        began, pause = time.monotonic(), _FIRST_PAUSE_S
        while not self.build.exchange(connection, taken):
            holders = " and ".join(self.build.holders()) or "somebody who has just let go"
            if time.monotonic() - began > LONGEST_WAIT_S:
                raise Conflict(
                    f"the table of {self._layer.id} was held for {LONGEST_WAIT_S:g} s by {holders}; end that "
                    "transaction, and load again: nothing of this load remains"
                )
            report(f"waiting for readers of {self._layer.id}: {holders}")
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def end(self) -> None:
        """Close the connections, and leave nothing of a build that was not published."""
        for work in self._works:
            work.cancel()
        self.build.interrupt()
        self._pool.shutdown()
        try:
            if self._stage is not None:
                self._stage.stop()
            self.build.discard()
        finally:
            for builder in self._builders:
                builder.close()


def _raise_first(works: Iterable[Future[None]]) -> None:
    for work in works:
        if work.done() and (error := work.exception()) is not None:
            raise error


def _since(instant: datetime) -> sql.Composable:
    return sql.SQL("tstzrange({}, NULL)").format(sql.Literal(instant))
