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
from layers.ingest import ledger
from layers.ingest.bulk import Bulk, is_large, may_be_built
from layers.ingest.derive import derive
from layers.ingest.intake import Intake
from layers.ingest.landing import Building, Landing, Loading, Merging
from layers.ingest.locate import locator
from layers.ingest.options import LoadOptions
from layers.ingest.placement import Misplaced, Placement, find_placement, placement_note, require_placement
from layers.ingest.progress import Progress
from layers.ingest.quarantine import Provenance
from layers.ingest.raster import load_raster, require_no_raster
from layers.ingest.stage import Cursor, Stage
from layers.ingest.summary import LayerSummary, LoadSummary
from layers.ingest.zoning import require_zone
from layers.quality.rules import RuleBook, rule_book
from layers.raster.files import RasterFiles
from layers.raster.formats import format_of
from layers.registry import Registry
from layers.source import DatasetFacts, Reading
from layers.sources import open_source
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
    """Load a file or folder into the layers it has something for, or a raster, and tell what was done.

    All of it happens in one transaction: whatever goes wrong, the database is as it was before. ``files`` is where
    rasters are kept; without it none is taken.
    """
    with database.reader.connect() as connection:
        add_runtime_layers(connection, registry)
    if format_of(path) is not None:
        return load_raster(database, registry, path, options, progress, _require_files(path, files))
    require_no_raster(options)
    reading = open_source(path, options.for_source(locator(database, registry)), registry)
    try:
        return _load(database, registry, reading, options, progress)
    except Misplaced as found:
        if not options.automatic or found.crs is None:
            raise
        options = replace(options, crs=found.crs)
    return _load(
        database,
        registry,
        open_source(path, options.for_source(locator(database, registry)), registry),
        options,
        progress,
    )


def _require_files(path: Path, files: RasterFiles | None) -> RasterFiles:
    if files is None:
        raise SourceError(str(path), "this is a raster, and this door takes none; use twin load")
    return files


