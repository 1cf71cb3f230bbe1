"""The bulk path: a first load of many rows is not merged row by row, it is built as a table of its own.

What a load promises holds here as well: rows are read, refused, held against rules and counted alike, and all of it is
there at once or not at all. Only what has nothing to be compared with goes this way.
"""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import Any, cast

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql
from sqlalchemy import Connection, text

from layers.base import Layer
from layers.errors import Conflict
from layers.ingest.quarantine import Provenance
from layers.ingest.stage import Cursor, Stage, copy_batch, stage_table
from layers.ingest.summary import LayerSummary
from layers.quality.examine import kind_of
from layers.quality.rules import RuleBook
from layers.row_batch import RowBatch, batch_schema
from layers.source import Reading
from layers.space.hull import GrowingHull
from layers.store.dataset_layer import DatasetLayer
from layers.store.models import SCHEMA
from layers.store.rebuild import Rebuild, may_be_rebuilt, reserve_numbers, sweep

# Below, nobody waits long either way.
LEAST_ROWS = 50_000
# The table may have so many rows already for each new one: they are copied.
_MOST_BEFORE = 0.5
_BUILDERS = 2
_POLL_S = 0.3
_COUNT = "SELECT count(*) FROM (SELECT FROM {table} LIMIT :most) AS first"
_KNOWN = "SELECT EXISTS (SELECT FROM {table} WHERE dataset = :dataset)"
_VIEW = "CREATE TEMPORARY VIEW {view} AS SELECT fid - {before} AS _ordinal, {columns} FROM {table}"
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
        self._layer = layer
        self._said = said
        self._builder = owner.connect()
        self._builder.detach()
        sweep(self._builder)
        self._builder.commit()
        stated = {
            "dataset": _literal(said.dataset),
            "load_id": str(said.load_id),
            "source_crs": _literal(said.source_crs),
            "valid": f"tstzrange({_literal(said.date)}, NULL)",
        }
        first = reserve_numbers(connection, layer, total)
        self.build = Rebuild(owner, layer, said.load_id, first, stated)
        self._pool = ThreadPoolExecutor(_BUILDERS, thread_name_prefix="index")
        self._works: list[Future[None]] = []
        self.build.create(self._builder)

    def stage(self, cursor: Cursor) -> "BulkStage":
        """Return where the rows come in; ``cursor`` looks at them in the load's own transaction."""
        return BulkStage(cursor, self._driver, self._layer, self.build, self.begin_indexes)

    @property
    def _driver(self) -> psycopg.Connection[Any]:
        return cast("psycopg.Connection[Any]", self._builder.connection.dbapi_connection)

    def begin_indexes(self) -> None:
        """Make all indexes, two at a time, while others look at the rows."""
        self._works = [self._pool.submit(self.build.build, index) for index in self.build.indexes()]

    def await_indexes(self, report: Report) -> None:
        """Wait for all of them; raises what kept one from being made."""
        while (waiting := wait(self._works, _POLL_S, FIRST_EXCEPTION)).not_done:
            _raise_first(waiting.done)
            report(f"building indexes, {len(waiting.done)} of {len(self._works)} are there")
        _raise_first(self._works)

    def publish(self, connection: Connection, stage: "BulkStage", report: Report) -> LayerSummary:
        """Put the table in its place; readers wait for milliseconds, writers of the layer until the end of the load."""
        rows = stage.counted()[self._layer.id]
        stage.close()
        self.build.take_over(connection)
        if not self.build.numbers_are_free(connection, stage.taken):
            raise Conflict(
                f"somebody gave objects of {self._layer.id} numbers that this load had reserved; load it again"
            )
        while not self.build.exchange(connection):
            report(f"waiting for readers of {self._layer.id}")
            time.sleep(_POLL_S)
        connection.execute(text(_TOLD), {"layer": self._layer.id, "date": self._said.date})
        return LayerSummary(self._layer.id, read=rows, new=rows)

    def end(self) -> None:
        """Close the connections, and leave nothing of a build that was not published."""
        for work in self._works:
            work.cancel()
        self.build.interrupt()
        self._pool.shutdown()
        try:
            self._builder.rollback()
            self.build.discard()
        finally:
            self._builder.close()


class BulkStage(Stage):
    """The table that is built, looked at as other loads look at their staging tables.

    Rows are written over a connection of their own: committed, they can be indexed over several others, and nobody
    else knows of them yet.
    """

    def __init__(
        self,
        cursor: Cursor,
        builder: psycopg.Connection[Any],
        layer: DatasetLayer,
        build: Rebuild,
        ready: Callable[[], None],
    ) -> None:
        """Show the table under the name of a staging table; ``ready`` is called once all rows are in it."""
        self._build = build
        self._tell = ready
        self._builder = builder
        self._layer = layer
        self.taken = 0
        self._keys: list[Any] = []
        self._hull = GrowingHull()
        self._mended = False
        super().__init__(cursor, [layer], builder.cursor())

    def _make(self, layer: Layer) -> None:
        self.writer.execute(self._view())

    def _view(self) -> sql.Composed:
        parts = {
            "view": sql.Identifier(f"stage_{self._layer.id}"),
            "before": sql.Literal(self._build.first - 1),
            "columns": sql.SQL(", ").join(map(sql.Identifier, batch_schema(self._layer).names)),
            "table": self._build.name,
        }
        return sql.SQL(_VIEW).format(**parts)

    def _put(self, batch: RowBatch) -> None:
        # What is frozen needs no second look at who made it, nor to be written once more for that.
        copy_batch(self.writer, self._build.name, batch, freeze=True)
        self.taken += len(batch)
        self._keys.append(batch.columns.column("source_key"))
        self._hull.add(batch.geometries())

    def may_have_doubles(self) -> bool:
        """Count the different keys, which is done here in no time."""
        return bool(pc.count_distinct(pa.chunked_array(self._keys, pa.string())).as_py() < self.taken)

    def hull(self, layer: Layer) -> bytes | None:
        """Return what was found while rows came by; where some were set aside, look anew."""
        return super().hull(layer) if self._mended else self._hull.wkb()

    def _ready(self) -> None:
        self._builder.commit()
        self._cursor.execute(self._view())
        self._tell()

    def settle(self) -> None:
        """Let others see what was set aside."""
        self._mended = True
        self._builder.commit()

    def close(self) -> None:
        """Leave the table to itself: what looks at it would keep it from being moved."""
        self._cursor.execute(sql.SQL("DROP VIEW {}").format(stage_table(self._layer)))


def _raise_first(works: Iterable[Future[None]]) -> None:
    for work in works:
        if work.done() and (error := work.exception()) is not None:
            raise error


def _literal(value: object) -> str:
    return sql.Literal(value).as_string(None)
