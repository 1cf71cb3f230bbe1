"""The door-keeper of everything that is not reading: asks the decision, and records the act or the refusal."""

from typing import Any

from api.house import House
from layers.access.audit import audit_statement
from layers.access.decide import Action, Door, decide, require
from layers.access.principals import Principal


def admit(house: House, principal: Principal, action: Action, door: Door, detail: dict[str, Any] | None = None) -> None:
    """Let the principal through and record it, or record the refusal and raise it."""
    allowed = decide(principal, action, door).allowed
    with house.database.writer.begin() as connection:
        connection.execute(audit_statement(principal, action, door, allowed=allowed, detail=detail))
    require(principal, action, door)
