"""What sensors in the rooms and elements of a building observed last."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.buildings import TheModelVisit
from api.element_readings import choices, element_readings
from layers.query import parse_limit

ROUTER = APIRouter(tags=["buildings in 3-D"])
_MOST, _USUAL = 1000, 100


# A plain function: it uses the synchronous driver, and FastAPI runs it beside the event loop.
@ROUTER.get("/bim/models/{model}/readings", summary="The newest readings in a building")
def model_readings(
    model: str,
    visit: TheModelVisit,
    element: Annotated[str | None, Query(max_length=200, description="only in this element, by its id")] = None,
    limit: Annotated[str | None, Query(max_length=20, description="readings; large numbers are clamped")] = None,
) -> dict[str, Any]:
    """Return what is observed by things that are bound to rooms and elements, and the newest reading of each.

    ``observed`` has for each property and unit the ``by`` that colours a model with it.
    """
    most = parse_limit(limit, _MOST, _USUAL)
    with visit.connect() as connection:
        _, view = visit.seen(connection, model)
        found = element_readings(connection, visit, view, model, element)
    return {"count": len(found), "observed": list(choices(found)), "readings": [one.json() for one in found[:most]]}
