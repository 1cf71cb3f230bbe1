"""Objects by their unified codes."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.admission import admit
from api.deps import TheHouse, ThePrincipal
from layers.access.decide import readable
from layers.codebook.assign import assign_codes, codable
from layers.codebook.keys import codes_of_key
from layers.codebook.object import object_of, parts_of
from layers.errors import ParameterError
from layers.query.items import parse_limit

ROUTER = APIRouter(tags=["objects"])
_MOST = 200
_LONGEST_KEY = 200
Json = dict[str, Any]


@ROUTER.get("/objects", summary="Codes of an object by the key of a source")
def codes(
    house: TheHouse,
    principal: ThePrincipal,
    key: Annotated[str, Query(description="what a source knows it by, such as way/165792123")],
) -> Json:
    """Return the objects of that key with layer, number, dataset and code; ``hidden_by`` tells of merges."""
    if not key or len(key) > _LONGEST_KEY or "\x00" in key:
        raise ParameterError("key", f"this is no key of at most {_LONGEST_KEY} characters")
    with house.database.reader.connect() as connection:
        return {"key": key, "objects": codes_of_key(connection, house.registry, principal, key)}


@ROUTER.get("/objects/{code}", summary="Everything known of one object")
def show(code: str, house: TheHouse, principal: ThePrincipal) -> Json:
    """Return attributes with their sources, geometry, grid codes, what it lies in, what lies in it, and its history.

    A retired code answers with its successors; a wrong one with what is wrong with it.
    """
    with house.database.reader.connect() as connection:
        return object_of(connection, house.registry, principal, code)


@ROUTER.get("/objects/{code}/children/{layer}", summary="What lies in one object, of one layer")
def children(
    code: str,
    layer: str,
    house: TheHouse,
    principal: ThePrincipal,
    limit: Annotated[str | None, Query(description="most on a page")] = None,
    after: Annotated[int, Query(ge=0, lt=2**63, description="the next of the page before")] = 0,
) -> Json:
    """Return a page of what lies in the object, in order of numbers."""
    readable(house.registry, principal, layer)
    with house.database.reader.connect() as connection:
        most = parse_limit(limit, _MOST, 50)
        return parts_of(connection, house.registry, principal, code, layer, after, most)


@ROUTER.post("/codes/{layer}", summary="Give codes to the objects of a layer")
def assign(
    layer: str,
    house: TheHouse,
    principal: ThePrincipal,
    division: Annotated[str | None, Query(description="six digits: of what lies in no known division")] = None,
) -> Json:
    """Give codes to objects that have none, and retire those of objects that are gone; again it changes nothing."""
    known, _ = readable(house.registry, principal, layer)
    admit(house, principal, "write", "codes", {"assign": layer, "division": division})
    with house.database.writer.begin() as connection:
        return assign_codes(connection, codable(known), division).json()
