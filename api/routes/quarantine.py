"""Quarantine: what was not accepted, its release once mended, and its discarding."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from api.admission import admit
from api.body import TheBody, documented, object_of
from api.deps import Number, TheHouse, ThePrincipal, TheVisit
from api.house import House
from api.links import GEOJSON, JSON, link, with_query
from layers.access.decide import require
from layers.codebook.jobs import ask_within
from layers.errors import ParameterError
from layers.quarantine.decide import Desk, deed_of
from layers.quarantine.held import STATES, Wanted, counts, held_row, held_rows
from layers.quarantine.mend import read_patch
from layers.query.items import parse_limit

ROUTER = APIRouter(tags=["quarantine"])
_MOST = 1000
_PATCH = "reason, and properties, geometry (GeoJSON, EPSG:4490), source_key or mend=make_valid"


@dataclass(frozen=True)
class QuarantineParameters:
    """Which rows are asked for."""

    layer: Annotated[str | None, Query(description="id of a layer")] = None
    load: Annotated[int | None, Query(ge=1, lt=2**63, description="number of a load")] = None
    state: Annotated[str | None, Query(description="held, released or discarded")] = None
    rule: Annotated[str | None, Query(description="id of a rule that a reason names")] = None
    limit: Annotated[str | None, Query(description="rows on a page; large numbers are clamped")] = None
    after: Annotated[int, Query(ge=0, lt=2**63, description="cursor of a next link")] = 0


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.get("/quarantine", summary="Rows that were not accepted")
def list_quarantine(visit: TheVisit, asked: Annotated[QuarantineParameters, Depends()]) -> dict[str, Any]:
    """Return a page of rows as GeoJSON with reasons and originals, and counts by layer and state."""
    house, principal = visit.house, visit.principal
    require(principal, "read", "quarantine")
    if asked.state not in (None, *STATES):
        raise ParameterError("state", f"{asked.state!r} is none of {', '.join(STATES)}")
    limit = parse_limit(asked.limit, _MOST, 100)
    wanted = Wanted(asked.layer, asked.load, asked.state, asked.rule, asked.after, limit)
    with house.database.reader.connect() as connection:
        rows = held_rows(connection, house.registry, principal, wanted)
        numbers = counts(connection, house.registry, principal, wanted)
    url, shown = f"{visit.base}/quarantine", rows[:limit]
    links = [link("self", with_query(url, visit.given), GEOJSON, "This document")]
    if len(rows) > limit:
        following = with_query(url, visit.given | {"after": str(shown[-1]["id"])})
        links.append(link("next", following, GEOJSON, "Next page"))
    return {"type": "FeatureCollection", "counts": numbers, "features": shown, "links": links}


@ROUTER.get("/quarantine/{number}", summary="One row that was not accepted")
def show_quarantined(number: Number, house: TheHouse, principal: ThePrincipal) -> dict[str, Any]:
    """Return a row with its reasons, its original and what was decided."""
    require(principal, "read", "quarantine")
    with house.database.reader.connect() as connection:
        return held_row(connection, house.registry, principal, number)


@ROUTER.post(
    "/quarantine/release",
    summary="Release many rows",
    openapi_extra=documented(JSON, description=f"ids (up to {_MOST}), {_PATCH}"),
)
def release_many(house: TheHouse, principal: ThePrincipal, body: TheBody) -> dict[str, Any]:
    """Release each row by itself with the same patch; the answer tells which were, and why others were not."""
    stated = object_of(body)
    numbers = stated.pop("ids", None)
    if not isinstance(numbers, list) or not 0 < len(numbers) <= _MOST or not all(type(n) is int for n in numbers):
        raise ParameterError("ids", f"this is a list of 1 to {_MOST} numbers of rows")
    admit(house, principal, "write", "quarantine", {"release": numbers, "reason": stated.get("reason")})
    layers = {show_quarantined(number, house, principal)["properties"]["layer"] for number in numbers}
    told = _desk(house).release_all(numbers, read_patch(stated), deed_of(stated, principal))
    if told["released"]:
        ask_within(house.database, house.registry, layers, principal.name)
    return told


@ROUTER.post(
    "/quarantine/{number}/release", summary="Release a row", openapi_extra=documented(JSON, description=_PATCH)
)
def release(number: Number, house: TheHouse, principal: ThePrincipal, body: TheBody) -> dict[str, Any]:
    """Put a mended row into its layer; where it still cannot be accepted, the error tells all reasons."""
    stated = object_of(body)
    admit(house, principal, "write", "quarantine", {"release": number, "reason": stated.get("reason")})
    layer = show_quarantined(number, house, principal)["properties"]["layer"]
    _desk(house).release(number, read_patch(stated), deed_of(stated, principal))
    ask_within(house.database, house.registry, [layer], principal.name)
    return show_quarantined(number, house, principal)


@ROUTER.post(
    "/quarantine/{number}/discard", summary="Discard a row", openapi_extra=documented(JSON, description="reason")
)
def discard(number: Number, house: TheHouse, principal: ThePrincipal, body: TheBody) -> dict[str, Any]:
    """Let a row rest for good; its original stays."""
    stated = object_of(body)
    admit(house, principal, "write", "quarantine", {"discard": number, "reason": stated.get("reason")})
    show_quarantined(number, house, principal)
    _desk(house).discard(number, deed_of(stated, principal))
    return show_quarantined(number, house, principal)


def _desk(house: House) -> Desk:
    return Desk(house.database, house.registry, house.settings.local_grids)
