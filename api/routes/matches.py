"""Objects of several sources that may be one: proposals, decisions, and undoing them."""

from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Response

from api.authorise import authorise
from api.body import TheBody, documented, object_of
from api.deps import BaseUrl, Number, TheAppState, ThePrincipal, TheVisit
from api.links import JSON, link, with_query
from layers.access import Principal, decide, readable, require_unbound
from layers.entities import (
    Counts,
    Decider,
    MatchQuery,
    Sight,
    accept,
    accept_above,
    counts_of_matches,
    dataset_layer,
    layer_of_match,
    no_match,
    one_match,
    page_of_matches,
    parse_options,
    parse_relation,
    parse_state,
    refuse,
    submit_proposals,
    undo,
)
from layers.errors import ParameterError
from layers.ops.jobs import job
from layers.query import parse_bbox, parse_limit
from layers.store import DatasetLayer

ROUTER = APIRouter(tags=["matches"])
_MOST = 200
_BODY = documented(JSON, description='{"reason": "…"}, and to accept also {"survivor": fid}')
Json = dict[str, Any]


@dataclass(frozen=True)
class MatchesParameters:
    """The parameters of a request for matches."""

    layer: Annotated[str | None, Query(description="the layer; without it the counts of all layers are told")] = None
    state: Annotated[str | None, Query(description="proposed, accepted, refused or undone")] = None
    relation: Annotated[str | None, Query(description="same, or contains: a whole and its part")] = None
    above: Annotated[float | None, Query(ge=0, le=1, description="the lowest score")] = None
    bbox: Annotated[str | None, Query(description="west,south,east,north in degrees, longitude first")] = None
    limit: Annotated[str | None, Query(description="matches on a page; large numbers are clamped")] = None
    after: Annotated[str | None, Query(description="cursor of a next link")] = None

    def query(self) -> MatchQuery:
        """Return what is asked for."""
        box = None if self.bbox is None else parse_bbox(self.bbox)
        limit, state = parse_limit(self.limit, _MOST, 50), parse_state(self.state)
        return MatchQuery(limit, state, parse_relation(self.relation), self.above, box, self.after)


@dataclass(frozen=True)
class ProposalParameters:
    """The parameters of a request for proposals."""

    between: Annotated[str | None, Query(description="two datasets a,b; a,a for duplicates; else all")] = None
    reach_m: Annotated[float | None, Query(description="how far apart shapes may be, metres")] = None
    least: Annotated[float | None, Query(description="the lowest score that is proposed")] = None


@ROUTER.get("/matches", summary="Objects that may be one")
def matches(visit: TheVisit, parameters: Annotated[MatchesParameters, Depends()]) -> Response:
    """Return a page of matches, each with its score, what that is made of, and both objects as features.

    Those that are likely the same come first, then wholes with their parts; of each the likeliest first. ``counts`` are
    those of the whole layer, by relation and state. Without a layer the answer has the ``layers`` that have matches,
    with their counts, and no matches.
    """
    app_state, query = visit.app_state, parameters.query()
    if parameters.layer is None:
        return _document({"layers": _counts(app_state, visit.principal), "matches": []})
    dataset, sight = _layer_and_sight(app_state, visit.principal, parameters.layer)
    with app_state.database.reader.connect() as connection:
        page, following = page_of_matches(connection, dataset, sight, query)
        counts = counts_of_matches(connection, [dataset.id])[dataset.id]
    url = f"{visit.base}/matches"
    links = [link("self", with_query(url, visit.query), JSON, "This document")]
    if following is not None:
        links.append(link("next", with_query(url, visit.query | {"after": following}), JSON, "Next page"))
    return _document({"layer": parameters.layer, "counts": counts, "matches": page, "links": links})


@ROUTER.get("/matches/{number}", summary="One match")
def show(number: Number, app_state: TheAppState, principal: ThePrincipal) -> Response:
    """Return one match with both objects."""
    return _document(_match_document(app_state, principal, number))


# Before the routes of a layer, which would take "accept" for one.
@ROUTER.post("/matches/accept", summary="Accept all likely merges at once", openapi_extra=_BODY)
def accept_many(
    app_state: TheAppState,
    principal: ThePrincipal,
    body: TheBody,
    layer: Annotated[str, Query(description="the layer")],
    above: Annotated[float, Query(gt=0, le=1, description="the lowest score")],
) -> Json:
    """Accept every proposed merge with at least this score, in one transaction, except those that others rule out."""
    dataset, _ = _layer_and_sight(app_state, principal, layer)
    document = object_of(body)
    authorise(
        app_state, principal, "write", "matches", {"accept": layer, "above": above, "reason": document.get("reason")}
    )
    accepted, remaining = accept_above(app_state.database, dataset, above, _decider(principal, document))
    return {"layer": layer, "accepted": accepted, "left": remaining}


