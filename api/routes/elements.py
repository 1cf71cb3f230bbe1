"""Elements of a building by what they are, where they are, and what is said of them."""

from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from api.buildings import TheModelVisit, tagged
from api.element_filters import ElementFilters
from api.links import JSON, Link, link
from bim.query import matching, page_of
from bim.tileset import GLB
from layers.query import parse_limit

ROUTER = APIRouter(tags=["buildings in 3-D"])
Json = dict[str, Any]
_MOST = 1000


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.get("/bim/models/{model}/elements", summary="Elements of a building")
def list_elements(
    model: str,
    request: Request,
    visit: TheModelVisit,
    filters: Annotated[ElementFilters, Depends()],
    limit: Annotated[str | None, Query(description="elements on a page; large numbers are clamped")] = None,
    after: Annotated[int | None, Query(ge=0, lt=2**63, description="cursor of a next link")] = None,
) -> Json:
    """Return how many elements are meant, their volume in all (m³), and a page of them in order of their numbers."""
    with visit.connect() as connection:
        version, view = visit.seen(connection, model)
        rows = matching(connection, view, version.id, filters.query)
        page = page_of(connection, rows, parse_limit(limit, _MOST, 100), after)
    own = f"{visit.base}/bim/models/{quote(model)}/elements"
    following = page.elements[-1]["fid"] if page.more else None
    return {
        "count": page.count,
        "volume_m3": page.volume_m3,
        "elements": page.elements,
        "links": _links(own, request.query_params.multi_items(), following),
    }


@ROUTER.get("/bim/models/{model}/extract.glb", summary="Elements as a model of their own", response_class=Response)
def extract(
    model: str, request: Request, visit: TheModelVisit, filters: Annotated[ElementFilters, Depends()]
) -> Response:
    """Return the shapes of the elements that are meant as one binary glTF about the anchor of the model's placement.

    The placement is in ``asset.extras``; each element is a feature with its id. 304 if unchanged.
    """
    with visit.connect() as connection:
        version, view = visit.seen(connection, model)
        rows = matching(connection, view, version.id, filters.query)
        made = visit.app_state.models.extract(connection, rows, version.placement)
    return tagged(request, made.body, GLB, made.etag)


def _links(own: str, asked: list[tuple[str, str]], following: int | None) -> list[Link]:
    links = [link("self", f"{own}?{urlencode(asked)}" if asked else own, JSON, "This document")]
    if following is not None:
        rest = [pair for pair in asked if pair[0] != "after"]
        links.append(link("next", f"{own}?{urlencode([*rest, ('after', str(following))])}", JSON, "Next page"))
    return links
