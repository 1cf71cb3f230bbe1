"""Rules of layers: listed, added, changed and switched off at run time."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.admission import admit
from api.body import TheBody, documented, object_of
from api.deps import TheHouse, ThePrincipal
from api.links import JSON
from layers.access.decide import decide, require
from layers.quality.rules import forget, rule_book, set_rule
from layers.rule import read_rule

ROUTER = APIRouter(tags=["rules"])


@ROUTER.get("/rules", summary="The rules of layers")
def list_rules(
    house: TheHouse, principal: ThePrincipal, layer: Annotated[str | None, Query(description="id of a layer")] = None
) -> dict[str, Any]:
    """Return all rules, those that are switched off too."""
    require(principal, "read", "rules")
    readable = [one for one in house.registry if decide(principal, "read", one).allowed and layer in (None, one.id)]
    with house.database.reader.connect() as connection:
        book = rule_book(connection, readable)
    return {"version": book.version, "rules": [rule.json() for rule in book.rules]}


@ROUTER.put(
    "/rules/{rule_id}",
    summary="Add or change a rule",
    openapi_extra=documented(JSON, description="layer, kind, column, parameters, severity, title, enabled"),
)
def put_rule(rule_id: str, house: TheHouse, principal: ThePrincipal, body: TheBody) -> dict[str, Any]:
    """Keep a rule under that id, in the place of the one that has it."""
    stated = object_of(body)
    admit(house, principal, "write", "rules", {"rule": rule_id, "stated": stated})
    with house.database.writer.begin() as connection:
        kept = set_rule(connection, house.registry, read_rule({**stated, "id": rule_id}), principal.name)
    return kept.json()


@ROUTER.delete("/rules/{rule_id}", summary="Forget what was changed", status_code=204)
def delete_rule(rule_id: str, house: TheHouse, principal: ThePrincipal) -> Response:
    """Forget a rule that was added, or what was changed of one that code declares."""
    admit(house, principal, "write", "rules", {"forget": rule_id})
    with house.database.writer.begin() as connection:
        forget(connection, rule_id)
    return Response(status_code=204)
