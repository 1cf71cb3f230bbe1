"""Systems and materials of a building, each with the elements that belong to it."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query

from api.buildings import ModelVisit, TheModelVisit
from api.links import JSON, link, with_query
from bim.groups import Fact, groups_page
from layers.query import parse_limit

ROUTER = APIRouter(tags=["buildings in 3-D"])
Json = dict[str, Any]
_MOST, _USUAL = 500, 100


@dataclass(frozen=True)
class GroupsPage:
    """Which part of the list is wanted."""

    limit: Annotated[str | None, Query(max_length=20, description="on a page; large numbers are clamped")] = None
    after: Annotated[str, Query(max_length=1000, description="the last name of the page before")] = ""


ThePage = Annotated[GroupsPage, Depends()]


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.get("/bim/models/{model}/systems", summary="Systems of a building")
def list_systems(model: str, visit: TheModelVisit, page: ThePage) -> Json:
    """Return the systems and other groups of the file by name, with their elements by class, and the first of them."""
    return _listed(model, visit, page, "systems")


@ROUTER.get("/bim/models/{model}/materials", summary="Materials of a building")
def list_materials(model: str, visit: TheModelVisit, page: ThePage) -> Json:
    """Return the materials by name, with their elements by class, the volume of those in m³, and the first of them."""
    return _listed(model, visit, page, "materials")


def _listed(model: str, visit: ModelVisit, page: GroupsPage, fact: Fact) -> Json:
    with visit.connect() as connection:
        version = visit.version(connection, model)
        most = parse_limit(page.limit, _MOST, _USUAL)
        groups, more = groups_page(connection, visit.view, version.id, fact, most, page.after)
    own = f"{visit.base}/bim/models/{quote(model)}"
    asked = dict(visit.times) | ({"limit": page.limit} if page.limit else {})
    links = [link("self", with_query(f"{own}/{fact}", asked), JSON, "This document")]
    if more:
        links.append(link("next", with_query(f"{own}/{fact}", asked | {"after": groups[-1].name}), JSON, "Next page"))
    told = [
        group.json() | {"links": [_elements(f"{own}/elements", fact, group.name, dict(visit.times))]}
        for group in groups
    ]
    return {fact: told, "links": links}


def _elements(address: str, fact: Fact, name: str, times: dict[str, str]) -> Any:
    return link("items", with_query(address, {fact.removesuffix("s"): name} | times), JSON, name)
