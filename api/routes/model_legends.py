"""What the colours of a building model mean."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.buildings import COLORED_BY, TheModelVisit
from api.element_readings import legend_of, require_coloring

ROUTER = APIRouter(tags=["buildings in 3-D"])


# A plain function: it uses the synchronous driver, and FastAPI runs it beside the event loop.
@ROUTER.get("/bim/models/{model}/legend", summary="The legend of a coloured building model")
def legend(
    model: str,
    visit: TheModelVisit,
    by: Annotated[str, Query(max_length=400, description=COLORED_BY)],
) -> dict[str, Any]:
    """Return which colour stands for which value, of what the reader may see; tiles with the same ``by`` have them."""
    require_coloring(by)
    with visit.connect() as connection:
        _, view = visit.seen(connection, model)
        return legend_of(connection, visit, view, model, by)
