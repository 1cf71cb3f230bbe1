"""Facts about layers that catalogues show: how many rows, where, from when, by whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from layers.access.decision import Decision
from layers.access.rows import visible
from layers.base import Layer
from layers.store.models import coverage, dataset, tile_edit, validity_boundary
from layers.temporal import When

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Facts:
    """What a catalogue says of a layer beside its definition; ``bounds`` are west, south, east, north in degrees."""

    count: int = 0
    bounds: Bounds | None = None
    date: datetime | None = None
    sources: tuple[str, ...] = ()


def versions_statement() -> Select[Any]:
    """Return (layer, version): a version changes with every edit of the layer."""
    edits = select(tile_edit.c.layer, func.sum(tile_edit.c.n).label("n")).group_by(tile_edit.c.layer)
    passed = select(validity_boundary.c.layer, func.count().label("n")).where(
        validity_boundary.c.at <= func.clock_timestamp()
    )
    both = edits.union_all(passed.group_by(validity_boundary.c.layer)).subquery("edits")
    return select(both.c.layer, func.sum(both.c.n)).group_by(both.c.layer)


def rows_statement(layer: Layer, decision: Decision, when: When) -> Select[Any]:
    """Return (count, west, south, east, north) of the rows of a layer that somebody may see."""
    rows = visible(layer, decision, when)
    extent = func.ST_Extent(rows.selected_columns.geom)
    edges = [getattr(func, f"ST_{edge}")(extent) for edge in ("XMin", "YMin", "XMax", "YMax")]
    return rows.with_only_columns(func.count(), *edges)


def datasets_statement(layer: Layer, decision: Decision, when: When) -> Select[Any]:
    """Return (title_zh, source, date) of the datasets that cover a layer, the one with the highest precedence first.

    Datasets of which the principal may see no row are left out.
    """
    covering = select(coverage.c.dataset).where(coverage.c.layer == layer.id)
    statement = select(dataset.c.title_zh, dataset.c.source, dataset.c.date).where(dataset.c.id.in_(covering))
    rows = visible(layer, decision, when)
    columns = rows.selected_columns
    if "dataset" in columns:
        dataset_rows = rows.with_only_columns(columns.fid).where(columns.dataset == dataset.c.id)
        statement = statement.where(dataset_rows.correlate(dataset).exists())
    return statement.order_by(dataset.c.precedence.desc(), dataset.c.id)
