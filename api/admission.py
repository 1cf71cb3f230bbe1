"""Authorise and audit: asks the decision for an act, and records the act or the refusal."""

import threading
import time
from typing import Any

from api.house import House
from layers.access.audit import audit_statement
from layers.access.decide import Action, Door, decide, require
from layers.access.principals import Principal
from layers.store.engine import Database

_MINUTE_S = 60.0
_counting = threading.Lock()
# Strangers that were refused alike are one line of the audit a minute: when the last was written, and how many since.
_refused: dict[tuple[str, str], tuple[float, int]] = {}


def admit(house: House, principal: Principal, action: Action, door: Door, detail: dict[str, Any] | None = None) -> None:
    """Let the principal through and record it, or record the refusal and raise it."""
    if not decide(principal, action, door).allowed:
        record_refusal(house.database, principal, action, door)
    require(principal, action, door)
    with house.database.writer.begin() as connection:
        connection.execute(audit_statement(principal, action, door, allowed=True, detail=detail))


def record_refusal(database: Database, principal: Principal, action: Action, door: Door) -> None:
    """Record that somebody was refused; of strangers how many, and nothing of what they sent."""
    more = _more_refusals(action, door) if principal.is_anonymous else 0
    if more is None:
        return
    detail = {"refused_before": more} if more else {}
    with database.writer.begin() as connection:
        connection.execute(audit_statement(principal, action, door, allowed=False, detail=detail))


def _more_refusals(action: str, door: str) -> int | None:
    """Return how many strangers were refused since the last line, or None where none is due yet."""
    now = time.monotonic()
    with _counting:
        last, more = _refused.get((action, door), (-_MINUTE_S, 0))
        due = now - last >= _MINUTE_S
        _refused[action, door] = (now, 0) if due else (last, more + 1)
    return more if due else None
