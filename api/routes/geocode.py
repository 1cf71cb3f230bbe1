"""Geocoding: addresses and names to places, places to addresses, suggestions, and tables of addresses."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response

from api.body import TheBody, documented, json_of
from api.deps import TheAppState, ThePrincipal
from api.links import JSON
from layers.errors import InputError, ParameterError
from layers.query import geocode as geocoding
from layers.query import parse_limit
from layers.space import normalise

ROUTER = APIRouter(tags=["geocode"])
MOST_ROWS = 10_000
_MOST_ANSWERS, _MOST_SUGGESTIONS = 20, 50
_CSV = "text/csv"


@ROUTER.get("/geocode", summary="Find the place of an address or name")
def geocode(
    app_state: TheAppState,
    principal: ThePrincipal,
    q: Annotated[str, Query(description="a Chinese address in any usual spelling, a junction, or a name")],
    limit: Annotated[str | None, Query(description="most answers")] = None,
) -> dict[str, Any]:
    """Return the best answers among what you may see, each with its confidence (0 to 1) and how it was matched.

    Only exact house numbers, and exact names that one thing has, get a confidence of 0.8 and more.
    """
    text, most = _text(q), parse_limit(limit, _MOST_ANSWERS, 5)
    answers = geocoding.geocode(_gazetteer(app_state, principal), text, most)
    return {"query": q, "normal": normalise(text), "answers": [answer.json() for answer in answers]}


@ROUTER.get("/geocode/reverse", summary="Find the address of a place")
def reverse(
    app_state: TheAppState,
    principal: ThePrincipal,
    lon: Annotated[float, Query(ge=-180, le=180, description="longitude in degrees, EPSG:4490")],
    lat: Annotated[float, Query(ge=-90, le=90, description="latitude in degrees, EPSG:4490")],
) -> dict[str, Any]:
    """Return the nearest addressed thing and named road within 1000 m, distance and direction, and the divisions."""
    with app_state.database.reader.connect() as connection:
        return geocoding.reverse(connection, geocoding.readable(app_state.registry, principal), lon, lat)


@ROUTER.get("/geocode/suggest", summary="Suggest addresses and names while somebody types")
def suggest(
    app_state: TheAppState,
    principal: ThePrincipal,
    q: Annotated[str, Query(description="the beginning of an address or name")],
    limit: Annotated[str | None, Query(description="most suggestions")] = None,
) -> dict[str, Any]:
    """Return names and addresses that begin so: roads and stations first, then what is tall."""
    text, most = _text(q), parse_limit(limit, _MOST_SUGGESTIONS)
    suggestions = geocoding.suggest(_gazetteer(app_state, principal), text, most)
    return {
        "query": q,
        "suggestions": [
            {
                "text": label,
                "layer": place.layer,
                "fid": place.fid,
                "lon": round(place.lon, 7),
                "lat": round(place.lat, 7),
            }
            for label, place in suggestions
        ],
    }


@ROUTER.post(
    "/geocode/batch",
    summary="Find the places of many addresses",
    openapi_extra=documented(
        JSON,
        _CSV,
        description="a list of addresses, or a table whose first line names its columns; at most 10,000 rows",
    ),
)
def batch(
    request: Request,
    app_state: TheAppState,
    principal: ThePrincipal,
    body: TheBody,
    column: Annotated[str | None, Query(description="the column of a table that has the addresses")] = None,
) -> Response:
    """Return the best answer to each address, in their order: a list for a list, and for a table (CSV) the table.

    A table comes back with lon, lat, confidence, how, matched, layer, fid and code behind its own columns.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == _CSV:
        columns, rows = geocoding.read_table(body)
        _check_size(len(rows))
        chosen = geocoding.address_column(columns, column)
        table = geocoding.geocode_table(_gazetteer(app_state, principal), columns, rows, chosen)
        return Response(table.encode("utf-8-sig"), media_type=f"{_CSV}; charset=utf-8")
    texts = _listed(json_of(body))
    _check_size(len(texts))
    gazetteer = _gazetteer(app_state, principal)
    answers = [next(iter(geocoding.geocode(gazetteer, text)), None) for text in texts]
    results = [{"query": text, "answer": answer and answer.json()} for text, answer in zip(texts, answers, strict=True)]
    return Response(orjson.dumps({"answers": results}), media_type=JSON)


def _gazetteer(app_state: TheAppState, principal: ThePrincipal) -> geocoding.Gazetteer:
    return geocoding.gazetteer_for(app_state.database, app_state.registry, principal)


def _text(q: str) -> str:
    if not q.strip():
        raise ParameterError("q", "nothing to look for; give an address or a name")
    if len(q) > geocoding.LONGEST:
        raise ParameterError("q", f"this is not an address: it has more than {geocoding.LONGEST} characters")
    return q


def _listed(document: Any) -> list[str]:
    if isinstance(document, dict):
        document = document.get("addresses")
    if not isinstance(document, list):
        raise InputError('body: give a list of addresses, {"addresses": [...]}, or a table as text/csv')
    wrong = next((place for place, each in enumerate(document) if not isinstance(each, str)), None)
    if wrong is not None:
        raise InputError(f"body[{wrong}]: {document[wrong]!r} is not a text")
    return document


def _check_size(count: int) -> None:
    if count > MOST_ROWS:
        raise InputError(f"body: {count} addresses, and {MOST_ROWS} is the most at a time; use: twin geocode --file")
