"""Decisions on matches: accept, refuse, undo. Each is one transaction, and is recorded with who and why."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, select, text, update

from layers.access.audit import audit_statement
from layers.access.principals import Principal
from layers.errors import Conflict, InputError, ParameterError
from layers.matching.matches import no_match
from layers.source import OWN_PRECEDENCE
from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import Database
from layers.store.lock import lock_layer
from layers.store.models import dataset as dataset_table
from layers.store.models import match
from layers.store.tables import feature_table

Act = Literal["accept", "refuse", "undo"]
# From which states an act leads on.
_FROM: dict[Act, tuple[str, ...]] = {
    "accept": ("proposed", "refused", "undone"),
    "refuse": ("proposed", "undone"),
    "undo": ("accepted",),
}
_LONGEST_REASON = 1000
# What tells of a dataset's own parts and means nothing on another's outline.
_NOT_TAKEN = frozenset({"has_parts"})
_MERGE = text("SELECT onemap.merge_match(:match, :stays, CAST(:columns AS text[]))")
_PART = text("SELECT onemap.part_match(:match)")


@dataclass(frozen=True)
class Decider:
    """Who decides, and why."""

    principal: Principal
    reason: str

    def __post_init__(self) -> None:
        """Want a reason; ParameterError says so."""
        if not self.reason.strip() or len(self.reason) > _LONGEST_REASON or "\x00" in self.reason:
            raise ParameterError("reason", f"say why, in at most {_LONGEST_REASON} characters")


def accept(database: Database, layer: DatasetLayer, number: int, decider: Decider, survivor: int | None = None) -> None:
    """Accept a match: two that are the same are merged, a whole and its part are put down as such.

    ``survivor`` is the fid that stays; else that of the dataset with the higher precedence does. Raises NotFound, and
    Conflict where the state of the match or of its objects does not allow it.
    """
    with database.writer.begin() as connection:
        lock_layer(connection, layer)
        _accept(connection, layer, _allowed(connection, layer, number, "accept"), decider, survivor)


def accept_above(database: Database, layer: DatasetLayer, above: float, decider: Decider) -> tuple[int, int]:
    """Accept all proposed merges with at least this score, the likeliest first; return how many were, and were not.

    All in one transaction. Those whose object was merged by a likelier one before them stay proposed.
    """
    if not 0 < above <= 1:
        raise ParameterError("above", f"{above:g} is not above 0 and at most 1")
    wanted = select(match.c.id).where(
        match.c.layer == layer.id, match.c.state == "proposed", match.c.relation == "same", match.c.score >= above
    )
    accepted = left = 0
    with database.writer.begin() as connection:
        lock_layer(connection, layer)
        for number in connection.execute(wanted.order_by(match.c.score.desc(), match.c.id)).scalars().all():
            row = _allowed(connection, layer, number, "accept")
            if _trouble(connection, layer, row, _stays(connection, layer, row, None)):
                left += 1
                continue
            _accept(connection, layer, row, decider, None)
            accepted += 1
    return accepted, left


def refuse(database: Database, layer: DatasetLayer, number: int, decider: Decider) -> None:
    """Refuse a match; it is not proposed again unless one of its objects changes."""
    with database.writer.begin() as connection:
        lock_layer(connection, layer)
        row = _allowed(connection, layer, number, "refuse")
        _note(connection, row, "refused", decider)
        _record(connection, row, "refuse", decider, {})


def undo(database: Database, layer: DatasetLayer, number: int, decider: Decider) -> None:
    """Take an accepted match back: both objects are again as they were."""
    with database.writer.begin() as connection:
        lock_layer(connection, layer)
        row = _allowed(connection, layer, number, "undo")
        if row.relation == "same":
            _require_top(connection, row)
            connection.execute(_PART, {"match": row.id})
        _note(connection, row, "undone", decider)
        _record(connection, row, "undo", decider, {"survivor": row.survivor, "filled": row.filled})


def _allowed(connection: Connection, layer: DatasetLayer, number: int, act: Act) -> Row[Any]:
    wanted = select(match).where(match.c.id == number, match.c.layer == layer.id).with_for_update()
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise no_match(number)
    if row.state not in _FROM[act]:
        raise Conflict(f"match {number} is {row.state}; only one that is {' or '.join(_FROM[act])} can be so decided")
    return row


def _accept(connection: Connection, layer: DatasetLayer, row: Row[Any], decider: Decider, survivor: int | None) -> None:
    if row.relation == "same":
        stays = _stays(connection, layer, row, survivor)
        if trouble := _trouble(connection, layer, row, stays):
            raise Conflict(trouble)
        columns = [column.name for column in layer.columns if column.name not in _NOT_TAKEN]
        connection.execute(_MERGE, {"match": row.id, "stays": stays, "columns": columns})
    elif survivor is not None:
        raise InputError(f"match {row.id} tells of a whole and its part; both stay, and none is to be chosen")
    _note(connection, row, "accepted", decider)
    kept = connection.execute(select(match.c.survivor, match.c.filled).where(match.c.id == row.id)).one()
    _record(connection, row, "accept", decider, {"survivor": kept.survivor, "filled": kept.filled})


def _stays(connection: Connection, layer: DatasetLayer, row: Row[Any], chosen: int | None) -> int:
    """Return which object stays: the one chosen, or by precedence, quality, and number."""
    if chosen is not None:
        if chosen not in (row.a, row.b):
            raise ParameterError("survivor", f"{chosen} is neither {row.a} nor {row.b}, the objects of match {row.id}")
        return chosen
    table = feature_table(layer)
    precedence = func.coalesce(dataset_table.c.precedence, OWN_PRECEDENCE)
    ranked = (
        select(table.c.fid)
        .join_from(table, dataset_table, table.c.dataset == dataset_table.c.id, isouter=True)
        .where(table.c.fid.in_((row.a, row.b)), func.upper_inf(table.c.valid))
        .order_by(precedence.desc(), table.c.quality.desc().nulls_last(), table.c.fid)
    )
    return int(connection.execute(ranked.limit(1)).scalar() or row.a)


def _trouble(connection: Connection, layer: DatasetLayer, row: Row[Any], stays: int) -> str | None:
    """Return why the objects of a match cannot be merged now, or None."""
    table = feature_table(layer)
    there = select(table.c.fid).where(table.c.fid.in_((row.a, row.b)), func.upper_inf(table.c.valid))
    gone = {row.a, row.b} - set(connection.execute(there).scalars())
    if gone:
        return f"object {min(gone)} of layer {layer.id} is no longer there; propose anew"
    both = (row.a, row.b)
    merged = select(match.c.id).where(
        match.c.layer == layer.id,
        match.c.a.in_(both) | match.c.b.in_(both),
        match.c.state == "accepted",
        match.c.relation == "same",
        (match.c.a + match.c.b - match.c.survivor).in_(both),
    )
    other = connection.execute(merged.limit(1)).scalar()
    return None if other is None else f"one of the objects is merged into another one by match {other}; undo that first"


def _require_top(connection: Connection, row: Row[Any]) -> None:
    """Raise Conflict where the object that stayed was merged in turn."""
    above = select(match.c.id).where(
        match.c.layer == row.layer,
        match.c.state == "accepted",
        match.c.relation == "same",
        match.c.a + match.c.b - match.c.survivor == row.survivor,
    )
    other = connection.execute(above).scalar()
    if other is not None:
        raise Conflict(f"match {other} rests on match {row.id}; undo match {other} first")


def _note(connection: Connection, row: Row[Any], state: str, decider: Decider) -> None:
    who = {"principal": decider.principal.name, "reason": decider.reason, "decided": func.clock_timestamp()}
    connection.execute(update(match).where(match.c.id == row.id).values(state=state, **who))


def _record(connection: Connection, row: Row[Any], act: Act, decider: Decider, more: dict[str, Any]) -> None:
    detail = {"layer": row.layer, "a": row.a, "b": row.b, "relation": row.relation, "score": row.score} | more
    detail["reason"] = decider.reason
    name = f"matches/{row.id}"
    connection.execute(audit_statement(decider.principal, act, name, allowed=True, detail=detail))
