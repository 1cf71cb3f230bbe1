"""Sunlight of façades and of the ground by a rule, and the rules that there are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from api.links import JSON, link
from api.review import InScheme, TheReviewVisit, geojson_response, small_box
from api.review_documents import sunlight_json
from bim.review import BEIJING, Limits, Placing, SunlightQuestion, SunlightRule, assess, prepare

ROUTER = APIRouter(tags=["review of schemes"])
_MOST_KM2 = 1.0
# Points times instants: some five seconds of a core for the three scenes.
_MOST_RAYS = 6_000_000


@dataclass(frozen=True)
class SunlightParameters:
    """By which rule, of what, and how densely."""

    rule: Annotated[str, Query(max_length=100, description="the id of a rule; see /bim/review/rules")]
    building: Annotated[str | None, Query(max_length=100, description="a layer and a number: buildings/12")] = None
    bbox: Annotated[str | None, Query(max_length=200, description="west,south,east,north: up to 1 km²")] = None
    target: Annotated[Literal["facade", "ground"], Query(description="what is asked about")] = "facade"
    year: Annotated[int | None, Query(description="the year of the day; else this one")] = None
    storeys: Annotated[Literal["lowest", "all"], Query(description="which storeys of façades")] = "lowest"
    spacing: Annotated[
        float | None, Query(ge=0.1, le=100, allow_inf_nan=False, description="metres between points; else the rule's")
    ] = None
    scheme: InScheme = None
    storey_m: Annotated[float, Query(ge=2, le=10, allow_inf_nan=False, description="height of storeys, metres")] = 3.0

    def question(self, rule: SunlightRule) -> SunlightQuestion:
        """Return what is asked."""
        box = None if self.bbox is None else small_box(self.bbox, _MOST_KM2)
        year = datetime.now(BEIJING).year if self.year is None else self.year
        placing = Placing(rule.sill_m, self.spacing or rule.grid_m, self.storey_m, self.storeys == "all", rule.window_m)
        return SunlightQuestion(rule, year, self.target, placing, self.building, box)


# Plain functions: they compute, and FastAPI runs them beside the event loop.
@ROUTER.get("/bim/review/rules", summary="Rules of sunlight")
def list_rules(visit: TheReviewVisit) -> dict[str, Any]:
    """Return the rules of sunlight 日照标准 as their files have them; ``status`` says how far each is to be trusted."""
    own = f"{visit.base}/bim/review/rules"
    return {
        "rules": [rule.json() for rule in visit.rules.values()],
        "links": [link("self", own, JSON, "This document")],
    }


@ROUTER.get("/bim/review/sunlight", summary="Sunlight by a rule")
def sunlight_of(
    request: Request, visit: TheReviewVisit, parameters: Annotated[SunlightParameters, Depends()]
) -> Response:
    """Return points on façades, or of a grid on the ground, with minutes and segments of sun on the day of a rule.

    The summary says which share of them has what the rule asks for, also with all heights a tenth more and a tenth
    less; ``rests_on`` says from what it was computed. Building models stand in the place of their blocks, but for
    those whose façades are asked about. Questions about too many points are refused, with the number that goes.
    """
    question = parameters.question(visit.rule(parameters.rule))
    limits = Limits(_MOST_RAYS, visit.app_state.settings.tile_triangles)
    with visit.connect() as connection:
        prepared = prepare(connection, visit.sources_in(connection, parameters.scheme), question, limits)
    return geojson_response(request, sunlight_json(assess(prepared)))
