"""Observations by the million: in as lines of JSON or of a table, kept as they come; out as a file that streams."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api.body import documented
from api.deps import TheAppState, ThePrincipal
from api.documents import HEADLESS
from api.sensing_export import Asked, export
from api.sensing_stream import keep_stream
from layers.access import audit_statement, decide, require
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.sensing.files import Mapping
from twin.sensing.files.keeper import Keeper
from twin.sensing.files.times import zone_of
from twin.sensing.lines import CSV, NDJSON, reader_of

ROUTER = APIRouter(tags=["sensors"])
Words = Annotated[list[str], Query(max_length=20, description="what stands for a missing value in a table, such as NA")]


# A plain function: it uses the synchronous driver, and FastAPI runs it beside the event loop.
@ROUTER.get("/sensing/observations", summary="Observations as a file", response_model=None)
def read_observations(
    request: Request, app_state: TheAppState, principal: ThePrincipal, asked: Annotated[Asked, Depends()]
) -> Response:
    """Return observations of datastreams with name, unit, thing and quality as CSV, GeoJSON, NDJSON or Parquet."""
    return export(app_state, principal, asked, headless=bool(request.scope.get(HEADLESS)))


@ROUTER.post(
    "/sensing/observations",
    summary="Observations, line by line",
    openapi_extra=documented(NDJSON, CSV, description="an Observation a line; a table: datastream,time,result"),
)
async def keep_observations(
    request: Request,
    app_state: TheAppState,
    principal: ThePrincipal,
    zone: Annotated[str | None, Query(max_length=60, description="of a table's times that state none")] = None,
    missing: Words = [],  # noqa: B006 - FastAPI makes one for each request
) -> dict[str, Any]:
    """Keep observations in batches while they come; what cannot be kept is told with its line, and stops nothing."""
    require(principal, "write", "sensing")
    mapping = Mapping(zone=None if zone is None else zone_of(zone), missing=frozenset(missing))
    reader = reader_of(request.headers.get("content-type", NDJSON), mapping)
    keeper = Keeper(app_state.database, decide(principal, "read", DATASTREAMS))
    try:
        await keep_stream(request.stream(), reader, keeper)
    finally:
        detail = {"what": "observations", "kept": keeper.tally.kept, "read": keeper.tally.read}
        statement = audit_statement(principal, "write", "sensing", allowed=True, detail=detail)
        await asyncio.to_thread(_record, app_state, statement)
    return keeper.tally.json() | {"left_out": sorted(reader.left_out)}


def _record(app_state: TheAppState, statement: Any) -> None:
    with app_state.database.writer.begin() as connection:
        connection.execute(statement)
