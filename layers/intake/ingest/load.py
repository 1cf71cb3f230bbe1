"""A load, from the first look into the file to the last statement: one transaction."""

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from layers.errors import DatabaseError, SourceError
from layers.intake.ingest import load_log
from layers.intake.ingest.bulk import Bulk, is_large, may_be_built
from layers.intake.ingest.derive import derive
from layers.intake.ingest.locate import locator
from layers.intake.ingest.options import LoadOptions
from layers.intake.ingest.placement_check import Misplaced, Placement, find_placement, placement_note, require_placement
from layers.intake.ingest.quarantine import Provenance
from layers.intake.ingest.raster import load_raster, require_no_raster
from layers.intake.ingest.stage import Cursor, Stage
from layers.intake.ingest.strategy import BulkSwapLoad, Loading, LoadStrategy, UpsertLoad
from layers.intake.ingest.summary import LayerSummary, LoadSummary
from layers.intake.ingest.validation import LoadValidation
from layers.intake.ingest.zoning import require_zone
from layers.intake.quality.rules import RuleBook, rule_book
from layers.intake.source import DatasetFacts, Reading
from layers.intake.sources import open_source
from layers.ops.jobs.progress import Progress
from layers.raster.files import RasterFiles
from layers.raster.formats import format_of
from layers.registry import Registry
from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import Database
from layers.store.locks import lend_driver, locks_of
from layers.store.models import SCHEMA
from layers.store.runtime import add_runtime_layers, define


def load_path(
    database: Database,
    registry: Registry,
    path: Path,
    options: LoadOptions,
    progress: Progress,
    files: RasterFiles | None = None,
) -> LoadSummary:
    """Load a file or folder into its layers, or a raster, and return a summary.

    All of it happens in one transaction: on any failure the database is unchanged. ``files`` is the folder of rasters;
    without it they are refused.
    """
    with database.reader.connect() as connection:
        add_runtime_layers(connection, registry)
    if format_of(path) is not None:
        return load_raster(database, registry, path, options, progress, _require_files(path, files))
    require_no_raster(options)
    reading = open_source(path, options.for_source(locator(database, registry)), registry)
    try:
        return load_reading(database, registry, reading, options, progress)
    except Misplaced as misplaced:
        if not options.automatic or misplaced.crs is None:
            raise
        options = replace(options, crs=misplaced.crs)
    return load_reading(
        database,
        registry,
        open_source(path, options.for_source(locator(database, registry)), registry),
        options,
        progress,
    )


def _require_files(path: Path, files: RasterFiles | None) -> RasterFiles:
    if files is None:
        raise SourceError(str(path), "this is a raster, which cannot be loaded here; use twin load")
    return files


def load_reading(
    database: Database, registry: Registry, reading: Reading, options: LoadOptions, progress: Progress
) -> LoadSummary:
    """Load the rows of a reading into their layers, and what belongs to them, in one transaction."""
    fresh = [layer for layer in reading.layers if layer.id not in registry or registry.get(layer.id) != layer]
    # New layers and bulk loads need new tables, which only the owner may create.
    engine = database.owner if fresh or is_large(reading) else database.writer
    try:
        summary = _Load(reading, options, progress, registry, database.swap_limit_s).run(engine, fresh)
    except (psycopg.OperationalError, OperationalError) as error:
        reason = str(error).strip().split("\n")[0]
        raise DatabaseError(
            f"the load of {reading.path} was interrupted and rolled back: {reason}; load it again"
        ) from error
    for layer in fresh:
        registry.replace(layer)
    _analyze(database.owner, summary.layers)
    return summary


