"""Facts about layers that catalogues show: how many rows, where, from when, by whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from layers.access.decide import Decision
from layers.access.rows import visible
from layers.base import Layer
from layers.store.models import bound, bump, coverage, dataset
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
    edits = select(bump.c.layer, func.sum(bump.c.n).label("n")).group_by(bump.c.layer)
    passed = select(bound.c.layer, func.count().label("n")).where(bound.c.at <= func.clock_timestamp())
    both = edits.union_all(passed.group_by(bound.c.layer)).subquery("edits")
    return select(both.c.layer, func.sum(both.c.n)).group_by(both.c.layer)


def rows_statement(layer: Layer, decision: Decision, when: When) -> Select[Any]:
    """Return (count, west, south, east, north) of the rows of a layer that somebody may see."""
    rows = visible(layer, decision, when)
    extent = func.ST_Extent(rows.selected_columns.geom)
    edges = [getattr(func, f"ST_{edge}")(extent) for edge in ("XMin", "YMin", "XMax", "YMax")]
    return rows.with_only_columns(func.count(), *edges)


def datasets_statement(layer: Layer, decision: Decision, when: When) -> Select[Any]:
    """Return (title_zh, source, date) of the datasets that cover a layer, the one with the highest precedence first.

    Those of which somebody may see no row are left out.
    """
    covering = select(coverage.c.dataset).where(coverage.c.layer == layer.id)
    found = select(dataset.c.title_zh, dataset.c.source, dataset.c.date).where(dataset.c.id.in_(covering))
    rows = visible(layer, decision, when)
    columns = rows.selected_columns
    if "dataset" in columns:
        known = rows.with_only_columns(columns.fid).where(columns.dataset == dataset.c.id)
        found = found.where(known.correlate(dataset).exists())
    return found.order_by(dataset.c.precedence.desc(), dataset.c.id)
