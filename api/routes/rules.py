"""Rules of layers: listed, added, changed and switched off at run time."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.authorise import authorise
from api.body import TheBody, documented, object_of
from api.deps import TheAppState, ThePrincipal
from api.links import JSON
from layers.access import decide, require
from layers.intake import forget, rule_book, set_rule
from layers.rule import read_rule

ROUTER = APIRouter(tags=["rules"])


@ROUTER.get("/rules", summary="The rules of layers")
def list_rules(
    app_state: TheAppState,
    principal: ThePrincipal,
    layer: Annotated[str | None, Query(description="id of a layer")] = None,
) -> dict[str, Any]:
    """Return all rules, those that are switched off too."""
    require(principal, "read", "rules")
    readable = [one for one in app_state.registry if decide(principal, "read", one).allowed and layer in (None, one.id)]
    with app_state.database.reader.connect() as connection:
        book = rule_book(connection, readable)
    return {"version": book.version, "rules": [rule.json() for rule in book.rules]}


@ROUTER.put(
    "/rules/{rule_id}",
    summary="Add or change a rule",
    openapi_extra=documented(JSON, description="layer, kind, column, parameters, severity, title, enabled"),
)
def put_rule(rule_id: str, app_state: TheAppState, principal: ThePrincipal, body: TheBody) -> dict[str, Any]:
    """Store a rule under that id, replacing the one that has it."""
    document = object_of(body)
    authorise(app_state, principal, "write", "rules", {"rule": rule_id, "stated": document})
    with app_state.database.writer.begin() as connection:
        stored = set_rule(connection, app_state.registry, read_rule({**document, "id": rule_id}), principal.name)
    return stored.json()


@ROUTER.delete("/rules/{rule_id}", summary="Reset a rule", status_code=204)
def delete_rule(rule_id: str, app_state: TheAppState, principal: ThePrincipal) -> Response:
    """Delete a rule that was added, or reset one that code declares."""
    authorise(app_state, principal, "write", "rules", {"forget": rule_id})
    with app_state.database.writer.begin() as connection:
        forget(connection, rule_id)
    return Response(status_code=204)
