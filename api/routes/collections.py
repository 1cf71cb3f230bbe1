"""Collections: the layers, one by one."""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.catalogue import Entry
from api.deps import BaseUrl, TheAppState, ThePrincipal, WantsHtml
from api.documents import document
from api.links import CRS84, GEOJSON, HTML, JSON, QUERYABLES, SCHEMA, TILESETS, link, self_and_other
from api.pages import page
from layers.access import readable, shown_columns

ROUTER = APIRouter(tags=["collections"])
_TYPES = {"text": "string", "integer": "integer", "real": "number", "boolean": "boolean", "timestamp": "string"}


@ROUTER.get("/collections", summary="All layers")
async def collections(
    request: Request, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl, html: WantsHtml
) -> Response:
    """Return the layers that you may see."""
    entries = await app_state.catalogue.entries(app_state.registry, principal)
    if html:
        return page("collections.html", entries=entries)
    links = self_and_other(f"{base}/collections", dict(request.query_params), JSON, html=html)
    return document({"links": links, "collections": [_described(entry, base) for entry in entries]})


@ROUTER.get("/collections/{layer_id}", summary="One layer")
async def collection(
    layer_id: str, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl, html: WantsHtml
) -> Response:
    """Return one layer: titles, extent and links."""
    layer, decision = readable(app_state.registry, principal, layer_id)
    facts = await app_state.catalogue.facts([(layer, decision)])
    entry = Entry(layer, decision, facts[layer.id])
    if html:
        return page("collection.html", entry=entry, columns=shown_columns(layer, decision))
    return document(_described(entry, base))


@ROUTER.get("/collections/{layer_id}/queryables", summary="Columns that items can be filtered by")
async def queryables(layer_id: str, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl) -> Response:
    """Return the filterable columns as JSON Schema (OGC 19-079r2)."""
    layer, decision = readable(app_state.registry, principal, layer_id)
    properties: dict[str, Any] = {
        column.name: {"title": f"{column.title.zh} {column.title.en}", "type": _TYPES[column.type]}
        | ({"x-ogc-unit": column.unit} if column.unit else {})
        | ({"enum": [value for value, _ in column.codes]} if column.codes else {})
        for column in shown_columns(layer, decision)
    }
    properties["geometry"] = {"format": f"geometry-{layer.geometry.lower()}", "x-ogc-role": "primary-geometry"}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{base}/collections/{layer.id}/queryables",
        "type": "object",
        "title": f"{layer.title.zh} {layer.title.en}",
        "properties": properties,
        "additionalProperties": False,
    }
    return document(schema, SCHEMA)


def _described(entry: Entry, base: str) -> dict[str, Any]:
    layer, facts = entry.layer, entry.facts
    own = f"{base}/collections/{layer.id}"
    return {
        "id": layer.id,
        "title": f"{layer.title.zh} {layer.title.en}",
        "description": f"{layer.description.zh} {layer.description.en}".strip(),
        "attribution": "; ".join(facts.sources),
        "itemType": "feature",
        "crs": [CRS84],
        "extent": {
            "spatial": {"bbox": [list(facts.bounds or (-180, -90, 180, 90))], "crs": CRS84},
            "temporal": {"interval": [[None, None]], "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"},
        },
        "links": [
            link("self", f"{own}?f=json", JSON, "This document"),
            link("alternate", f"{own}?f=html", HTML, "This document as HTML"),
            link("items", f"{own}/items?f=json", GEOJSON, "Items as GeoJSON"),
            link("items", f"{own}/items?f=html", HTML, "Items as HTML"),
            link(QUERYABLES, f"{own}/queryables", SCHEMA, "Columns to filter by"),
            link(TILESETS, f"{own}/tiles", JSON, "Vector tiles"),
        ],
    }
