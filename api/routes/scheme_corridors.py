"""What a design scheme does to protected view corridors."""

from typing import Any

from fastapi import APIRouter

from api.review import TheReviewVisit
from bim.schemes import judge_corridors

ROUTER = APIRouter(tags=["design schemes"])


# A plain function: it computes, and FastAPI runs it beside the event loop.
@ROUTER.get("/bim/schemes/{scheme}/corridors", summary="What a scheme does to protected view corridors")
def corridors_of_scheme(scheme: str, visit: TheReviewVisit) -> dict[str, Any]:
    """Return for each view corridor that passes over a scheme how much of it is obstructed without and with it.

    Corridors are rows of the layer ``view_corridors``; those that break what is permitted come first.
    """
    most = visit.app_state.settings.tile_triangles
    with visit.connect() as connection:
        found = judge_corridors(connection, visit.view_in, visit.sources, scheme, most)
    return {"scheme": scheme, "corridors": [one.json() for one in found]}
