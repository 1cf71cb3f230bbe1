"""Design schemes: the list, one with its indicators and verdicts, and several side by side."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Response

from api.buildings import TheModelVisit, model_json
from api.links import JSON, link, with_query
from api.report.sections import document_page, document_pdf
from api.review import TheReviewVisit
from api.scheme_corridors import corridors_section
from api.scheme_report import report_of
from api.scheme_sunlight import RULE, Counting, sunlight_section
from api.schemes import comparison_json, review_json, scheme_json
from bim.catalog import DESIGN_SCHEMES
from bim.schemes import compare, replaced, review, schemes
from layers.query import parse_bbox, parse_limit

ROUTER = APIRouter(tags=["design schemes"])
Json = dict[str, Any]
_MOST, _USUAL = 100, 24
Ids = Annotated[str, Query(max_length=400, description="two to six, with commas between them: a,b or a,base")]


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.get("/bim/schemes", summary="Design schemes")
def list_schemes(
    visit: TheModelVisit,
    bbox: Annotated[
        str | None, Query(max_length=200, description="west,south,east,north in degrees: near there")
    ] = None,
    limit: Annotated[
        str | None, Query(max_length=20, description="schemes on a page; large numbers are clamped")
    ] = None,
    after: Annotated[str, Query(max_length=63, description="the last scheme of the page before")] = "",
) -> Json:
    """Return a page of the schemes that the reader may see, with their sites."""
    most, box = parse_limit(limit, _MOST, _USUAL), None if bbox is None else parse_bbox(bbox)
    with visit.connect() as connection:
        found = schemes(connection, visit.view_in(DESIGN_SCHEMES.id), most + 1, after, box)
    own = f"{visit.base}/bim/schemes"
    links = [link("self", own, JSON, "This document")]
    if len(found) > most:
        asked = {name: text for name, text in (("bbox", bbox), ("limit", limit)) if text}
        following = asked | dict(visit.times) | {"after": found[most - 1].id}
        links.append(link("next", with_query(own, following), JSON, "Next page"))
    return {"schemes": [scheme_json(one, visit.base) for one in found[:most]], "links": links}


@ROUTER.get("/bim/schemes/compare", summary="Design schemes side by side")
def compare_schemes(visit: TheModelVisit, schemes: Ids) -> Json:
    """Return indicators and verdicts of several schemes, each with its difference from the first of them.

    ``base`` is the district as it is, on the site of the first scheme that is named.
    """
    with visit.connect() as connection:
        reviews = compare(connection, visit.view_in, [part.strip() for part in schemes.split(",") if part.strip()])
    return comparison_json(reviews, visit.base)


@ROUTER.get("/bim/schemes/{scheme}", summary="A design scheme")
def one_scheme(scheme: str, visit: TheModelVisit) -> Json:
    """Return its site, its models, what it takes the place of, its indicators, and whether it keeps its limits.

    All of it is of what the reader may see.
    """
    with visit.connect() as connection:
        made = review(connection, visit.view_in, scheme)
        instead_of = replaced(connection, visit.view_in, made.scheme)
    return {
        **review_json(made, visit.base),
        "models": [model_json(version, visit.base) for version in made.models],
        "replaces": instead_of,
    }


@ROUTER.get("/bim/schemes/{scheme}/report", summary="The report of a design scheme")
def scheme_report(
    scheme: str,
    visit: TheReviewVisit,
    f: Annotated[Literal["html", "pdf"], Query(description="form")] = "html",
    lang: Annotated[Literal["zh", "en"], Query(description="which language comes first")] = "zh",
    rule: Annotated[str, Query(max_length=100, description="a rule of sunlight; see /bim/review/rules")] = RULE,
) -> Response:
    """Return a plan, verdicts with rules and dates, indicators, sunlight of neighbours, view corridors, the method.

    It is a page, or a PDF for paper.
    """
    counting = Counting(visit.rule(rule), visit.app_state.settings.tile_triangles)
    with visit.connect() as connection:
        sun = sunlight_section(connection, visit.view_in, visit.sources, scheme, counting)
        views = corridors_section(connection, visit.view_in, visit.sources, scheme, counting.triangles)
        made = report_of(connection, visit.view_in, scheme, [sun, views])
    if f == "html":
        return document_page(made, lang)
    name = f"inline; filename=\"scheme.pdf\"; filename*=UTF-8''{quote(scheme)}.pdf"
    return Response(document_pdf(made, lang), media_type="application/pdf", headers={"content-disposition": name})