@ROUTER.post("/matches/{layer}", summary="Look for objects that may be one", status_code=202)
def propose(
    layer: str,
    app_state: TheAppState,
    principal: ThePrincipal,
    base: BaseUrl,
    response: Response,
    parameters: Annotated[ProposalParameters, Depends()],
) -> Json:
    """Put the comparison into the queue; the answer's Location tells how far it has come."""
    dataset, _ = _layer_and_sight(app_state, principal, layer)
    options = parse_options(parameters.between, parameters.reach_m, parameters.least)
    authorise(app_state, principal, "write", "matches", {"propose": layer, "between": parameters.between})
    require_unbound(principal.area, f"the comparison is of all of layer {layer}")
    number = submit_proposals(app_state.database, dataset, options, principal.name)
    response.headers["Location"] = f"{base}/jobs/{number}"
    return job(app_state.database, number).json()


@ROUTER.post("/matches/{number}/accept", summary="Accept a match", openapi_extra=_BODY)
def accept_one(number: Number, app_state: TheAppState, principal: ThePrincipal, body: TheBody) -> Response:
    """Merge two objects that are one, or record that one is a part of the other."""
    document = object_of(body)
    survivor = document.get("survivor")
    if survivor is not None and (not isinstance(survivor, int) or isinstance(survivor, bool)):
        raise ParameterError("survivor", f"{survivor!r} is not the number of an object")
    layer = _admitted(app_state, principal, number, "accept", document)
    accept(app_state.database, layer, number, _decider(principal, document), survivor)
    return _document(_match_document(app_state, principal, number))


@ROUTER.post("/matches/{number}/refuse", summary="Refuse a match", openapi_extra=_BODY)
def refuse_one(number: Number, app_state: TheAppState, principal: ThePrincipal, body: TheBody) -> Response:
    """Refuse a match; it is not proposed again unless one of the objects changes."""
    document = object_of(body)
    layer = _admitted(app_state, principal, number, "refuse", document)
    refuse(app_state.database, layer, number, _decider(principal, document))
    return _document(_match_document(app_state, principal, number))


@ROUTER.post("/matches/{number}/undo", summary="Take an accepted match back", openapi_extra=_BODY)
def undo_one(number: Number, app_state: TheAppState, principal: ThePrincipal, body: TheBody) -> Response:
    """Undo a match, in any order; its objects are then as if it had not been accepted."""
    document = object_of(body)
    layer = _admitted(app_state, principal, number, "undo", document)
    undo(app_state.database, layer, number, _decider(principal, document))
    return _document(_match_document(app_state, principal, number))


def _counts(app_state: TheAppState, principal: Principal) -> dict[str, Counts]:
    """Return the layers that have matches and that a principal may see, with their counts."""
    visible = [layer.id for layer in app_state.registry if decide(principal, "read", layer).allowed]
    with app_state.database.reader.connect() as connection:
        counts = counts_of_matches(connection, visible)
    return {layer: count for layer, count in counts.items() if any(count.values())}


def _layer_and_sight(app_state: TheAppState, principal: Principal, layer_id: str) -> tuple[DatasetLayer, Sight]:
    layer, decision = readable(app_state.registry, principal, layer_id)
    return dataset_layer(layer), Sight(decision, decide(principal, "read", "matches"), principal.area)


def _match_document(app_state: TheAppState, principal: Principal, number: int) -> Json:
    with app_state.database.reader.connect() as connection:
        layer_id = layer_of_match(connection, number)
        if (
            layer_id not in app_state.registry
            or not decide(principal, "read", app_state.registry.get(layer_id)).allowed
        ):
            raise no_match(number)
        layer, sight = _layer_and_sight(app_state, principal, layer_id)
        return one_match(connection, layer, sight, number)


def _admitted(app_state: TheAppState, principal: Principal, number: int, act: str, document: Json) -> DatasetLayer:
    """Admit a principal who may decide and may see both objects, and return the layer."""
    authorise(app_state, principal, "write", "matches", {act: number, "reason": document.get("reason")})
    layer_id = str(_match_document(app_state, principal, number)["layer"])
    return dataset_layer(app_state.registry.get(layer_id))


def _decider(principal: Principal, document: Json) -> Decider:
    reason = document.get("reason", "")
    if not isinstance(reason, str):
        raise ParameterError("reason", "it is not a text")
    return Decider(principal, reason)


def _document(content: Json) -> Response:
    return Response(orjson.dumps(_fragments(content)), media_type=JSON)


def _fragments(content: Json) -> Json:
    """Return a response into which geometries, GeoJSON already, are inserted unchanged."""
    for match in content.get("matches", [content]):
        for feature in match["objects"].values():
            if isinstance(feature["geometry"], str):
                feature["geometry"] = orjson.Fragment(feature["geometry"])
    return content
