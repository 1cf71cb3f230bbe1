"""What datastreams of one observed property observed in a span of time, by the cells of a grid.

An observation counts in the cell in which its datastream stood then, and only while a slice of the datastream that the
asker may see says so. Results of different units are never in one number.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, DateTime, Select, Subquery, func, literal, not_, select, true

from layers.access import Decision, visible
from layers.errors import ParameterError
from layers.query import Bbox
from layers.space import Grid, need_level
from layers.temporal import When
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.sensing.rollups.pieces import after, mean_of, pieces

MOST_DATASTREAMS = 50_000
LONGEST = timedelta(days=31)


@dataclass(frozen=True)
class AreaQuery:
    """Which observed property (its name, or its number), between which instants (both are in it), by which cells."""

    observed_property: str | int
    first: datetime
    last: datetime
    grid: Grid
    level: int
    bbox: Bbox | None = None
    unit: str | None = None


@dataclass
class Cell:
    """What was observed in a cell in one unit; ``datastreams`` is how many took part."""

    code: str
    unit: str | None
    datastreams: int = 0
    count: int = 0
    total: float = 0.0
    min: float = float("inf")
    max: float = float("-inf")

    @property
    def mean(self) -> float:
        """Return the mean of all observations."""
        return mean_of(self.total, self.count, self.min, self.max)


def cells(connection: Connection, decision: Decision, query: AreaQuery) -> list[Cell]:
    """Return the cells in which something was observed, by code and unit; ``decision`` is on datastreams.

    Raises ParameterError for a level that the grid does not have, and for too long a time or too large an area.
    """
    need_level(query.grid, query.level)
    if query.last - query.first > LONGEST:
        raise ParameterError("datetime", f"this is longer than the {LONGEST.days} days that are allowed")
    rows = connection.execute(_statement(decision, query)).all()
    if len(rows) > MOST_DATASTREAMS:
        raise ParameterError("bbox", f"more than {MOST_DATASTREAMS} datastreams are in this area; take a smaller one")
    return list(_counted(query, [row for row in rows if row.number]))


def _statement(decision: Decision, query: AreaQuery) -> Select[Any]:
    """Return a row for each slice of a datastream: unit, place and what was observed."""
    spans = _spans(decision, query)
    piece = pieces(spans)
    p = piece.c
    summed = select(
        func.sum(p.count).label("number"), func.sum(p.total).label("total"), func.min(p.lowest).label("lowest"),
        func.max(p.highest).label("highest"),
    ).lateral("summed")  # fmt: skip
    rows = select(spans.c.datastream, spans.c.unit, spans.c.lon, spans.c.lat, *summed.c)
    return rows.select_from(spans.join(summed, true())).limit(MOST_DATASTREAMS + 1)


def _spans(decision: Decision, query: AreaQuery) -> Subquery:
    slices = visible(DATASTREAMS, decision, When(query.first, query.last))
    columns = slices.selected_columns
    named = columns.observed_property if isinstance(query.observed_property, int) else columns.property_name
    conditions = [named == query.observed_property, not_(func.ST_IsEmpty(columns.geom))]
    if query.bbox is not None:
        conditions.append(query.bbox.touches(columns.geom))
    if query.unit is not None:
        conditions.append(func.coalesce(columns.unit_symbol, "") == query.unit)
    time = DateTime(timezone=True)
    point = func.ST_PointOnSurface(columns.geom)
    return slices.with_only_columns(
        columns.fid.label("datastream"),
        columns.unit_symbol.label("unit"),
        func.ST_X(point).label("lon"),
        func.ST_Y(point).label("lat"),
        func.greatest(func.lower(columns.valid), literal(query.first, time)).label("begins"),
        func.least(func.upper(columns.valid), literal(after(query.last), time)).label("ends"),
    ).where(*conditions).subquery("span")  # fmt: skip


def _counted(query: AreaQuery, rows: list[Any]) -> Iterable[Cell]:
    lon, lat = [row.lon for row in rows], [row.lat for row in rows]
    codes = list(map(str, query.grid.encode(lon, lat, query.level))) if rows else []
    found: dict[tuple[str, str], Cell] = {}
    seen: set[tuple[str, str, int]] = set()
    for code, row in zip(codes, rows, strict=True):
        unit = row.unit or ""
        cell = found.setdefault((code, unit), Cell(code, row.unit))
        cell.datastreams += (code, unit, row.datastream) not in seen
        seen.add((code, unit, row.datastream))
        cell.count += row.number
        cell.total += row.total
        cell.min, cell.max = min(cell.min, row.lowest), max(cell.max, row.highest)
    return _in_order(found)


def _in_order(found: dict[tuple[str, str], Cell]) -> Iterator[Cell]:
    for key in sorted(found):
        yield found[key]
