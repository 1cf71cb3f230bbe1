"""Quarantine: rows that were not accepted, their release once corrected, and their discarding."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from api.app_state import AppState
from api.authorise import authorise
from api.body import TheBody, documented, object_of
from api.deps import Number, TheAppState, ThePrincipal, TheVisit
from api.links import GEOJSON, JSON, link, with_query
from layers.access import require
from layers.entities import ask_within
from layers.errors import ParameterError
from layers.intake import (
    STATES,
    QuarantineQuery,
    QuarantineService,
    counts,
    decision_of,
    quarantined_row,
    quarantined_rows,
    read_patch,
)
from layers.query import parse_limit

ROUTER = APIRouter(tags=["quarantine"])
_MOST = 1000
_PATCH = "reason, and properties, geometry (GeoJSON, EPSG:4490), source_key or mend=make_valid"


@dataclass(frozen=True)
class QuarantineParameters:
    """Which rows are asked for."""

    layer: Annotated[str | None, Query(description="id of a layer")] = None
    load: Annotated[int | None, Query(ge=1, lt=2**63, description="number of a load")] = None
    state: Annotated[str | None, Query(description="pending, released or discarded")] = None
    rule: Annotated[str | None, Query(description="id of a rule that a reason names")] = None
    limit: Annotated[str | None, Query(description="rows on a page; large numbers are clamped")] = None
    after: Annotated[int, Query(ge=0, lt=2**63, description="cursor of a next link")] = 0


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.get("/quarantine", summary="Rows that were not accepted")
def list_quarantine(visit: TheVisit, parameters: Annotated[QuarantineParameters, Depends()]) -> dict[str, Any]:
    """Return a page of rows as GeoJSON with reasons and originals, and counts by layer and state."""
    app_state, principal = visit.app_state, visit.principal
    require(principal, "read", "quarantine")
    if parameters.state not in (None, *STATES):
        raise ParameterError("state", f"{parameters.state!r} is none of {', '.join(STATES)}")
    limit = parse_limit(parameters.limit, _MOST, 100)
    query = QuarantineQuery(
        parameters.layer, parameters.load, parameters.state, parameters.rule, parameters.after, limit
    )
    with app_state.database.reader.connect() as connection:
        rows = quarantined_rows(connection, app_state.registry, principal, query)
        numbers = counts(connection, app_state.registry, principal, query)
    url, shown = f"{visit.base}/quarantine", rows[:limit]
    links = [link("self", with_query(url, visit.query), GEOJSON, "This document")]
    if len(rows) > limit:
        following = with_query(url, visit.query | {"after": str(shown[-1]["id"])})
        links.append(link("next", following, GEOJSON, "Next page"))
    return {"type": "FeatureCollection", "counts": numbers, "features": shown, "links": links}


@ROUTER.get("/quarantine/{number}", summary="One row that was not accepted")
def show_quarantined(number: Number, app_state: TheAppState, principal: ThePrincipal) -> dict[str, Any]:
    """Return a row with its reasons, its original and what was decided."""
    require(principal, "read", "quarantine")
    with app_state.database.reader.connect() as connection:
        return quarantined_row(connection, app_state.registry, principal, number)


@ROUTER.post(
    "/quarantine/release",
    summary="Release many rows",
    openapi_extra=documented(JSON, description=f"ids (up to {_MOST}), {_PATCH}"),
)
def release_many(app_state: TheAppState, principal: ThePrincipal, body: TheBody) -> dict[str, Any]:
    """Release each row by itself with the same patch; the answer tells which were, and why others were not."""
    document = object_of(body)
    numbers = document.pop("ids", None)
    if not isinstance(numbers, list) or not 0 < len(numbers) <= _MOST or not all(type(n) is int for n in numbers):
        raise ParameterError("ids", f"this must be a list of 1 to {_MOST} row numbers")
    authorise(app_state, principal, "write", "quarantine", {"release": numbers, "reason": document.get("reason")})
    layers = {show_quarantined(number, app_state, principal)["properties"]["layer"] for number in numbers}
    result = _service(app_state).release_all(numbers, read_patch(document), decision_of(document, principal))
    if result["released"]:
        ask_within(app_state.database, app_state.registry, layers, principal.name)
    return result


@ROUTER.post(
    "/quarantine/{number}/release", summary="Release a row", openapi_extra=documented(JSON, description=_PATCH)
)
def release(number: Number, app_state: TheAppState, principal: ThePrincipal, body: TheBody) -> dict[str, Any]:
    """Put a corrected row into its layer; if it still cannot be accepted, the error gives all reasons."""
    document = object_of(body)
    authorise(app_state, principal, "write", "quarantine", {"release": number, "reason": document.get("reason")})
    layer = show_quarantined(number, app_state, principal)["properties"]["layer"]
    _service(app_state).release(number, read_patch(document), decision_of(document, principal))
    ask_within(app_state.database, app_state.registry, [layer], principal.name)
    return show_quarantined(number, app_state, principal)


@ROUTER.post(
    "/quarantine/{number}/discard", summary="Discard a row", openapi_extra=documented(JSON, description="reason")
)
def discard(number: Number, app_state: TheAppState, principal: ThePrincipal, body: TheBody) -> dict[str, Any]:
    """Discard a row for good; its original is kept."""
    document = object_of(body)
    authorise(app_state, principal, "write", "quarantine", {"discard": number, "reason": document.get("reason")})
    show_quarantined(number, app_state, principal)
    _service(app_state).discard(number, decision_of(document, principal))
    return show_quarantined(number, app_state, principal)


def _service(app_state: AppState) -> QuarantineService:
    return QuarantineService(app_state.database, app_state.registry, app_state.settings.local_grids)
