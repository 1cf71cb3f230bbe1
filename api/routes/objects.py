"""Objects by their unified codes."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.authorise import authorise
from api.deps import TheAppState, ThePrincipal
from api.objects import object_document
from layers.access import readable
from layers.entities import assign_codes, codable, codes_of_key, parts_of
from layers.errors import ParameterError
from layers.query import parse_limit

ROUTER = APIRouter(tags=["objects"])
_MOST = 200
_LONGEST_KEY = 200
Json = dict[str, Any]


@ROUTER.get("/objects", summary="Codes of an object by the key of a source")
def codes(
    app_state: TheAppState,
    principal: ThePrincipal,
    key: Annotated[str, Query(description="what a source knows it by, such as way/165792123")],
) -> Json:
    """Return the objects of that key with layer, number, dataset and code; ``hidden_by`` tells of merges."""
    if not key or len(key) > _LONGEST_KEY or "\x00" in key:
        raise ParameterError("key", f"this is not a key of at most {_LONGEST_KEY} characters")
    with app_state.database.reader.connect() as connection:
        return {"key": key, "objects": codes_of_key(connection, app_state.registry, principal, key)}


@ROUTER.get("/objects/{code}", summary="Everything known of one object")
def show(code: str, app_state: TheAppState, principal: ThePrincipal) -> Json:
    """Return attributes with their sources, geometry, grid codes, containing and contained objects, and history.

    A retired code answers with its successors; an invalid one with the reason.
    """
    with app_state.database.reader.connect() as connection:
        return object_document(connection, app_state.registry, principal, code)


@ROUTER.get("/objects/{code}/children/{layer}", summary="What lies in one object, of one layer")
def children(
    code: str,
    layer: str,
    app_state: TheAppState,
    principal: ThePrincipal,
    limit: Annotated[str | None, Query(description="most on a page")] = None,
    after: Annotated[int, Query(ge=0, lt=2**63, description="the next of the page before")] = 0,
) -> Json:
    """Return a page of what lies in the object, in order of numbers."""
    readable(app_state.registry, principal, layer)
    with app_state.database.reader.connect() as connection:
        most = parse_limit(limit, _MOST, 50)
        return parts_of(connection, app_state.registry, principal, code, layer, after, most)


@ROUTER.post("/codes/{layer}", summary="Give codes to the objects of a layer")
def assign(
    layer: str,
    app_state: TheAppState,
    principal: ThePrincipal,
    division: Annotated[str | None, Query(description="six digits: of what lies in no known division")] = None,
) -> Json:
    """Give codes to objects that have none, and retire those of objects that are gone; again it changes nothing."""
    visible, _ = readable(app_state.registry, principal, layer)
    authorise(app_state, principal, "write", "codes", {"assign": layer, "division": division})
    with app_state.database.writer.begin() as connection:
        return assign_codes(connection, codable(visible), division).json()
