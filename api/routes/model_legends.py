"""What the colours of a building model mean."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.buildings import TheModelVisit
from bim.tileset import Coloring, colored

ROUTER = APIRouter(tags=["buildings in 3-D"])


# A plain function: it uses the synchronous driver, and FastAPI runs it beside the event loop.
@ROUTER.get("/bim/models/{model}/legend", summary="The legend of a coloured building model")
def legend(
    model: str,
    visit: TheModelVisit,
    by: Annotated[str, Query(max_length=400, description="a column, property:Set.Name or quantity:Set.Name")],
) -> dict[str, Any]:
    """Return which colour stands for which value, of what the reader may see; tiles with the same ``by`` have them."""
    coloring = Coloring.parse("by", by)
    with visit.connect() as connection:
        _, view = visit.seen(connection, model)
        return colored(connection, view, model, coloring).legend()
