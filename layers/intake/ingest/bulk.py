"""Bulk loads: a first load of many rows is built as a table of its own instead of merged row by row.

Rows are read, refused, checked against rules and counted as in other loads, and all appear at once or not at all. It
is used only where there are no rows to compare with.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from datetime import datetime

from psycopg import sql
from sqlalchemy import Connection, text

from layers.errors import Conflict
from layers.intake.ingest.bulk_stage import BulkStage
from layers.intake.ingest.quarantine import Provenance
from layers.intake.ingest.stage import Cursor
from layers.intake.ingest.summary import LayerSummary
from layers.intake.quality.examine import kind_of
from layers.intake.quality.rules import RuleBook
from layers.intake.source import Reading
from layers.store.dataset_layer import DatasetLayer
from layers.store.edit import begin_edit
from layers.store.locks import driver_of
from layers.store.models import SCHEMA
from layers.store.rebuild import Rebuild, columns_of, may_be_rebuilt, reserve_numbers, sweep

# Smaller loads are fast either way.
LEAST_ROWS = 50_000
# The most rows of the table for each new one: they are copied.
_MOST_BEFORE = 0.5
# COPY and CREATE INDEX each keep one processor busy.
_AT_ONCE = 2
_POLL_S = 0.3
_COUNT = "SELECT count(*) FROM (SELECT FROM {table} LIMIT :most) AS first"
_HAS_DATASET = "SELECT EXISTS (SELECT FROM {table} WHERE dataset = :dataset)"
# As the triggers would: every tile of the layer has changed, and the instants at which rows become valid are noted.
_NOTE_EDIT = """
WITH edited AS (INSERT INTO onemap.tile_edit (layer, x, y, n) VALUES (:layer, -1, -1, 1))
SELECT onemap.remember_boundaries(:layer, ARRAY[tstzrange(:date, NULL)])
"""
Report = Callable[[str], None]


def is_large(reading: Reading) -> bool:
    """Tell whether there are enough rows for a table of their own."""
    return len(reading.layers) == 1 and not reading.derived and (reading.total or 0) >= LEAST_ROWS


def may_be_built(connection: Connection, reading: Reading, dataset: str, book: RuleBook) -> bool:
    """Tell whether the layer has no rows of that dataset, and few of others, to compare a large reading with.

    Rules that compare neighbouring rows need indexes while rows are still added and removed.
    """
    layer = reading.layers[0]
    if any(rule.severity == "refuse" and kind_of(rule).costly for rule in book.of(layer.id)):
        return False
    table = f'{SCHEMA}."{layer.id}"'
    most = int((reading.total or 0) * _MOST_BEFORE) + 1
    present = connection.execute(text(_COUNT.format(table=table)), {"most": most}).scalar_one()
    has_dataset = connection.execute(text(_HAS_DATASET.format(table=table)), {"dataset": dataset}).scalar_one()
    return present < most and not has_dataset and may_be_rebuilt(connection, layer)


class Bulk:
    """The build of one load; :meth:`end` has to be called once the load's own transaction is over."""

    def __init__(self, connection: Connection, layer: DatasetLayer, provenance: Provenance, total: int) -> None:
        """Start the build; ``connection`` is the load's own, of the owner."""
        owner = connection.engine
        edit = begin_edit(connection)
        self._layer = layer
        self._provenance = provenance
        constants = {
            "dataset": sql.Literal(provenance.dataset),
            "load_id": sql.Literal(provenance.load_id),
            "source_crs": sql.Literal(provenance.source_crs),
            "valid": _since(provenance.date),
            # One belief for all of them, of the load's own transaction; its rows come in over other connections.
            "recorded": _since(edit.at),
            "recorded_tx": sql.Literal(edit.number),
        }
        first = reserve_numbers(connection, layer, total)
        self.build = Rebuild(owner, layer, provenance.load_id, first, constants, columns_of(connection, layer))
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="index")
        self._works: list[Future[None]] = []
        self._stage: BulkStage | None = None
        self._builders = [owner.connect() for _ in range(_AT_ONCE)]
        for builder in self._builders:
            # The session's lock and view end with it.
            builder.detach()
        with self._builders[0].begin():
            sweep(self._builders[0])
        with self._builders[0].begin():
            self.build.create(self._builders[0])

    def stage(self, cursor: Cursor) -> BulkStage:
        """Return the stage for the rows; ``cursor`` reads them in the load's own transaction."""
        drivers = [driver_of(each) for each in self._builders]
        self._stage = BulkStage(cursor, drivers, self._layer, self.build, self.begin_indexes)
        return self._stage

    def begin_indexes(self) -> None:
        """Build all indexes, two at a time, while the rows are checked."""
        self._works = [self._pool.submit(self.build.build, index) for index in self.build.indexes()]

    def await_indexes(self, report: Report) -> None:
        """Wait for all indexes; raises the error of one that failed."""
        while (waiting := wait(self._works, _POLL_S, FIRST_EXCEPTION)).not_done:
            _raise_first(waiting.done)
            report(f"building indexes, {len(waiting.done)} of {len(self._works)} done")
        _raise_first(self._works)

    def publish(self, connection: Connection, stage: BulkStage, report: Report, limit_s: float) -> LayerSummary:
        """Swap the table in; readers wait for milliseconds, writers of the layer until the end of the load.

        Raises Conflict where the layer's table is in use for longer than ``limit_s``.
        """
        rows = stage.counted()[self._layer.id]
        stage.close()
        lock = self.build.lock(connection, report, limit_s)
        # Writers need not wait for slow readers.
        lock.await_readers()
        self.build.copy_existing(connection, lock)
        if not self.build.numbers_are_free(connection, stage.taken):
            raise Conflict(
                f"numbers that this load had reserved were given to other objects of {self._layer.id}; load it again"
            )
        self.build.swap_table(connection, lock, stage.taken)
        connection.execute(text(_NOTE_EDIT), {"layer": self._layer.id, "date": self._provenance.date})
        return LayerSummary(self._layer.id, read=rows, new=rows)

    def end(self) -> None:
        """Close the connections, and discard a build that was not published."""
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
