"""The instants at which a layer changed, and how much at each: what a time line shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, Select, Subquery, and_, func, literal, not_, select, union_all
from sqlalchemy.sql.elements import ColumnElement

from layers.access.decide import Decision
from layers.base import Layer
from layers.errors import ParameterError
from layers.temporal import OpenTime, When

Axis = Literal["valid", "known"]
Grain = Literal["instant", "minute", "day"]
# More instants than this are told by minutes, then by days, and of days the last ones.
MOST = 2000
_ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class Instant:
    """An instant (of a coarser grain the last one of its minute or day), and how many things changed."""

    at: datetime
    added: int
    removed: int
    changed: int


@dataclass(frozen=True)
class Bin:
    """What changed from ``begins`` on and before ``ends``; the last bin has its end too."""

    begins: datetime
    ends: datetime
    added: int
    removed: int
    changed: int


def grains(axis: Axis) -> tuple[Grain, ...]:
    """Return the grains to be tried, finest first: each row of one load is known from an instant of its own."""
    return ("instant", "minute", "day") if axis == "valid" else ("minute", "day")


def instants_statement(layer: Layer, decision: Decision, axis: Axis, as_of: OpenTime, grain: Grain) -> Select[Any]:
    """Return (at, added, removed, changed), the latest first, and one row more than the most.

    ``valid`` is when things changed in the world, as believed at ``as_of``; ``known`` is when beliefs changed. A thing
    of which one state ends in the instant in which the next begins has changed.
    Raises ParameterError where the layer keeps no beliefs.
    """
    each = _ends_of(_spans(layer, decision, axis, as_of))
    shown = func.max(each.c.at).label("at")
    moment = each.c.at if grain == "instant" else func.date_trunc(grain, each.c.at, _ZONE)
    columns: list[Any] = [
        shown,
        _count(and_(each.c.begins, not_(each.c.ends))).label("added"),
        _count(and_(each.c.ends, not_(each.c.begins))).label("removed"),
        _count(and_(each.c.begins, each.c.ends)).label("changed"),
    ]
    counted = select(*columns)
    return counted.group_by(moment).order_by(shown.desc()).limit(MOST + 1)


def instants_of(rows: Sequence[Row[Any]]) -> list[Instant]:
    """Return what a statement found, the earliest first."""
    return [Instant(row.at, row.added, row.removed, row.changed) for row in reversed(rows[:MOST])]


def bins_of(instants: Sequence[Instant], count: int) -> list[Bin]:
    """Return ``count`` bins of one width from the first instant to the last; none of no instants."""
    if not instants:
        return []
    begin, end = instants[0].at, instants[-1].at
    width = max((end - begin) / count, timedelta(microseconds=1))
    sums = [[0, 0, 0] for _ in range(count)]
    for one in instants:
        here = sums[min(int((one.at - begin) / width), count - 1)]
        here[:] = [here[0] + one.added, here[1] + one.removed, here[2] + one.changed]
    return [Bin(begin + width * place, begin + width * (place + 1), *numbers) for place, numbers in enumerate(sums)]


def _spans(layer: Layer, decision: Decision, axis: Axis, as_of: OpenTime) -> Subquery:
    """Return (fid, span) of every state of the things that somebody may see."""
    rows = layer.select(When(None, None, as_of)) if axis == "valid" else layer.beliefs()
    if rows is None:
        raise ParameterError("axis", f"layer {layer.id} keeps no beliefs; it has no axis 'known'")
    columns = rows.selected_columns
    span = columns.valid if axis == "valid" else columns.recorded
    seen = rows.with_only_columns(columns.fid, span.label("span")).where(columns.grade <= int(decision.clearance))
    return seen.subquery("spans")


def _ends_of(spans: Subquery) -> Subquery:
    """Return (fid, at, begins, ends): where the states of each thing begin and end, each instant once."""
    lower, upper = func.lower(spans.c.span), func.upper(spans.c.span)
    begins = select(spans.c.fid, lower.label("at"), literal(True).label("begins"))
    ends = select(spans.c.fid, upper.label("at"), literal(False).label("begins"))
    both = union_all(begins, ends.where(func.isfinite(upper))).subquery("both")
    merged = select(
        both.c.fid,
        both.c.at,
        func.bool_or(both.c.begins).label("begins"),
        func.bool_or(not_(both.c.begins)).label("ends"),
    )
    return merged.group_by(both.c.fid, both.c.at).subquery("each")


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)
