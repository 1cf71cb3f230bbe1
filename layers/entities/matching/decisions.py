"""Decisions on matches: accept, refuse, undo. Each is one transaction, and is recorded with who and why."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, any_, exists, func, literal, select, true, update
from sqlalchemy.sql.elements import ColumnElement

from layers.access.areas import require_inside, touches
from layers.access.audit import audit_statement
from layers.access.principals import Principal
from layers.entities.matching.matches import no_match
from layers.entities.matching.merges import Merge, disjoint_rounds, merge, merge_state, unmerge
from layers.errors import Conflict, InputError, ParameterError
from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import Database
from layers.store.locks import locks_of
from layers.store.models import match
from layers.store.tables import feature_table

Act = Literal["accept", "refuse", "undo"]
# The states in which a match allows an act.
_FROM: dict[Act, tuple[str, ...]] = {
    "accept": ("proposed", "refused", "undone"),
    "refuse": ("proposed", "undone"),
    "undo": ("accepted",),
}
_LONGEST_REASON = 1000


@dataclass(frozen=True)
class Decider:
    """Who decides, and why."""

    principal: Principal
    reason: str

    def __post_init__(self) -> None:
        """Raise ParameterError when there is no reason, or one too long."""
        if not self.reason.strip() or len(self.reason) > _LONGEST_REASON or "\x00" in self.reason:
            raise ParameterError("reason", f"give a reason of at most {_LONGEST_REASON} characters")


def accept(database: Database, layer: DatasetLayer, number: int, decider: Decider, survivor: int | None = None) -> None:
    """Accept a match: two that are the same are merged, a whole and its part are recorded as such.

    ``survivor`` is the fid that stays; by default that of the dataset with the higher precedence. Raises NotFound, and
    Conflict where the state of the match or of its objects does not allow it.
    """
    with database.writer.begin() as connection:
        locks_of(connection).layers([layer.id])
        _accept(connection, layer, _allowed(connection, layer, number, "accept", decider), decider, survivor)


def accept_above(database: Database, layer: DatasetLayer, above: float, decider: Decider) -> tuple[int, int]:
    """Accept all proposed merges with at least this score, the likeliest first; return the numbers accepted and left.

    All in one transaction, and each is recorded by itself. Those whose object was merged by a likelier one before them
    stay proposed, and those outside the decider's area are left alone.
    """
    if not 0 < above <= 1:
        raise ParameterError("above", f"{above:g} is not above 0 and at most 1")
    proposed = select(match.c.id, match.c.a, match.c.b).where(
        match.c.layer == layer.id, match.c.state == "proposed", match.c.relation == "same", match.c.score >= above
    )
    proposed = proposed.where(_lies_in(layer, match.c.a, decider) | _lies_in(layer, match.c.b, decider))
    with database.writer.begin() as connection:
        locks_of(connection).layers([layer.id])
        rows = locks_of(connection).rows(proposed.order_by(match.c.score.desc(), match.c.id)).all()
        state = merge_state(connection, layer, {fid for row in rows for fid in (row.a, row.b)})
        merges = state.plan((row.id, row.a, row.b) for row in rows)
        for each in disjoint_rounds(merges):
            merge(connection, layer, each)
        _accepted(connection, [each.number for each in merges], decider)
    return len(merges), len(rows) - len(merges)


def refuse(database: Database, layer: DatasetLayer, number: int, decider: Decider) -> None:
    """Refuse a match; it is not proposed again unless one of its objects changes."""
    with database.writer.begin() as connection:
        locks_of(connection).layers([layer.id])
        row = _allowed(connection, layer, number, "refuse", decider)
        _set_state(connection, [row.id], "refused", decider)
        _record(connection, row, "refuse", decider, {})


def undo(database: Database, layer: DatasetLayer, number: int, decider: Decider) -> None:
    """Undo an accepted match, in any order: its objects are again as if it had not been accepted."""
    with database.writer.begin() as connection:
        locks_of(connection).layers([layer.id])
        row = _allowed(connection, layer, number, "undo", decider)
        if row.relation == "same":
            unmerge(connection, layer, row.id)
        _set_state(connection, [row.id], "undone", decider)
        _record(connection, row, "undo", decider, {"survivor": row.survivor, "filled": row.filled})


def _allowed(connection: Connection, layer: DatasetLayer, number: int, act: Act, decider: Decider) -> Row[Any]:
    """Return a match whose state allows the act and that touches the decider's area."""
    statement = select(match).where(match.c.id == number, match.c.layer == layer.id)
    row = locks_of(connection).rows(statement).one_or_none()
    if row is None:
        raise no_match(number)
    if row.state not in _FROM[act]:
        raise Conflict(f"match {number} is {row.state}; to {act} it, it has to be {' or '.join(_FROM[act])}")
    rows = feature_table(layer)
    objects = select(rows.c.geom).where(rows.c.fid.in_((row.a, row.b)), func.upper_inf(rows.c.valid))
    require_inside(connection, decider.principal.area, f"match {number}", objects)
    return row


def _lies_in(layer: DatasetLayer, fid: ColumnElement[int], decider: Decider) -> ColumnElement[bool]:
    area = decider.principal.area
    if area is None:
        return true()
    rows = feature_table(layer)
    return exists().where(rows.c.fid == fid, func.upper_inf(rows.c.valid), touches(area, rows.c.geom))


def _accept(connection: Connection, layer: DatasetLayer, row: Row[Any], decider: Decider, survivor: int | None) -> None:
    if row.relation == "same":
        state = merge_state(connection, layer, {row.a, row.b})
        stays = state.stays(row.a, row.b) if survivor is None else _chosen(row, survivor)
        if obstacle := state.obstacle(row.a, row.b):
            raise Conflict(obstacle)
        merge(connection, layer, [Merge(row.id, row.a, row.b, stays)])
    elif survivor is not None:
        raise InputError(f"match {row.id} relates a whole and its part; both stay, so a survivor cannot be chosen")
    _accepted(connection, [row.id], decider)


def _chosen(row: Row[Any], survivor: int) -> int:
    if survivor not in (row.a, row.b):
        raise ParameterError("survivor", f"{survivor} is neither {row.a} nor {row.b}, the objects of match {row.id}")
    return survivor


def _accepted(connection: Connection, numbers: list[int], decider: Decider) -> None:
    _set_state(connection, numbers, "accepted", decider)
    accepted = select(match).where(match.c.id == any_(literal(numbers)))
    for row in connection.execute(accepted.order_by(match.c.accepted_order, match.c.id)):
        _record(connection, row, "accept", decider, {"survivor": row.survivor, "filled": row.filled})


def _set_state(connection: Connection, numbers: list[int], state: str, decider: Decider) -> None:
    decision = {"principal": decider.principal.name, "reason": decider.reason, "decided": func.clock_timestamp()}
    connection.execute(update(match).where(match.c.id == any_(literal(numbers))).values(state=state, **decision))


def _record(connection: Connection, row: Row[Any], act: Act, decider: Decider, changes: dict[str, Any]) -> None:
    detail = {"layer": row.layer, "a": row.a, "b": row.b, "relation": row.relation, "score": row.score} | changes
    detail["reason"] = decider.reason
    name = f"matches/{row.id}"
    connection.execute(audit_statement(decider.principal, act, name, allowed=True, detail=detail))
