"""Authorise and audit: asks the decision for an act, and records the act or the refusal."""

from typing import Any

from api.app_state import AppState
from layers.access import Action, Principal, Resource, audit_statement, decide, require


def authorise(
    app_state: AppState, principal: Principal, action: Action, resource: Resource, detail: dict[str, Any] | None = None
) -> None:
    """Let the principal through and record it, or record the refusal and raise it."""
    if not decide(principal, action, resource).allowed:
        record_refusal(app_state, principal, action, resource)
    require(principal, action, resource)
    with app_state.database.writer.begin() as connection:
        connection.execute(audit_statement(principal, action, resource, allowed=True, detail=detail))


def record_refusal(app_state: AppState, principal: Principal, action: Action, resource: Resource) -> None:
    """Record a refusal; of anonymous callers only how many there were, and nothing of what they sent."""
    more = app_state.refusals.due(action, resource) if principal.is_anonymous else 0
    if more is None:
        return
    with app_state.database.writer.begin() as connection:
        detail = {"refused_before": more} if more else {}
        connection.execute(audit_statement(principal, action, resource, allowed=False, detail=detail))
