"""The two ways from a stage into a layer: by comparing with what is there, or as a table of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from layers.ingest import ledger
from layers.ingest.bulk import Bulk
from layers.ingest.bulk_stage import BulkStage
from layers.ingest.intake import Intake
from layers.ingest.merge import merge
from layers.ingest.options import LoadOptions
from layers.ingest.quarantine import Provenance
from layers.ingest.stage import Cursor, Stage
from layers.ingest.summary import LayerSummary
from layers.source import Reading
from layers.store.dataset_layer import DatasetLayer


@dataclass(frozen=True)
class Loading:
    """What is loaded, by which wishes, as whose data, who hears of it, and how long it may wait to change tables."""

    reading: Reading
    options: LoadOptions
    said: Provenance
    report: Callable[[str], None]
    swap_limit_s: float

    def extent(self, stage: Stage, layer: DatasetLayer) -> bytes | None:
        """Return where all of a layer is known (WKB): as a person says, or the source, or else what it has of it."""
        return self.options.extent_wkb() or self.reading.extent or self._known_part(stage, layer)

    def tell(self, cursor: Cursor, layer: DatasetLayer, extent: bytes | None) -> None:
        """Record what is known from now on, and discard what waits of objects that have come again."""
        if extent is not None:
            ledger.cover(cursor, self.said.dataset, layer.id, extent, self.said.date)
        ledger.overtake(cursor, layer, self.said.load_id, self.said.date)

    def _known_part(self, stage: Stage, layer: DatasetLayer) -> bytes | None:
        """Return where a source that declares nothing may be taken to know all of a layer of which it has something."""
        own = stage.hull(layer)
        compass = next((other for other in self.reading.layers if other.id == self.reading.compass), None)
        return own if own is None or compass is None else stage.hull(compass) or own


class Landing(Protocol):
    """How the rows of a stage get into their layer."""

    @property
    def stage(self) -> Stage:
        """Return where the rows come in."""

    def land(self, layer: DatasetLayer, intake: Intake) -> LayerSummary:
        """Bring what is staged of a layer into it."""


@dataclass(frozen=True)
class Merging:
    """Rows are compared with what is there, object by object."""

    loading: Loading
    cursor: Cursor
    stage: Stage

    def land(self, layer: DatasetLayer, intake: Intake) -> LayerSummary:
        """Merge."""
        self.loading.report(f"merging {layer.id}")
        extent = self.loading.extent(self.stage, layer)
        summary = merge(self.cursor, layer, self.loading.said, extent if intake.knows_all_keys(layer) else None)
        self.loading.tell(self.cursor, layer, extent)
        return summary


@dataclass(frozen=True)
class Building:
    """The stage becomes the layer's table."""

    loading: Loading
    connection: Connection
    cursor: Cursor
    bulk: Bulk
    stage: BulkStage

    def land(self, layer: DatasetLayer, intake: Intake) -> LayerSummary:
        """Wait for the indexes, and publish; nothing of the dataset was there that could be missing."""
        self.loading.tell(self.cursor, layer, self.loading.extent(self.stage, layer))
        self.bulk.await_indexes(self.loading.report)
        return self.bulk.publish(self.connection, self.stage, self.loading.report, self.loading.swap_limit_s)
