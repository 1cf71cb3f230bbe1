"""What a design scheme does to the sunlight of its neighbours."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from api.review import TheReviewVisit, since_json
from api.scheme_sunlight import MOST_RAYS, RULE
from bim.catalog import DESIGN_SCHEMES
from bim.review import BEIJING, ImpactQuestion, Limits, impact
from bim.schemes import scheme_of

ROUTER = APIRouter(tags=["design schemes"])


@dataclass(frozen=True)
class ImpactParameters:
    """By which rule, and how far around the site."""

    rule: Annotated[str, Query(max_length=100, description="the id of a rule; see /bim/review/rules")] = RULE
    year: Annotated[int | None, Query(description="the year of the day; else this one")] = None
    within: Annotated[float, Query(ge=10, le=500, allow_inf_nan=False, description="metres around the site")] = 150.0
    spacing: Annotated[float, Query(ge=0.5, le=20, allow_inf_nan=False, description="metres between points")] = 3.0

    def question(self, visit: TheReviewVisit, site: Any) -> ImpactQuestion:
        """Return what is asked."""
        year = datetime.now(BEIJING).year if self.year is None else self.year
        return ImpactQuestion(visit.rule(self.rule), year, site, self.within, self.spacing)


# A plain function: it computes, and FastAPI runs it beside the event loop.
@ROUTER.get("/bim/schemes/{scheme}/sunlight", summary="What a scheme does to the sunlight of its neighbours")
def sunlight_of_neighbours(
    scheme: str, visit: TheReviewVisit, parameters: Annotated[ImpactParameters, Depends()]
) -> dict[str, Any]:
    """Return for each building around the site how many points of its lowest storey meet a rule before and after.

    ``breaks`` are points that met it before and no more; those that lose most come first.
    """
    limits = Limits(MOST_RAYS, visit.app_state.settings.tile_triangles)
    with visit.connect() as connection:
        made = scheme_of(connection, visit.view_in(DESIGN_SCHEMES.id), scheme)
        question = parameters.question(visit, made.site)
        found = impact(connection, visit.sources, visit.sources_in(connection, scheme), question, limits)
    return {
        "scheme": scheme,
        "rule": question.rule.json(),
        "day": question.rule.day_in(question.year).isoformat(),
        "within_m": question.within_m,
        "spacing_m": question.spacing_m,
        "neighbours": [asdict(one) for one in found.neighbours],
        "harmed": len(found.harmed),
        "rests_on": {"models": list(found.around.models), "data": since_json(found.around.since)},
    }
