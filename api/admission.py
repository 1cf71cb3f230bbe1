"""Authorise and audit: asks the decision for an act, and records the act or the refusal."""

from typing import Any

from api.house import House
from layers.access.audit import audit_statement
from layers.access.decide import Action, Door, decide, require
from layers.access.principals import Principal


def admit(house: House, principal: Principal, action: Action, door: Door, detail: dict[str, Any] | None = None) -> None:
    """Let the principal through and record it, or record the refusal and raise it."""
    if not decide(principal, action, door).allowed:
        record_refusal(house, principal, action, door)
    require(principal, action, door)
    with house.database.writer.begin() as connection:
        connection.execute(audit_statement(principal, action, door, allowed=True, detail=detail))


def record_refusal(house: House, principal: Principal, action: Action, door: Door) -> None:
    """Record that somebody was refused; of strangers how many, and nothing of what they sent."""
    more = house.refusals.due(action, door) if principal.is_anonymous else 0
    if more is None:
        return
    with house.database.writer.begin() as connection:
        detail = {"refused_before": more} if more else {}
        connection.execute(audit_statement(principal, action, door, allowed=False, detail=detail))
