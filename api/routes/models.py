"""Building models: the list, one model, one element, and which element a line of sight meets."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from api.buildings import Apart, Cut, TheModelVisit, model_document, model_json, place_of
from api.links import JSON, link
from bim.detail import element_of
from bim.models import models
from bim.tileset import Arrangement, PickOptions, Ray, on_the_ground, pick

ROUTER = APIRouter(tags=["buildings in 3-D"])
Json = dict[str, Any]


@dataclass(frozen=True)
class Sight:
    """A line of sight, and what may be met on it."""

    start: Annotated[str, Query(description="longitude,latitude,height of the eye, metres over the ground")]
    end: Annotated[str, Query(description="longitude,latitude,height of a place farther along the line")]
    spaces: Annotated[bool, Query(description="rooms count too")] = False
    storey: Annotated[str | None, Query(max_length=200, description="only this storey is there")] = None
    cut: Cut = None
    apart: Apart = 0.0


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.get("/bim/models", summary="Building models")
def list_models(visit: TheModelVisit) -> Json:
    """Return the models of which the reader may see anything, in the version of that time."""
    with visit.connect() as connection:
        listed = [
            model_json(version, visit.base) | {"stands_for": visit.stands_for(connection, version.id)}
            for version in models(connection, visit.view)
        ]
    return {"models": listed, "links": [link("self", f"{visit.base}/bim/models", JSON, "This document")]}


@ROUTER.get("/bim/models/{model}", summary="A building model")
def one_model(model: str, visit: TheModelVisit) -> Json:
    """Return storeys, numbers of elements by class, where the model stands and how that is known, and defects."""
    with visit.connect() as connection:
        return model_document(connection, visit.view, visit.version(connection, model), visit.base)


@ROUTER.get("/bim/models/{model}/elements/{element}", summary="An element of a building")
def one_element(model: str, element: str, visit: TheModelVisit) -> Json:
    """Return an element by its GlobalId: properties, quantities, what contains it, and its parts."""
    with visit.connect() as connection:
        return element_of(connection, visit.view, model, element)


@ROUTER.get("/bim/models/{model}/pick", summary="Which element a line of sight meets first")
def pick_element(model: str, visit: TheModelVisit, sight: Annotated[Sight, Depends()]) -> Json:
    """Return the element that is met first, with its place on the line, or ``hit`` null."""
    ends = place_of(sight.start, "start"), place_of(sight.end, "end")
    with visit.connect() as connection:
        placement = on_the_ground(visit.version(connection, model).placement)
        ray = Ray.on_the_map(placement, *ends)
        options = PickOptions(sight.spaces, sight.storey, Arrangement(sight.cut, sight.apart))
        hit = pick(connection, visit.view, model, ray, options)
        if hit is None:
            return {"hit": None}
        element = element_of(connection, visit.view, model, hit.member["source_key"])
        return {"hit": hit.json(placement), "element": element}
