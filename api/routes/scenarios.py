"""Hazard scenarios: the list, the parameters of a run, and the status."""

from typing import Any

from fastapi import APIRouter

from api.deps import BaseUrl, TheAppState, ThePrincipal
from api.links import JSON, link
from api.scenes import scenario_json, scenario_of
from layers.access import require

ROUTER = APIRouter(tags=["scenarios"])


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.get("/scenarios", summary="Hazard scenarios")
def scenarios(app_state: TheAppState, principal: ThePrincipal, base: BaseUrl) -> dict[str, Any]:
    """Return the scenarios of which runs can be asked for."""
    require(principal, "read", "scenarios")
    listed = [scenario_json(scenario, base) for scenario in app_state.scenarios().values()]
    return {"scenarios": listed, "links": [link("self", f"{base}/scenarios", JSON, "This document")]}


@ROUTER.get("/scenarios/{scenario_id}", summary="One scenario")
def scenario(scenario_id: str, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl) -> dict[str, Any]:
    """Return the parameters of a run as JSON Schema, and the status: what is prepared, what is missing."""
    require(principal, "read", "scenarios")
    match = scenario_of(app_state, scenario_id)
    status = {} if match.status is None else match.status(app_state.database, app_state.scenarios_home)
    parameters = match.parameters.model_json_schema()
    return scenario_json(match, base) | {"parameters": parameters, "status": status}
