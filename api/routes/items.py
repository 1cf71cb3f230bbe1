"""Items of a layer, as GeoJSON and as a page."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from api.deps import TheVisit, Visit
from api.documents import document
from api.features import feature
from api.links import CRS84, GEOJSON, JSON, Link, link, self_and_other, with_query
from api.pages import page
from layers.access import Decision, readable, shown_columns
from layers.base import Layer
from layers.errors import NotFound, ParameterError
from layers.numbers import parse_whole
from layers.query import (
    Cursor,
    ItemsQuery,
    item_statement,
    items_statement,
    parse_bbox,
    parse_cursor,
    parse_filters,
    parse_limit,
)
from layers.temporal import parse_when, rfc3339

ROUTER = APIRouter(tags=["items"])
_OWN = {"crs", "bbox-crs", "bbox", "datetime", "as_of", "limit", "after", "f"}


@dataclass(frozen=True)
class TimeParameters:
    """The time that a request asks for."""

    datetime: Annotated[str | None, Query(description="RFC 3339 instant, date, or interval a/b with .. for open")] = (
        None
    )
    as_of: Annotated[str | None, Query(description="as it was known at this RFC 3339 instant")] = None


@dataclass(frozen=True)
class ItemsParameters(TimeParameters):
    """The parameters of a request for items that are not columns."""

    bbox: Annotated[str | None, Query(description="west,south,east,north in degrees, longitude first")] = None
    limit: Annotated[str | None, Query(description="items on a page; large numbers are clamped")] = None
    after: Annotated[str | None, Query(description="cursor of a next link")] = None


@ROUTER.get("/collections/{layer_id}/items", summary="Items of a layer")
async def items(layer_id: str, visit: TheVisit, parameters: Annotated[ItemsParameters, Depends()]) -> Response:
    """Return a page of items; any column filters by ``column=value``."""
    layer, decision = readable(visit.app_state.registry, visit.principal, layer_id)
    _check_form(visit.query)
    query = _query(layer, decision, visit, parameters)
    async with visit.app_state.reading() as connection:
        rows = (await connection.execute(items_statement(layer, decision, query))).all()
    shown, more = rows[: query.limit], len(rows) > query.limit
    url = f"{visit.base}/collections/{layer.id}/items"
    links = self_and_other(url, visit.query, GEOJSON, html=visit.html)
    if more:
        links.append(_next_link(url, visit, shown[-1]))
    features = [feature(row) for row in shown]
    return _items_page(layer, decision, features, links) if visit.html else _collection_response(features, links)


@ROUTER.get("/collections/{layer_id}/items/{fid}", summary="One item")
async def item(layer_id: str, fid: str, visit: TheVisit, parameters: Annotated[TimeParameters, Depends()]) -> Response:
    """Return one item by its number."""
    layer, decision = readable(visit.app_state.registry, visit.principal, layer_id)
    _check_form(visit.query)
    when = parse_when(parameters.datetime, parameters.as_of)
    statement = item_statement(layer, decision, _parse_fid(layer, fid), when)
    async with visit.app_state.reading() as connection:
        row = (await connection.execute(statement)).one_or_none()
    if row is None:
        raise NotFound(f"layer {layer.id} has no item {fid} at that time")
    content = feature(row)
    return _item_page(layer, content) if visit.html else _item_response(layer, visit, content)


def _query(layer: Layer, decision: Decision, visit: Visit, parameters: ItemsParameters) -> ItemsQuery:
    filters = {name: value for name, value in visit.query.items() if name not in _OWN}
    return ItemsQuery(
        when=parse_when(parameters.datetime, parameters.as_of),
        limit=parse_limit(parameters.limit, visit.app_state.settings.items_limit),
        bbox=None if parameters.bbox is None else parse_bbox(parameters.bbox),
        after=None if parameters.after is None else parse_cursor(parameters.after),
        equal=parse_filters(layer, decision, filters),
    )


def _check_form(parameters: dict[str, str]) -> None:
    if parameters.get("f", "json") not in ("json", "html"):
        raise ParameterError("f", f"{parameters['f']!r} is not a supported format; use json or html")
    for name in ("crs", "bbox-crs"):
        if parameters.get(name, CRS84) != CRS84:
            raise ParameterError(name, f"{parameters[name]!r} is not a supported reference system; use {CRS84}")


def _parse_fid(layer: Layer, text: str) -> int:
    try:
        return parse_whole("fid", text)
    except ParameterError:
        raise NotFound(f"layer {layer.id} has no item {text[:40]!r}; items have numbers as ids") from None


def _next_link(url: str, visit: Visit, last: Any) -> Link:
    cursor = str(Cursor(last.fid, last.valid_from))
    form = {"f": "html"} if visit.html else {}
    return link("next", with_query(url, visit.query | form | {"after": cursor}), GEOJSON, "Next page")


def _items_page(layer: Layer, decision: Decision, features: list[Any], links: list[Link]) -> Response:
    following = next((entry["href"] for entry in links if entry["rel"] == "next"), None)
    columns = shown_columns(layer, decision)
    return page("items.html", layer=layer, columns=columns, features=features, next=following)


def _item_page(layer: Layer, properties: dict[str, Any]) -> Response:
    titles = {column.name: f"{column.title.zh} {column.title.en}" for column in layer.columns}
    return page("item.html", layer=layer, feature=properties, titles=titles)


def _item_response(layer: Layer, visit: Visit, properties: dict[str, Any]) -> Response:
    own = f"{visit.base}/collections/{layer.id}"
    links = self_and_other(f"{own}/items/{properties['id']}", visit.query, GEOJSON, html=visit.html)
    links.append(link("collection", own, JSON, f"{layer.title.zh} {layer.title.en}"))
    return document(properties | {"links": links}, GEOJSON)


def _collection_response(features: list[Any], links: list[Link]) -> Response:
    collection = {
        "type": "FeatureCollection",
        "features": features,
        "numberReturned": len(features),
        "timeStamp": rfc3339(datetime.now(UTC)),
        "links": links,
    }
    return document(collection, GEOJSON)
