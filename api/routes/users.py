"""People who may sign in: listed, added, changed, and their tokens renewed and ended, by administrators alone."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi import Path as InPath
from sqlalchemy import Connection

from api.admission import admit
from api.body import TheBody, documented, object_of
from api.deps import TheHouse, ThePrincipal
from api.house import House
from api.links import JSON
from layers.access import people
from layers.access.areas import area_of_division, area_of_geojson, divisions
from layers.access.audit import audit_statement
from layers.access.decide import require
from layers.access.people import DAYS, Rights, parse_clearance
from layers.access.principals import Area, Principal
from layers.errors import ParameterError
from layers.registry import Registry

ROUTER = APIRouter(tags=["users"])
_RIGHTS = "roles, clearance (open, conditional, internal, restricted), departments, area (a division's code or GeoJSON)"
_CHANGES = frozenset({"roles", "clearance", "departments", "area"})
_DRAWN = "drawn"
Name = Annotated[str, InPath(max_length=200, description="the person's name")]
Json = dict[str, Any]


@ROUTER.get("/users", summary="People who may sign in")
def list_users(house: TheHouse, principal: ThePrincipal) -> Json:
    """Return everybody who has or had a token; tokens themselves are kept nowhere."""
    require(principal, "read", "users")
    with house.database.writer.connect() as connection:
        return {"users": [one.json() for one in people.people(connection)]}


@ROUTER.get("/users/areas", summary="Divisions that somebody may be bound to")
def list_areas(house: TheHouse, principal: ThePrincipal) -> Json:
    """Return the divisions of the layer boundaries by code and name."""
    require(principal, "read", "users")
    with house.database.reader.connect() as connection:
        return {"areas": divisions(connection, house.registry)}


@ROUTER.post(
    "/users",
    summary="Add a person",
    status_code=201,
    openapi_extra=documented(JSON, description=f"name, days, {_RIGHTS}"),
)
def add_user(house: TheHouse, principal: ThePrincipal, body: TheBody, response: Response) -> Json:
    """Add a person; the answer has the token, this once."""
    stated = _stated(body, _CHANGES | {"name", "days"})
    name = _text(stated, "name")
    _admit(house, principal, "add", name)
    with house.database.writer.begin() as connection:
        area = _area(connection, house.registry, stated.get("area"))
        clearance = parse_clearance(_text(stated, "clearance", "open"))
        rights = Rights(_texts(stated, "roles"), clearance, _texts(stated, "departments"), area)
        token = people.add(connection, name, rights, _days(stated))
        return _with_token(connection, principal, name, token, response)


@ROUTER.patch("/users/{name}", summary="Change a person's rights", openapi_extra=documented(JSON, description=_RIGHTS))
def change_user(name: Name, house: TheHouse, principal: ThePrincipal, body: TheBody) -> Json:
    """Change what the body names; ``"area": null`` binds to no area."""
    stated = _stated(body, _CHANGES)
    _admit(house, principal, "change", name)
    roles, departments = (_texts(stated, key) if key in stated else None for key in ("roles", "departments"))
    clearance = parse_clearance(_text(stated, "clearance")) if "clearance" in stated else None
    with house.database.writer.begin() as connection:
        # An area that goes makes room for a role, and the other way round.
        if "area" in stated and stated["area"] is None:
            people.bind(connection, name, None)
        people.change(connection, name, roles=roles, clearance=clearance, departments=departments)
        if stated.get("area") is not None:
            people.bind(connection, name, _area(connection, house.registry, stated["area"]))
        return _recorded(connection, principal, name)


@ROUTER.post("/users/{name}/token", summary="Renew a token", openapi_extra=documented(JSON, description="days"))
def renew_token(name: Name, house: TheHouse, principal: ThePrincipal, body: TheBody, response: Response) -> Json:
    """Give a person a new token in the place of the old one; the answer has it, this once."""
    stated = _stated(body, frozenset({"days"}))
    _admit(house, principal, "renew", name)
    with house.database.writer.begin() as connection:
        token = people.renew(connection, name, _days(stated))
        return _with_token(connection, principal, name, token, response)


@ROUTER.delete("/users/{name}/token", summary="End a token")
def revoke_token(name: Name, house: TheHouse, principal: ThePrincipal) -> Json:
    """End a person's token now; who they were stays on record."""
    _admit(house, principal, "revoke", name)
    with house.database.writer.begin() as connection:
        people.revoke(connection, name)
        return _recorded(connection, principal, name)


def _admit(house: House, principal: Principal, act: str, name: str) -> None:
    """Let an administrator through; of a name the audit keeps what can be printed."""
    admit(house, principal, "administer", "users", {act: "".join(filter(str.isprintable, name))[:60]})


def _recorded(connection: Connection, principal: Principal, name: str) -> Json:
    """Return a person as they are now, and let the audit keep it."""
    told = people.person(connection, name).json()
    detail = {key: told[key] for key in ("roles", "clearance", "departments", "area", "expires")}
    connection.execute(audit_statement(principal, "administer", f"users/{name}", allowed=True, detail=detail))
    return told


def _with_token(connection: Connection, principal: Principal, name: str, token: str, response: Response) -> Json:
    response.headers["Cache-Control"] = "no-store"
    return {"user": _recorded(connection, principal, name), "token": token}


def _area(connection: Connection, registry: Registry, stated: Any) -> Area | None:
    if stated is None:
        return None
    if isinstance(stated, str):
        return area_of_division(connection, registry, stated)
    named = stated.get("name") if isinstance(stated, dict) else None
    return area_of_geojson(named if isinstance(named, str) and named.strip() else _DRAWN, stated)


def _stated(body: bytes, known: frozenset[str]) -> Json:
    stated = object_of(body)
    unknown = stated.keys() - known
    if unknown:
        raise ParameterError(min(unknown)[:60], f"it is none of {', '.join(sorted(known))}")
    return stated


def _text(stated: Json, key: str, otherwise: str = "") -> str:
    value = stated.get(key, otherwise)
    if not isinstance(value, str):
        raise ParameterError(key, "this is a text")
    return value


def _texts(stated: Json, key: str) -> tuple[str, ...]:
    values = stated.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ParameterError(key, "this is a list of texts")
    return tuple(dict.fromkeys(values))


def _days(stated: Json) -> int:
    days = stated.get("days", DAYS)
    if type(days) is not int:
        raise ParameterError("days", "this is a whole number")
    return days
