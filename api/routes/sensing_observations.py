"""Observations by the million: in as lines of JSON or of a table, kept as they come."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.body import documented
from api.deps import TheAppState, ThePrincipal
from api.sensing_stream import keep_stream
from layers.access import audit_statement, decide, require
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.sensing.files import Mapping
from twin.sensing.files.keeper import Keeper
from twin.sensing.files.times import zone_of
from twin.sensing.lines import CSV, NDJSON, reader_of

ROUTER = APIRouter(tags=["sensors"])
Words = Annotated[list[str], Query(max_length=20, description="what stands for a missing value in a table, such as NA")]


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
