"""Hazard scenarios: which there are, what a run of one takes, and how it stands."""

from typing import Any

from fastapi import APIRouter

from api.deps import BaseUrl, TheHouse, ThePrincipal
from api.links import JSON, link
from api.scenes import scenario_json, scenario_of
from layers.access.decide import require

ROUTER = APIRouter(tags=["scenarios"])


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.get("/scenarios", summary="Hazard scenarios")
def scenarios(house: TheHouse, principal: ThePrincipal, base: BaseUrl) -> dict[str, Any]:
    """Return the scenarios of which runs can be asked for."""
    require(principal, "read", "scenarios")
    found = [scenario_json(scenario, base) for scenario in house.scenarios().values()]
    return {"scenarios": found, "links": [link("self", f"{base}/scenarios", JSON, "This document")]}


@ROUTER.get("/scenarios/{scenario_id}", summary="One scenario")
def scenario(scenario_id: str, house: TheHouse, principal: ThePrincipal, base: BaseUrl) -> dict[str, Any]:
    """Return what a run takes, as JSON Schema, and how the scenario stands: what is prepared, what is missing."""
    require(principal, "read", "scenarios")
    found = scenario_of(house, scenario_id)
    status = {} if found.status is None else found.status(house.database, house.scenarios_home)
    parameters = found.parameters.model_json_schema()
    return scenario_json(found, base) | {"parameters": parameters, "status": status}
