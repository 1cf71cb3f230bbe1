"""Alarms: acknowledged; they are read as items of the layer ``alarms``."""

from typing import Any

from fastapi import APIRouter

from api.deps import BaseUrl, Number, TheAppState, ThePrincipal
from api.links import GEOJSON, link
from layers.access import audit_statement, require
from twin.sensing.alarms import acknowledge, require_visible

ROUTER = APIRouter(tags=["sensors"])


@ROUTER.post("/sensing/alarms/{number}/acknowledge", summary="Acknowledge an alarm")
def acknowledge_alarm(number: Number, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl) -> dict[str, Any]:
    """Say that one knows of an alarm; 409 where it is over, or somebody has said so."""
    require(principal, "write", "sensing")
    with app_state.database.writer.begin() as connection:
        require_visible(connection, principal, number)
        acknowledge(connection, number, principal.name)
        detail = {"act": "acknowledge alarm", "alarm": number}
        connection.execute(audit_statement(principal, "write", "sensing", allowed=True, detail=detail))
    item = f"{base}/collections/alarms/items/{number}"
    return {"id": number, "state": "acknowledged", "links": [link("item", item, GEOJSON, f"Alarm {number}")]}
