"""The two strategies of a load: comparing staged rows with present ones, or swapping in a new table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from layers.intake.ingest import load_log
from layers.intake.ingest.bulk import Bulk
from layers.intake.ingest.bulk_stage import BulkStage
from layers.intake.ingest.options import LoadOptions
from layers.intake.ingest.quarantine import Provenance
from layers.intake.ingest.stage import Cursor, Stage
from layers.intake.ingest.summary import LayerSummary
from layers.intake.ingest.upsert import merge
from layers.intake.ingest.validation import LoadValidation
from layers.intake.source import Reading
from layers.store.dataset_layer import DatasetLayer


@dataclass(frozen=True)
class Loading:
    """The reading, options and provenance of a load, its progress callback, and the longest wait to swap tables."""

    reading: Reading
    options: LoadOptions
    provenance: Provenance
    report: Callable[[str], None]
    swap_limit_s: float

    def extent(self, stage: Stage, layer: DatasetLayer) -> bytes | None:
        """Return the extent (WKB) that the source covers in a layer: as an option, declared, or of its rows."""
        return self.options.extent_wkb() or self.reading.extent or self._hull(stage, layer)

    def record_coverage(self, cursor: Cursor, layer: DatasetLayer, extent: bytes | None) -> None:
        """Record the coverage, and discard pending rows of objects that this load has again."""
        if extent is not None:
            load_log.cover(cursor, self.provenance.dataset, layer.id, extent, self.provenance.date)
        load_log.overtake(cursor, layer, self.provenance.load_id, self.provenance.date)

    def _hull(self, stage: Stage, layer: DatasetLayer) -> bytes | None:
        """Return the extent of a layer in a source without one: the hull of the reference layer or of its own rows."""
        own = stage.hull(layer)
        reference = next((other for other in self.reading.layers if other.id == self.reading.reference_layer), None)
        return own if own is None or reference is None else stage.hull(reference) or own


class LoadStrategy(Protocol):
    """A way to bring the rows of a stage into their layer."""

    @property
    def stage(self) -> Stage:
        """Return the stage of the rows."""

    def land(self, layer: DatasetLayer, validation: LoadValidation) -> LayerSummary:
        """Bring the staged rows of a layer into it."""


@dataclass(frozen=True)
class UpsertLoad:
    """Compares rows with present ones, object by object."""

    loading: Loading
    cursor: Cursor
    stage: Stage

    def land(self, layer: DatasetLayer, validation: LoadValidation) -> LayerSummary:
        """Merge the staged rows."""
        self.loading.report(f"merging {layer.id}")
        extent = self.loading.extent(self.stage, layer)
        summary = merge(self.cursor, layer, self.loading.provenance, extent if validation.has_all_keys(layer) else None)
        self.loading.record_coverage(self.cursor, layer, extent)
        return summary


@dataclass(frozen=True)
class BulkSwapLoad:
    """Makes the stage the layer's table."""

    loading: Loading
    connection: Connection
    cursor: Cursor
    bulk: Bulk
    stage: BulkStage

    def land(self, layer: DatasetLayer, validation: LoadValidation) -> LayerSummary:
        """Wait for the indexes, and swap the table in; the dataset had no rows that could now be missing."""
        self.loading.record_coverage(self.cursor, layer, self.loading.extent(self.stage, layer))
        self.bulk.await_indexes(self.loading.report)
        return self.bulk.publish(self.connection, self.stage, self.loading.report, self.loading.swap_limit_s)
