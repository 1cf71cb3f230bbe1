"""Building models: the list, one model, one element, and which element a line of sight meets."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from api.buildings import Apart, Cut, CutUpright, TheModelVisit, model_document, model_json, place_of, planes_in
from api.links import JSON, link, with_query
from bim.catalog import BUILDING_ELEMENTS, SCHEME_ELEMENTS
from bim.detail import element_of
from bim.models import ModelsQuery, models
from bim.tileset import Arrangement, PickOptions, Ray, on_the_ground, pick
from layers.query import Bbox, parse_bbox, parse_limit

ROUTER = APIRouter(tags=["buildings in 3-D"])
Json = dict[str, Any]
# The things that a model stands for are looked for one by one.
_MOST, _USUAL = 100, 24


@dataclass(frozen=True)
class Sight:
    """A line of sight, and what may be met on it."""

    start: Annotated[str, Query(description="longitude,latitude,height of the eye, metres over the ground")]
    end: Annotated[str, Query(description="longitude,latitude,height of a place farther along the line")]
    spaces: Annotated[bool, Query(description="rooms count too")] = False
    storey: Annotated[str | None, Query(max_length=200, description="only this storey is there")] = None
    cut: Cut = None
    section: CutUpright = None
    apart: Apart = 0.0


@dataclass(frozen=True)
class ModelsPage:
    """Which models are wanted."""

    bbox: Annotated[str | None, Query(max_length=200, description="west,south,east,north in degrees: near there")] = (
        None
    )
    limit: Annotated[str | None, Query(max_length=20, description="models on a page; large numbers are clamped")] = None
    after: Annotated[str, Query(max_length=200, description="the last model of the page before")] = ""
    scheme: Annotated[str, Query(max_length=63, description="models of this design scheme, not of what there is")] = ""

    @property
    def box(self) -> Bbox | None:
        """Return the ground that is meant."""
        return None if self.bbox is None else parse_bbox(self.bbox)

    @property
    def query(self) -> dict[str, str]:
        """Return what the next page is asked for with."""
        asked = (("bbox", self.bbox), ("limit", self.limit), ("scheme", self.scheme))
        return {name: text for name, text in asked if text}


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.get("/bim/models", summary="Building models")
def list_models(visit: TheModelVisit, page: Annotated[ModelsPage, Depends()]) -> Json:
    """Return a page of the models of which the reader may see anything, in the version of that time."""
    most = parse_limit(page.limit, _MOST, _USUAL)
    with visit.connect() as connection:
        view = visit.view_in(SCHEME_ELEMENTS.id if page.scheme else BUILDING_ELEMENTS.id)
        found = models(connection, view, ModelsQuery(page.scheme, most + 1, page.after, page.box))
        listed = [
            model_json(version, visit.base) | {"stands_for": visit.stands_for(connection, version.id)}
            for version in found[:most]
        ]
    own = f"{visit.base}/bim/models"
    links = [link("self", own, JSON, "This document")]
    if len(found) > most:
        following = page.query | dict(visit.times) | {"after": found[most - 1].id}
        links.append(link("next", with_query(own, following), JSON, "Next page"))
    return {"models": listed, "links": links}


@ROUTER.get("/bim/models/{model}", summary="A building model")
def one_model(model: str, visit: TheModelVisit) -> Json:
    """Return storeys, numbers of elements by class, where the model stands and how that is known, and defects."""
    with visit.connect() as connection:
        version, view = visit.seen(connection, model)
        return model_document(connection, view, version, visit.base)


@ROUTER.get("/bim/models/{model}/elements/{element}", summary="An element of a building")
def one_element(model: str, element: str, visit: TheModelVisit) -> Json:
    """Return an element by its GlobalId: properties, quantities, what contains it, and its parts."""
    with visit.connect() as connection:
        return element_of(connection, visit.view_of(connection, model), model, element)


@ROUTER.get("/bim/models/{model}/pick", summary="Which element a line of sight meets first")
def pick_element(model: str, visit: TheModelVisit, sight: Annotated[Sight, Depends()]) -> Json:
    """Return the element that is met first, with its place on the line, or ``hit`` null."""
    ends = place_of(sight.start, "start"), place_of(sight.end, "end")
    with visit.connect() as connection:
        version, view = visit.seen(connection, model)
        placement = on_the_ground(version.placement)
        ray = Ray.on_the_map(placement, *ends)
        planes = planes_in(version.placement, sight.cut, sight.section)
        options = PickOptions(sight.spaces, sight.storey, Arrangement(planes, sight.apart))
        hit = pick(connection, view, model, ray, options)
        if hit is None:
            return {"hit": None}
        element = element_of(connection, view, model, hit.member["source_key"])
        return {"hit": hit.json(placement), "element": element}
