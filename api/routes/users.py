"""People who may sign in, for administrators: list, add and change people, renew and revoke tokens."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi import Path as InPath
from sqlalchemy import Connection

from api.app_state import AppState
from api.authorise import authorise
from api.body import TheBody, documented, object_of
from api.deps import TheAppState, ThePrincipal
from api.links import JSON
from layers.access import (
    Area,
    Principal,
    area_of_division,
    area_of_geojson,
    audit_statement,
    divisions,
    people,
    require,
)
from layers.access.people import DAYS, Rights, parse_clearance
from layers.errors import ParameterError
from layers.registry import Registry

ROUTER = APIRouter(tags=["users"])
_RIGHTS = "roles, clearance (open, conditional, internal, restricted), departments, area (a division's code or GeoJSON)"
_CHANGES = frozenset({"roles", "clearance", "departments", "area"})
_DRAWN = "drawn"
Name = Annotated[str, InPath(max_length=200, description="the person's name")]
Json = dict[str, Any]


@ROUTER.get("/users", summary="People who may sign in")
def list_users(app_state: TheAppState, principal: ThePrincipal) -> Json:
    """Return everybody who has or had a token; tokens themselves are kept nowhere."""
    require(principal, "read", "users")
    with app_state.database.writer.connect() as connection:
        return {"users": [one.json() for one in people.people(connection)]}


@ROUTER.get("/users/areas", summary="Divisions that somebody may be bound to")
def list_areas(app_state: TheAppState, principal: ThePrincipal) -> Json:
    """Return the divisions of the layer boundaries by code and name."""
    require(principal, "read", "users")
    with app_state.database.reader.connect() as connection:
        return {"areas": divisions(connection, app_state.registry)}


@ROUTER.post(
    "/users",
    summary="Add a person",
    status_code=201,
    openapi_extra=documented(JSON, description=f"name, days, {_RIGHTS}"),
)
def add_user(app_state: TheAppState, principal: ThePrincipal, body: TheBody, response: Response) -> Json:
    """Add a person; the response has the token, which is not shown again."""
    document = _read_body(body, _CHANGES | {"name", "days"})
    name = _text(document, "name")
    _admit(app_state, principal, "add", name)
    with app_state.database.writer.begin() as connection:
        area = _area(connection, app_state.registry, document.get("area"))
        clearance = parse_clearance(_text(document, "clearance", "open"))
        rights = Rights(_texts(document, "roles"), clearance, _texts(document, "departments"), area)
        token = people.add(connection, name, rights, _days(document))
        return _with_token(connection, principal, name, token, response)


@ROUTER.patch("/users/{name}", summary="Change a person's rights", openapi_extra=documented(JSON, description=_RIGHTS))
def change_user(name: Name, app_state: TheAppState, principal: ThePrincipal, body: TheBody) -> Json:
    """Change what the body names; ``"area": null`` binds to no area."""
    document = _read_body(body, _CHANGES)
    _admit(app_state, principal, "change", name)
    roles, departments = (_texts(document, key) if key in document else None for key in ("roles", "departments"))
    clearance = parse_clearance(_text(document, "clearance")) if "clearance" in document else None
    with app_state.database.writer.begin() as connection:
        # An administrator has no area: removing one allows the role, and removing the role allows an area.
        if "area" in document and document["area"] is None:
            people.bind(connection, name, None)
        people.change(connection, name, roles=roles, clearance=clearance, departments=departments)
        if document.get("area") is not None:
            people.bind(connection, name, _area(connection, app_state.registry, document["area"]))
        return _recorded(connection, principal, name)


@ROUTER.post("/users/{name}/token", summary="Renew a token", openapi_extra=documented(JSON, description="days"))
def renew_token(name: Name, app_state: TheAppState, principal: ThePrincipal, body: TheBody, response: Response) -> Json:
    """Replace a person's token; the response has the new one, which is not shown again."""
    document = _read_body(body, frozenset({"days"}))
    _admit(app_state, principal, "renew", name)
    with app_state.database.writer.begin() as connection:
        token = people.renew(connection, name, _days(document))
        return _with_token(connection, principal, name, token, response)


@ROUTER.delete("/users/{name}/token", summary="Revoke a token")
def revoke_token(name: Name, app_state: TheAppState, principal: ThePrincipal) -> Json:
    """Revoke a person's token now; the person stays on record."""
    _admit(app_state, principal, "revoke", name)
    with app_state.database.writer.begin() as connection:
        people.revoke(connection, name)
        return _recorded(connection, principal, name)


def _admit(app_state: AppState, principal: Principal, act: str, name: str) -> None:
    """Admit an administrator; the audit records the printable part of a name."""
    authorise(app_state, principal, "administer", "users", {act: "".join(filter(str.isprintable, name))[:60]})


def _recorded(connection: Connection, principal: Principal, name: str) -> Json:
    """Return a person's present state, and record it in the audit."""
    document = people.person(connection, name).json()
    detail = {key: document[key] for key in ("roles", "clearance", "departments", "area", "expires")}
    connection.execute(audit_statement(principal, "administer", f"users/{name}", allowed=True, detail=detail))
    return document


def _with_token(connection: Connection, principal: Principal, name: str, token: str, response: Response) -> Json:
    response.headers["Cache-Control"] = "no-store"
    return {"user": _recorded(connection, principal, name), "token": token}


def _area(connection: Connection, registry: Registry, value: Any) -> Area | None:
    if value is None:
        return None
    if isinstance(value, str):
        return area_of_division(connection, registry, value)
    name = value.get("name") if isinstance(value, dict) else None
    return area_of_geojson(name if isinstance(name, str) and name.strip() else _DRAWN, value)


def _read_body(body: bytes, allowed: frozenset[str]) -> Json:
    document = object_of(body)
    unknown = document.keys() - allowed
    if unknown:
        raise ParameterError(min(unknown)[:60], f"unknown member; use {', '.join(sorted(allowed))}")
    return document


def _text(document: Json, key: str, otherwise: str = "") -> str:
    value = document.get(key, otherwise)
    if not isinstance(value, str):
        raise ParameterError(key, "this must be a text")
    return value


def _texts(document: Json, key: str) -> tuple[str, ...]:
    values = document.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ParameterError(key, "this must be a list of texts")
    return tuple(dict.fromkeys(values))


def _days(document: Json) -> int:
    days = document.get("days", DAYS)
    if type(days) is not int:
        raise ParameterError("days", "this must be a whole number")
    return days
