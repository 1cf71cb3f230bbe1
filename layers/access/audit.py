"""The audit trail: who did what, and what was refused."""

from typing import Any

from sqlalchemy import Insert, insert

from layers.access.principals import Principal
from layers.store.models import audit


def audit_statement(
    principal: Principal, action: str, resource: str, *, allowed: bool, detail: dict[str, Any] | None = None
) -> Insert:
    """Return the INSERT that records one act, to be run in the act's own transaction."""
    return insert(audit).values(
        principal=principal.name,
        action=action,
        resource=resource,
        allowed="yes" if allowed else "no",
        detail=detail or {},
    )
