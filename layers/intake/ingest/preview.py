"""Previews of loads: reads all of the file and writes nothing."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import shapely

from layers.base import ColumnType
from layers.intake.ingest.locate import locator
from layers.intake.ingest.options import LoadOptions
from layers.intake.ingest.quarantine import Tally
from layers.intake.ingest.raster import preview_raster, require_no_raster
from layers.intake.ingest.raster_summary import RasterPreview
from layers.intake.source import Reading, Row
from layers.intake.sources import open_source
from layers.ops.jobs.progress import Progress
from layers.raster.formats import format_of
from layers.registry import Registry
from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import Database
from layers.store.runtime import add_runtime_layers

_EXAMPLES = 3
_LONGEST_EXAMPLE = 40
_CHUNK = 5_000
# New: the layer has no such column yet. Filled: it has. Ignored: it has none, and gets none.
Fate = Literal["new", "filled", "ignored"]


@dataclass(frozen=True)
class ColumnPreview:
    """A column of the file, under its name there, and the column that it would fill."""

    name: str
    column: str | None
    type: ColumnType | None
    fate: Fate
    examples: tuple[str, ...] = ()
    filled: int = 0


@dataclass(frozen=True)
class LayerPreview:
    """What a layer would get; ``extent`` is west, south, east, north in degrees, None where there are no rows."""

    layer: str
    is_new: bool
    geometry: str
    rows: int
    extent: tuple[float, float, float, float] | None
    columns: tuple[ColumnPreview, ...]
    quarantined: int = 0


@dataclass(frozen=True)
class Preview:
    """What a load would do."""

    path: str
    dataset: str
    source_crs: str
    accuracy_m: float | None
    layers: tuple[LayerPreview, ...]
    notes: tuple[str, ...]
    rasters: tuple[RasterPreview, ...] = ()

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


def preview_path(
    database: Database, registry: Registry, path: Path, options: LoadOptions, progress: Progress
) -> Preview:
    """Read a file as a load would, and return what it would do; the same errors are raised, nothing is written.

    The coordinates are not compared with the map, which needs staged rows.
    """
    with database.reader.connect() as connection:
        add_runtime_layers(connection, registry)
    if format_of(path) is not None:
        return _raster(preview_raster(registry, path, options, progress), path)
    require_no_raster(options)
    reading = open_source(path, options.for_source(locator(database, registry)), registry)
    surveys = {layer.id: _LayerSurvey(layer) for layer in reading.layers}
    tally, message = Tally(), f"reading {path.name}"
    for number, row in enumerate(reading.rows(), start=1):
        surveys[row.layer].see(row)
        if number % _CHUNK == 0:
            _tally_refused(reading, tally)
            progress.report(reading.position, reading.total, message)
    _tally_refused(reading, tally)
    progress.report(reading.position, reading.total, message)
    tally.require_tolerable(path, reading.read.total(), options.tolerance)
    return Preview(
        path=str(path),
        dataset=options.dataset or reading.dataset.id,
        source_crs=reading.source_crs,
        accuracy_m=reading.accuracy_m,
        layers=tuple(_layer(reading, survey, registry, tally) for survey in surveys.values()),
        notes=(*reading.notes, *(f"would be quarantined: {text}" for text in tally.first)),
    )


def _tally_refused(reading: Reading, tally: Tally) -> None:
    for refused in reading.refused:
        tally.see(refused)
    reading.refused.clear()


def _raster(preview: RasterPreview, path: Path) -> Preview:
    return Preview(str(path), preview.dataset, preview.source_crs, preview.accuracy_m, (), preview.notes, (preview,))


@dataclass
class _LayerSurvey:
    """The counts, examples and bounds of one layer's rows."""

    layer: DatasetLayer
    rows: int = 0
    examples: dict[str, list[str]] = field(default_factory=dict)
    filled: dict[str, int] = field(default_factory=dict)
    _waiting: list[bytes] = field(default_factory=list)
    _bounds: list[Any] = field(default_factory=list)

    def see(self, row: Row) -> None:
        """Take a row into account."""
        self.rows += 1
        for name, value in row.values.items():
            if value is None:
                continue
            self.filled[name] = self.filled.get(name, 0) + 1
            examples = self.examples.setdefault(name, [])
            if len(examples) < _EXAMPLES and (shown := _shown(value)) not in examples:
                examples.append(shown)
        self._waiting.append(row.geometry)
        if len(self._waiting) >= _CHUNK:
            self._measure()

    def extent(self) -> tuple[float, float, float, float] | None:
        """Return the bounds of all rows."""
        self._measure()
        if not self._bounds:
            return None
        corners = np.asarray(self._bounds)
        west, south = corners[:, :2].min(axis=0).tolist()
        east, north = corners[:, 2:].max(axis=0).tolist()
        return west, south, east, north

    def _measure(self) -> None:
        if self._waiting:
            self._bounds.append(shapely.total_bounds(shapely.from_wkb(self._waiting)))
            self._waiting.clear()


def _shown(value: Any) -> str:
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return text if len(text) <= _LONGEST_EXAMPLE else f"{text[: _LONGEST_EXAMPLE - 1]}…"


def _layer(reading: Reading, survey: _LayerSurvey, registry: Registry, tally: Tally) -> LayerPreview:
    layer = survey.layer
    present = registry.get(layer.id) if layer.id in registry else None
    column_names = {column.name for column in present.columns} if present is not None else set()
    return LayerPreview(
        layer=layer.id,
        is_new=present is None,
        geometry=layer.geometry,
        rows=survey.rows,
        extent=survey.extent(),
        columns=tuple(_columns(reading, survey, column_names)),
        quarantined=tally.count[layer.id],
    )


def _columns(reading: Reading, survey: _LayerSurvey, column_names: set[str]) -> Iterator[ColumnPreview]:
    columns = {column.name: column for column in survey.layer.columns}
    for label, name in reading.labels(survey.layer.id).items():
        if name is None:
            yield ColumnPreview(label, None, None, "ignored")
            continue
        fate: Fate = "filled" if name in column_names else "new"
        examples = tuple(survey.examples.get(name, ()))
        yield ColumnPreview(label, name, columns[name].type, fate, examples, survey.filled.get(name, 0))
