"""Search by name and address."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.deps import TheAppState, ThePrincipal
from layers.access import decide
from layers.query import is_searchable, parse_limit, parse_query, search_statement
from layers.temporal import parse_when

ROUTER = APIRouter(tags=["search"])
_MOST = 50
# The zoom to which the map goes for a result, by its layer.
_ZOOMS = {"boundaries": 12.5, "roads": 15.5, "water": 14.0, "waterways": 14.5, "railways": 14.0}
_ZOOM = 16.5


@ROUTER.get("/search", summary="Search by name and address")
async def search(
    app_state: TheAppState,
    principal: ThePrincipal,
    q: Annotated[str, Query(description="part of a name or address, Chinese or English")],
    limit: Annotated[str | None, Query(description="most results")] = None,
    datetime: Annotated[str | None, Query(description="RFC 3339 instant, date, or interval")] = None,
    as_of: Annotated[str | None, Query(description="as it was known at this RFC 3339 instant")] = None,
) -> dict[str, Any]:
    """Return the best matches over all layers that you may see."""
    query, when, most = parse_query(q), parse_when(datetime, as_of), parse_limit(limit, _MOST)
    decided = [(layer, decide(principal, "read", layer)) for layer in app_state.registry if is_searchable(layer)]
    statement = search_statement([pair for pair in decided if pair[1].allowed], query, when, most)
    async with app_state.reading() as connection:
        rows = (await connection.exec_driver_sql(statement.sql, statement.values)).all()
    return {"query": query, "results": [_result(app_state, row) for row in rows]}


def _result(app_state: TheAppState, row: Any) -> dict[str, Any]:
    return {
        "layer": row.layer,
        "layer_title": app_state.registry.get(row.layer).title.json(),
        "fid": row.fid,
        "name": row.name,
        "name_en": row.name_en,
        "address": row.address,
        "lon": round(row.lon, 7),
        "lat": round(row.lat, 7),
        "bbox": [round(edge, 7) for edge in (row.xmin, row.ymin, row.xmax, row.ymax)],
        "zoom": _ZOOMS.get(row.layer, _ZOOM),
    }
