"""Clashes of building elements: where they take each other's room."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from api.buildings import TheModelVisit
from api.clash_reports import report_json, sides_of
from api.element_filters import ElementFilters
from bim.clash import Tolerance
from bim.clashes import ClashOptions, clashes

ROUTER = APIRouter(tags=["buildings in 3-D"])
_MOST_PAIRS = 5_000
_MOST_SECONDS = 20.0


@dataclass(frozen=True)
class ClashParameters:
    """What is held against what, and how deep a clash has to be."""

    other: Annotated[str | None, Query(alias="with", max_length=200, description="another model")] = None
    tolerance: Annotated[float, Query(description="metres, 0.001 to 1: a clash is deeper than that")] = 0.01
    disciplines: Annotated[str | None, Query(max_length=200, description="two of them: structure,hvac")] = None


# A plain function: it computes, and FastAPI runs it beside the event loop.
@ROUTER.get("/bim/models/{model}/clashes", summary="Clashes of elements")
def list_clashes(
    model: str,
    visit: TheModelVisit,
    parameters: Annotated[ClashParameters, Depends()],
    filters: Annotated[ElementFilters, Depends()],
) -> dict[str, Any]:
    """Return the pairs of elements that clash, the deepest first; rooms and what only touches are none.

    Filters limit the elements of both sides. A question about too many pairs is refused.
    """
    most = visit.app_state.settings.tile_triangles
    options = ClashOptions(Tolerance(parameters.tolerance), _MOST_PAIRS, most, _MOST_SECONDS)
    with visit.connect() as connection:
        version = visit.seen(connection, model)
        other = None if parameters.other in (None, model) else visit.seen(connection, str(parameters.other))
        sides = sides_of(version, other, parameters.disciplines, filters.query)
        report = clashes(connection, sides, options, lambda done, total: None)
    return report_json(report, sides, options)