@dataclass(frozen=True)
class _Load:
    reading: Reading
    options: LoadOptions
    progress: Progress
    registry: Registry
    swap_limit_s: float

    def run(self, engine: Engine, fresh: Iterable[DatasetLayer]) -> LoadSummary:
        """Run the load in one transaction."""
        began = time.monotonic()
        facts = self._facts()
        with ExitStack() as afterwards, engine.begin() as connection, self._cursor(connection) as cursor:
            locks_of(connection).dataset(facts.id, self._report)
            # Locked in one order, to avoid deadlocks between loads.
            for layer in sorted(fresh, key=lambda layer: layer.id):
                define(connection, layer)
            provenance = self._begin(cursor, facts)
            book = rule_book(connection, self.reading.layers)
            strategy = self._strategy(connection, cursor, provenance, book, afterwards)
            validation = LoadValidation(cursor, self.reading, provenance, self.options.tolerance, strategy.stage)
            validation.read_rows(self.progress)
            derive(cursor, self.reading.derived, self.reading.layers)
            placement = self._place(cursor, facts)
            self._report("checking rows against rules")
            validation.apply_rules(book, self.registry)
            layers = validation.settle(self._land_all(connection, cursor, strategy, validation))
            self.reading.attach(cursor, provenance.load_id, provenance.date)
            notes = (*self.reading.notes, *filter(None, [placement_note(placement, self.reading)]))
            seconds = round(time.monotonic() - began, 3)
            path = str(self.reading.path)
            summary = LoadSummary(
                provenance.load_id,
                facts.id,
                path,
                provenance.date,
                seconds,
                layers,
                notes,
                source_crs=provenance.source_crs,
                accuracy_m=self.reading.accuracy_m,
                placement=None if placement is None else placement.json(),
            )
            load_log.finish_load(cursor, summary, book.version, validation.examined)
            self._report("committing")
        return summary

    def _facts(self) -> DatasetFacts:
        facts, options = self.reading.dataset, self.options
        if options.dataset is not None:
            facts = replace(facts, id=options.dataset)
        return facts if options.precedence is None else replace(facts, precedence=options.precedence)

    def _place(self, cursor: Cursor, facts: DatasetFacts) -> Placement | None:
        """Compare with the map; raises Misplaced when the coordinates are not in the declared CRS."""
        if self.options.trust_crs:
            return None
        self._report("comparing with the map")
        require_zone(cursor, self.reading)
        placement = find_placement(cursor, self.reading, facts.id, self.registry)
        require_placement(placement, self.reading)
        return placement

    def _begin(self, cursor: Cursor, facts: DatasetFacts) -> Provenance:
        date = self.options.date or self.reading.date or datetime.now(UTC)
        load_id = load_log.begin_load(cursor, facts.id, self.reading.path, self.options.principal)
        load_log.keep_dataset(cursor, facts, date, overrule=self.options.precedence is not None)
        return Provenance(facts.id, load_id, self.reading.source_crs, date)

    def _strategy(
        self, connection: Connection, cursor: Cursor, provenance: Provenance, book: RuleBook, afterwards: ExitStack
    ) -> LoadStrategy:
        """Choose how the rows get into their layers."""
        loading = Loading(self.reading, self.options, provenance, self._report, self.swap_limit_s)
        layer = self.reading.layers[0]
        if is_large(self.reading):
            # No other load may start on it; the layers of _land_all cannot be locked after it.
            locks_of(connection).layers(self._affected_layers(cursor, provenance.dataset), self._report)
            if may_be_built(connection, self.reading, provenance.dataset, book):
                bulk = Bulk(connection, layer, provenance, self.reading.total or 0)
                afterwards.callback(bulk.end)
                return BulkSwapLoad(loading, connection, cursor, bulk, bulk.stage(cursor))
        return UpsertLoad(loading, cursor, Stage(cursor, self.reading.layers))

    def _land_all(
        self, connection: Connection, cursor: Cursor, strategy: LoadStrategy, validation: LoadValidation
    ) -> tuple[LayerSummary, ...]:
        """Merge layer by layer, then apply precedence; loads of other datasets wait, since each must see the other."""
        ids = self._affected_layers(cursor, self._facts().id)
        locks = locks_of(connection)
        locks.layers(ids, self._report)
        locks.begin_rows()
        merged = {layer.id: strategy.land(layer, validation) for layer in self.reading.layers}
        for name in sorted(ids):
            self._report(f"applying precedence in {name}")
            row = cursor.execute(f"SELECT {SCHEMA}.apply_precedence(%s)", [name]).fetchone()
            hidden = int(row[0]) if row else 0
            if name in merged or hidden:
                merged[name] = replace(merged.get(name, LayerSummary(name)), hidden=hidden)
        return tuple(merged.values())

    @contextmanager
    def _cursor(self, connection: Connection) -> Iterator[Cursor]:
        """Yield a cursor of the driver itself, for COPY, in the same transaction."""
        with lend_driver(connection, self.progress) as driver, driver.cursor() as cursor:
            # Otherwise a server in a long statement does not notice that its client was killed.
            cursor.execute("SET LOCAL client_connection_check_interval = '2s'")
            yield cursor

    def _affected_layers(self, cursor: Cursor, dataset: str) -> set[str]:
        """Return the layers of the load, and those in which its dataset hides others' rows."""
        return {layer.id for layer in self.reading.layers} | load_log.covered_layers(cursor, dataset)

    def _report(self, message: str) -> None:
        self.progress.report(self.reading.position, self.reading.total, message)


def _analyze(owner: Engine, layers: Iterable[LayerSummary]) -> None:
    """Update the planner's statistics of changed tables, which only their owner may."""
    touched = [summary.layer for summary in layers if summary.touched]
    if not touched:
        return
    with owner.connect() as connection:
        for name in touched:
            quoted = connection.dialect.identifier_preparer.quote(name)
            connection.exec_driver_sql(f"ANALYZE {SCHEMA}.{quoted}")
        connection.commit()
