"""What changed in a layer between two instants."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import Row

from api.deps import TheVisit, Visit
from api.documents import document
from api.links import GEOJSON, Link, link, with_query
from layers.access import readable, shown_columns
from layers.base import Layer
from layers.errors import ParameterError
from layers.query import ChangesQuery, change, changes_statement, counts_statement, parse_bbox, parse_limit
from layers.temporal import OpenTime, When, now, parse_instant, rfc3339

ROUTER = APIRouter(tags=["items"])
_MOST = 1000


@dataclass(frozen=True)
class ChangesParameters:
    """The two instants, and which part of the differences."""

    since: Annotated[str, Query(description="the earlier RFC 3339 instant")]
    until: Annotated[str | None, Query(description="the later RFC 3339 instant; now when it is not said")] = None
    as_of: Annotated[str | None, Query(description="as it was known at this RFC 3339 instant")] = None
    known_since: Annotated[
        str | None, Query(description="compare with what was known at this RFC 3339 instant; with as_of otherwise")
    ] = None
    bbox: Annotated[str | None, Query(description="west,south,east,north in degrees, longitude first")] = None
    limit: Annotated[str | None, Query(description="changes on a page; large numbers are clamped")] = None
    after: Annotated[int | None, Query(ge=0, lt=2**63, description="cursor of a next link")] = None


@ROUTER.get("/collections/{layer_id}/changes", summary="What changed between two instants")
async def changes(layer_id: str, visit: TheVisit, parameters: Annotated[ChangesParameters, Depends()]) -> Response:
    """Return what was added, removed and changed in the world, with old and new values, and how much of each.

    With ``known_since`` the beliefs of two instants are compared: what was corrected in the meantime, too.
    """
    layer, decision = readable(visit.app_state.registry, visit.principal, layer_id)
    query = _query(parameters)
    async with visit.app_state.reading() as connection:
        rows = (await connection.execute(changes_statement(layer, decision, query))).all()
        counts = (await connection.execute(counts_statement(layer, decision, query))).one()
    names = [column.name for column in shown_columns(layer, decision)]
    shown = rows[: query.limit]
    links = _links(layer, visit, shown[-1].fid if len(rows) > query.limit else None)
    return document(_collection(layer, shown, counts, names) | {"links": links}, GEOJSON)


def _query(parameters: ChangesParameters) -> ChangesQuery:
    as_of = _optional(parameters.as_of, "as_of")
    known_since = _optional(parameters.known_since, "known_since")
    since = parse_instant(parameters.since, "since")
    until = now().last if parameters.until is None else parse_instant(parameters.until, "until")
    if until is not None and until < since:
        raise ParameterError("until", f"{rfc3339(until)} is before since, {rfc3339(since)}")
    return ChangesQuery(
        When(since, since, known_since or as_of),
        When(until, until, as_of),
        parse_limit(parameters.limit, _MOST, 100),
        None if parameters.bbox is None else parse_bbox(parameters.bbox),
        parameters.after,
    )


def _optional(text: str | None, name: str) -> OpenTime:
    return None if text is None else parse_instant(text, name)


def _collection(layer: Layer, rows: Sequence[Row[Any]], counts: Row[Any], names: list[str]) -> dict[str, Any]:
    fields = counts._mapping
    in_column = {name.removeprefix("in_"): number for name, number in fields.items() if name.startswith("in_")}
    return {
        "type": "FeatureCollection",
        "layer": layer.id,
        "added": counts.added,
        "removed": counts.removed,
        "changed": counts.changed,
        "changed_by_column": {name: number for name, number in in_column.items() if number},
        "features": [_feature(row, names) for row in rows],
    }


def _feature(row: Row[Any], names: list[str]) -> dict[str, Any]:
    shape = None if row.geometry is None else orjson.Fragment(row.geometry)
    return {"type": "Feature", "id": row.fid, "geometry": shape, "properties": change(row, names)}


def _links(layer: Layer, visit: Visit, last: int | None) -> list[Link]:
    url = f"{visit.base}/collections/{layer.id}/changes"
    own = link("self", with_query(url, visit.query), GEOJSON, "This document")
    if last is None:
        return [own]
    return [own, link("next", with_query(url, visit.query | {"after": str(last)}), GEOJSON, "Next page")]
