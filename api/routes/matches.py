"""Objects of several sources that may be one: proposals, decisions, and how they are taken back."""

from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Response

from api.admission import admit
from api.body import TheBody, documented, object_of
from api.deps import BaseUrl, Number, TheHouse, ThePrincipal, TheVisit
from api.links import JSON, link, with_query
from layers.access.areas import require_unbound
from layers.access.decide import decide, readable
from layers.access.principals import Principal
from layers.errors import ParameterError
from layers.jobs import job
from layers.matching.decisions import Decider, accept, accept_above, refuse, undo
from layers.matching.jobs import submit_proposals
from layers.matching.matches import (
    Counts,
    MatchQuery,
    Sight,
    counts_of_matches,
    layer_of_match,
    no_match,
    one_match,
    page_of_matches,
    parse_relation,
    parse_state,
)
from layers.matching.propose import dataset_layer, parse_wish
from layers.query.bbox import parse_bbox
from layers.query.items import parse_limit
from layers.store.dataset_layer import DatasetLayer

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
def matches(visit: TheVisit, asked: Annotated[MatchesParameters, Depends()]) -> Response:
    """Return a page of matches, each with its score, what that is made of, and both objects as features.

    Those that are likely the same come first, then wholes with their parts; of each the likeliest first. ``counts`` are
    those of the whole layer, by relation and state. Without a layer the answer has the ``layers`` that have matches,
    with their counts, and no matches.
    """
    house, query = visit.house, asked.query()
    if asked.layer is None:
        return _document({"layers": _counts(house, visit.principal), "matches": []})
    known, sight = _seen(house, visit.principal, asked.layer)
    with house.database.reader.connect() as connection:
        found, following = page_of_matches(connection, known, sight, query)
        counts = counts_of_matches(connection, [known.id])[known.id]
    url = f"{visit.base}/matches"
    links = [link("self", with_query(url, visit.given), JSON, "This document")]
    if following is not None:
        links.append(link("next", with_query(url, visit.given | {"after": following}), JSON, "Next page"))
    return _document({"layer": asked.layer, "counts": counts, "matches": found, "links": links})


@ROUTER.get("/matches/{number}", summary="One match")
def show(number: Number, house: TheHouse, principal: ThePrincipal) -> Response:
    """Return one match with both objects."""
    return _document(_told(house, principal, number))


# Before the doors of a layer, which would take "accept" for one.
@ROUTER.post("/matches/accept", summary="Accept all likely merges at once", openapi_extra=_BODY)
def accept_many(
    house: TheHouse,
    principal: ThePrincipal,
    body: TheBody,
    layer: Annotated[str, Query(description="the layer")],
    above: Annotated[float, Query(gt=0, le=1, description="the lowest score")],
) -> Json:
    """Accept every proposed merge with at least this score, in one transaction; those that others rule out are left."""
    known, _ = _seen(house, principal, layer)
    stated = object_of(body)
    admit(house, principal, "write", "matches", {"accept": layer, "above": above, "reason": stated.get("reason")})
    accepted, left = accept_above(house.database, known, above, _decider(principal, stated))
    return {"layer": layer, "accepted": accepted, "left": left}


@ROUTER.post("/matches/{layer}", summary="Look for objects that may be one", status_code=202)
def propose(
    layer: str,
    house: TheHouse,
    principal: ThePrincipal,
    base: BaseUrl,
    response: Response,
    asked: Annotated[ProposalParameters, Depends()],
) -> Json:
    """Put the comparison into the queue; the answer's Location tells how far it has come."""
    known, _ = _seen(house, principal, layer)
    wish = parse_wish(asked.between, asked.reach_m, asked.least)
    admit(house, principal, "write", "matches", {"propose": layer, "between": asked.between})
    require_unbound(principal.area, f"the comparison is of all of layer {layer}")
    number = submit_proposals(house.database, known, wish, principal.name)
    response.headers["Location"] = f"{base}/jobs/{number}"
    return job(house.database, number).json()


@ROUTER.post("/matches/{number}/accept", summary="Accept a match", openapi_extra=_BODY)
def accept_one(number: Number, house: TheHouse, principal: ThePrincipal, body: TheBody) -> Response:
    """Merge two objects that are one, or put down that one is a part of the other."""
    stated = object_of(body)
    survivor = stated.get("survivor")
    if survivor is not None and (not isinstance(survivor, int) or isinstance(survivor, bool)):
        raise ParameterError("survivor", f"{survivor!r} is not the number of an object")
    layer = _admitted(house, principal, number, "accept", stated)
    accept(house.database, layer, number, _decider(principal, stated), survivor)
    return _document(_told(house, principal, number))


@ROUTER.post("/matches/{number}/refuse", summary="Refuse a match", openapi_extra=_BODY)
def refuse_one(number: Number, house: TheHouse, principal: ThePrincipal, body: TheBody) -> Response:
    """Refuse a match; it is not proposed again unless one of the objects changes."""
    stated = object_of(body)
    layer = _admitted(house, principal, number, "refuse", stated)
    refuse(house.database, layer, number, _decider(principal, stated))
    return _document(_told(house, principal, number))


@ROUTER.post("/matches/{number}/undo", summary="Take an accepted match back", openapi_extra=_BODY)
def undo_one(number: Number, house: TheHouse, principal: ThePrincipal, body: TheBody) -> Response:
    """Take a match back, in any order; its objects are as if it had not been accepted."""
    stated = object_of(body)
    layer = _admitted(house, principal, number, "undo", stated)
    undo(house.database, layer, number, _decider(principal, stated))
    return _document(_told(house, principal, number))


def _counts(house: TheHouse, principal: Principal) -> dict[str, Counts]:
    """Return the layers that have matches and that a principal may see, with their counts."""
    seen = [layer.id for layer in house.registry if decide(principal, "read", layer).allowed]
    with house.database.reader.connect() as connection:
        counts = counts_of_matches(connection, seen)
    return {layer: found for layer, found in counts.items() if any(found.values())}


def _seen(house: TheHouse, principal: Principal, layer_id: str) -> tuple[DatasetLayer, Sight]:
    layer, decision = readable(house.registry, principal, layer_id)
    return dataset_layer(layer), Sight(decision, decide(principal, "read", "matches"), principal.area)


def _told(house: TheHouse, principal: Principal, number: int) -> Json:
    with house.database.reader.connect() as connection:
        layer_id = layer_of_match(connection, number)
        if layer_id not in house.registry or not decide(principal, "read", house.registry.get(layer_id)).allowed:
            raise no_match(number)
        layer, sight = _seen(house, principal, layer_id)
        return one_match(connection, layer, sight, number)


def _admitted(house: TheHouse, principal: Principal, number: int, act: str, stated: Json) -> DatasetLayer:
    """Let a principal through who may decide and may see both objects."""
    admit(house, principal, "write", "matches", {act: number, "reason": stated.get("reason")})
    layer_id = str(_told(house, principal, number)["layer"])
    return dataset_layer(house.registry.get(layer_id))


def _decider(principal: Principal, stated: Json) -> Decider:
    reason = stated.get("reason", "")
    if not isinstance(reason, str):
        raise ParameterError("reason", "it is no text")
    return Decider(principal, reason)


def _document(content: Json) -> Response:
    return Response(orjson.dumps(_fragments(content)), media_type=JSON)


def _fragments(content: Json) -> Json:
    """Put the geometries, which are GeoJSON already, in as they are."""
    for match in content.get("matches", [content]):
        for feature in match["objects"].values():
            if isinstance(feature["geometry"], str):
                feature["geometry"] = orjson.Fragment(feature["geometry"])
    return content
