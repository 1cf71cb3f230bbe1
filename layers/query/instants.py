"""The instants at which a layer changed, and how much at each: what a time line shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    CTE,
    BigInteger,
    Row,
    Select,
    Subquery,
    and_,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement

from layers.access.decision import Decision
from layers.access.rows import visible, visible_beliefs
from layers.base import Layer
from layers.errors import ParameterError
from layers.query.items import ends_of
from layers.temporal import OpenTime, When

Axis = Literal["valid", "known"]
Grain = Literal["instant", "minute", "day"]
# More instants than this are told by minutes, then by days, and of days the last ones.
MOST = 2000
_ZONE = "Asia/Shanghai"
_NEVER: Any = literal_column("'infinity'::timestamptz")
_KINDS = ("added", "removed", "changed")


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

    ``valid`` is when things changed in the world, as believed at ``as_of``: a thing of which one state ends in the
    instant in which the next begins has changed. ``known`` is when beliefs changed: what was known of a thing for the
    first time is added, what is no longer believed at all is removed.
    Raises ParameterError where the layer keeps no beliefs.
    """
    spans = _spans(layer, decision, axis, as_of)
    events = _in_the_world(spans) if axis == "valid" else _in_what_is_known(spans, grain)
    shown = func.max(events.c.at).label("at")
    columns: list[Any] = [shown, *(cast(func.sum(events.c[kind]), BigInteger).label(kind) for kind in _KINDS)]
    changed_at_all = or_(*(func.sum(events.c[kind]) > 0 for kind in _KINDS))
    counted = select(*columns).group_by(_moment(events.c.at, grain)).having(changed_at_all)
    return counted.order_by(shown.desc()).limit(MOST + 1)


def instants_of(rows: Sequence[Row[Any]]) -> list[Instant]:
    """Return the rows of a statement as instants, the earliest first."""
    return [Instant(row.at, row.added, row.removed, row.changed) for row in reversed(rows[:MOST])]


def bins_of(instants: Sequence[Instant], count: int) -> list[Bin]:
    """Return ``count`` bins of one width from the first instant to the last; none of no instants."""
    if not instants:
        return []
    begin, end = instants[0].at, instants[-1].at
    width = max((end - begin) / count, timedelta(microseconds=1))
    sums = [[0, 0, 0] for _ in range(count)]
    for one in instants:
        counts = sums[min(int((one.at - begin) / width), count - 1)]
        counts[:] = [counts[0] + one.added, counts[1] + one.removed, counts[2] + one.changed]
    return [Bin(begin + width * place, begin + width * (place + 1), *numbers) for place, numbers in enumerate(sums)]


def _spans(layer: Layer, decision: Decision, axis: Axis, as_of: OpenTime) -> CTE:
    """Return (fid, begins, ends) of every visible state of things; an open end is NULL."""
    rows = visible(layer, decision, When(None, None, as_of)) if axis == "valid" else visible_beliefs(layer, decision)
    if rows is None:
        raise ParameterError("axis", f"layer {layer.id} keeps no beliefs; it has no axis 'known'")
    columns = rows.selected_columns
    span = columns.valid if axis == "valid" else columns.recorded
    ends = func.nullif(ends_of(columns) if axis == "valid" else func.upper(span), _NEVER).label("ends")
    states = rows.with_only_columns(columns.fid, func.lower(span).label("begins"), ends)
    return states.cte("spans").prefix_with("NOT MATERIALIZED")


def _in_the_world(spans: CTE) -> Subquery:
    """Return (at, added, removed, changed) in parts that are to be summed up.

    Begins and ends are counted each by themselves, and what both ends and begins in one instant taken from both: a
    statement that looks at no thing twice, unless it has another state.
    """
    before, after = spans.alias("before"), spans.alias("after")
    goes_on = and_(before.c.fid == after.c.fid, before.c.ends == after.c.begins)
    begun = select(spans.c.begins.label("at"), *_parts(1, 0, 0)).group_by(spans.c.begins)
    ended = select(spans.c.ends.label("at"), *_parts(0, 1, 0)).where(spans.c.ends.is_not(None)).group_by(spans.c.ends)
    changed = select(after.c.begins.label("at"), *_parts(-1, -1, 1)).join_from(before, after, goes_on)
    changed = changed.where(before.c.ends.is_not(None))
    return union_all(begun, ended, changed.group_by(after.c.begins)).subquery("events")


def _in_what_is_known(spans: CTE, grain: Grain) -> Subquery:
    """Return (at, added, removed, changed) of each thing; several changes of one within the grain are one."""
    last = func.max(func.coalesce(spans.c.ends, _NEVER))
    lives = (
        select(spans.c.fid, func.min(spans.c.begins).label("first"), last.label("last"))
        .group_by(spans.c.fid)
        .cte("lives")
    )
    added = select(lives.c.first.label("at"), *_numbers(1, 0, 0))
    removed = select(lives.c.last.label("at"), *_numbers(0, 1, 0)).where(func.isfinite(lives.c.last))
    later = select(func.max(spans.c.begins).label("at"), *_numbers(0, 0, 1)).join(lives, lives.c.fid == spans.c.fid)
    changed = later.where(spans.c.begins > lives.c.first).group_by(spans.c.fid, _moment(spans.c.begins, grain))
    return union_all(added, removed, changed).subquery("events")


def _parts(*signs: int) -> list[Any]:
    return [(literal(sign) * func.count()).label(kind) for sign, kind in zip(signs, _KINDS, strict=True)]


def _numbers(*numbers: int) -> list[Any]:
    return [literal(number).label(kind) for number, kind in zip(numbers, _KINDS, strict=True)]


def _moment(at: ColumnElement[Any], grain: Grain) -> ColumnElement[Any]:
    return at if grain == "instant" else func.date_trunc(grain, at, _ZONE)