def _load(
    database: Database, registry: Registry, reading: Reading, options: LoadOptions, progress: Progress
) -> LoadSummary:
    fresh = [layer for layer in reading.layers if layer.id not in registry or registry.get(layer.id) != layer]
    # New layers need new tables, and many rows one of their own, which only the owner may make.
    engine = database.owner if fresh or is_large(reading) else database.writer
    try:
        summary = _Load(reading, options, progress, registry, database.swap_limit_s).run(engine, fresh)
    except (psycopg.OperationalError, OperationalError) as error:
        reason = str(error).strip().split("\n")[0]
        raise DatabaseError(
            f"the load of {reading.path} broke off, nothing of it remains: {reason}; load it again"
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
        """Do all of it in one transaction."""
        began = time.monotonic()
        facts = self._facts()
        with ExitStack() as afterwards, engine.begin() as connection, self._cursor(connection) as cursor:
            locks_of(connection).dataset(facts.id, self._report)
            # In one order, as all that two loads may both want.
            for layer in sorted(fresh, key=lambda layer: layer.id):
                define(connection, layer)
            said = self._begin(cursor, facts)
            book = rule_book(connection, self.reading.layers)
            landing = self._landing(connection, cursor, said, book, afterwards)
            intake = Intake(cursor, self.reading, said, self.options.tolerance, landing.stage)
            intake.take_in(self.progress)
            derive(cursor, self.reading.derived, self.reading.layers)
            placement = self._place(cursor, facts)
            self._report("holding rows against rules")
            intake.keep_rules(book, self.registry)
            layers = intake.settle(self._land_all(connection, cursor, landing, intake))
            notes = (*self.reading.notes, *filter(None, [placement_note(placement, self.reading)]))
            seconds = round(time.monotonic() - began, 3)
            path = str(self.reading.path)
            summary = LoadSummary(
                said.load_id,
                facts.id,
                path,
                said.date,
                seconds,
                layers,
                notes,
                source_crs=said.source_crs,
                accuracy_m=self.reading.accuracy_m,
                placement=None if placement is None else placement.json(),
            )
            ledger.finish_load(cursor, summary, book.version, intake.examined)
            self._report("committing")
        return summary

    def _facts(self) -> DatasetFacts:
        facts, options = self.reading.dataset, self.options
        if options.dataset is not None:
            facts = replace(facts, id=options.dataset)
        return facts if options.precedence is None else replace(facts, precedence=options.precedence)

    def _place(self, cursor: Cursor, facts: DatasetFacts) -> Placement | None:
        """Compare with what the map knows; raises Misplaced where the coordinates are not what they are said to be."""
        if self.options.trust_crs:
            return None
        self._report("comparing with the map")
        require_zone(cursor, self.reading)
        found = find_placement(cursor, self.reading, facts.id, self.registry)
        require_placement(found, self.reading)
        return found

    def _begin(self, cursor: Cursor, facts: DatasetFacts) -> Provenance:
        date = self.options.date or self.reading.date or datetime.now(UTC)
        load_id = ledger.begin_load(cursor, facts.id, self.reading.path, self.options.principal)
        ledger.keep_dataset(cursor, facts, date, overrule=self.options.precedence is not None)
        return Provenance(facts.id, load_id, self.reading.source_crs, date)

    def _landing(
        self, connection: Connection, cursor: Cursor, said: Provenance, book: RuleBook, afterwards: ExitStack
    ) -> Landing:
        """Choose how the rows get into their layers."""
        loading = Loading(self.reading, self.options, said, self._report, self.swap_limit_s)
        layer = self.reading.layers[0]
        if is_large(self.reading):
            # Nobody else may begin to load into it; what is settled at the end cannot be locked after it.
            locks_of(connection).layers(self._concerned(cursor, said.dataset), self._report)
            if may_be_built(connection, self.reading, said.dataset, book):
                bulk = Bulk(connection, layer, said, self.reading.total or 0)
                afterwards.callback(bulk.end)
                return Building(loading, connection, cursor, bulk, bulk.stage(cursor))
        return Merging(loading, cursor, Stage(cursor, self.reading.layers))

    def _land_all(
        self, connection: Connection, cursor: Cursor, landing: Landing, intake: Intake
    ) -> tuple[LayerSummary, ...]:
        """Land layer by layer, then settle precedence; loads of other datasets wait, since each must see the other."""
        ids = self._concerned(cursor, self._facts().id)
        locks = locks_of(connection)
        locks.layers(ids, self._report)
        locks.begin_rows()
        merged = {layer.id: landing.land(layer, intake) for layer in self.reading.layers}
        for name in sorted(ids):
            self._report(f"settling precedence in {name}")
            row = cursor.execute(f"SELECT {SCHEMA}.apply_precedence(%s)", [name]).fetchone()
            hidden = int(row[0]) if row else 0
            if name in merged or hidden:
                merged[name] = replace(merged.get(name, LayerSummary(name)), hidden=hidden)
        return tuple(merged.values())

    @contextmanager
    def _cursor(self, connection: Connection) -> Iterator[Cursor]:
        """Give a cursor of the driver's own, for COPY, in the same transaction."""
        with lend_driver(connection, self.progress) as driver, driver.cursor() as cursor:
            # A server that works on a long statement does not see by itself that its client was killed.
            cursor.execute("SET LOCAL client_connection_check_interval = '2s'")
            yield cursor

    def _concerned(self, cursor: Cursor, dataset: str) -> set[str]:
        """Return the layers that the load brings something for, and those in which its dataset hides others' rows."""
        return {layer.id for layer in self.reading.layers} | ledger.covered_layers(cursor, dataset)

    def _report(self, message: str) -> None:
        self.progress.report(self.reading.position, self.reading.total, message)


def _analyze(owner: Engine, layers: Iterable[LayerSummary]) -> None:
    """Tell the planner about tables that have changed; only their owner may."""
    touched = [summary.layer for summary in layers if summary.touched]
    if not touched:
        return
    with owner.connect() as connection:
        for name in touched:
            quoted = connection.dialect.identifier_preparer.quote(name)
            connection.exec_driver_sql(f"ANALYZE {SCHEMA}.{quoted}")
        connection.commit()
