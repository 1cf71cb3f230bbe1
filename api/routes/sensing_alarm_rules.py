"""Rules of alarms: listed, made, changed, removed."""

from typing import Any

from fastapi import APIRouter, Response

from api.alarms import rule_json
from api.body import TheBody, documented, object_of
from api.deps import BaseUrl, Number, TheAppState, ThePrincipal
from api.links import JSON
from layers.access import Principal, audit_statement, require
from layers.store import Database
from twin.sensing.alarms import change, forget, read_rule, rule_of, rules, set_rule, watched

ROUTER = APIRouter(tags=["sensors"])
_ALL, _ONE = "/sensing/alarm-rules", "/sensing/alarm-rules/{number}"
_RULE = (
    "kind (threshold, rate, silence, stuck), title {zh, en}, level 1-4; property, category, area, datastreams; unit, "
    "side, limit, clear, duration, rest, enabled, grade"
)


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.get(_ALL, summary="Rules of alarms")
def list_alarm_rules(app_state: TheAppState, principal: ThePrincipal, base: BaseUrl) -> dict[str, Any]:
    """Return the rules that the reader may see, and how many datastreams each judges of those that he may see."""
    with app_state.database.reader.connect() as connection:
        found = rules(connection, principal)
        judged = watched(connection, principal, [rule.id for rule in found])
    return {"rules": [rule_json(rule, judged[rule.id], base) for rule in found]}


@ROUTER.get(_ONE, summary="A rule of alarms")
def one_alarm_rule(number: Number, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl) -> dict[str, Any]:
    """Return one rule."""
    with app_state.database.reader.connect() as connection:
        rule = rule_of(connection, principal, number)
        return rule_json(rule, watched(connection, principal, [number])[number], base)


@ROUTER.post(_ALL, summary="Make a rule of alarms", status_code=201, openapi_extra=documented(JSON, description=_RULE))
def make_alarm_rule(
    app_state: TheAppState, principal: ThePrincipal, base: BaseUrl, response: Response, body: TheBody
) -> dict[str, Any]:
    """Make a rule, which judges from the latest readings on; the answer says which units it does not judge."""
    require(principal, "write", "sensing")
    rule = read_rule(object_of(body))
    with app_state.database.writer.begin() as connection:
        number = set_rule(connection, rule, principal)
        detail = {"act": "make alarm rule", "rule": number, "stated": rule.json()}
        connection.execute(audit_statement(principal, "write", "sensing", allowed=True, detail=detail))
    response.headers["Location"] = f"{base}/sensing/alarm-rules/{number}"
    return _told(app_state.database, principal, base, number)


@ROUTER.patch(_ONE, summary="Change a rule of alarms", openapi_extra=documented(JSON, description=_RULE))
def change_alarm_rule(
    number: Number, app_state: TheAppState, principal: ThePrincipal, base: BaseUrl, body: TheBody
) -> dict[str, Any]:
    """Change what the document says, and leave all else; what was raised is judged by the new limits."""
    require(principal, "write", "sensing")
    document = object_of(body)
    with app_state.database.writer.begin() as connection:
        changed = read_rule(document, rule_of(connection, principal, number))
        change(connection, number, changed, principal)
        detail = {"act": "change alarm rule", "rule": number, "stated": document}
        connection.execute(audit_statement(principal, "write", "sensing", allowed=True, detail=detail))
    return _told(app_state.database, principal, base, number)


@ROUTER.delete(_ONE, summary="Remove a rule of alarms", status_code=204)
def remove_alarm_rule(number: Number, app_state: TheAppState, principal: ThePrincipal) -> None:
    """Remove a rule; its alarms are over, and stay in the history."""
    require(principal, "write", "sensing")
    with app_state.database.writer.begin() as connection:
        rule_of(connection, principal, number)
        forget(connection, number)
        detail = {"act": "remove alarm rule", "rule": number}
        connection.execute(audit_statement(principal, "write", "sensing", allowed=True, detail=detail))


def _told(database: Database, principal: Principal, base: str, number: int) -> dict[str, Any]:
    with database.reader.connect() as connection:
        rule = rule_of(connection, principal, number)
        return rule_json(rule, watched(connection, principal, [number])[number], base)
