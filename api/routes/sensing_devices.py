"""Devices that publish, for stewards: list and add them, rotate their secrets, block and release them."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi import Path as InPath
from sqlalchemy import Connection

from api.app_state import AppState
from api.authorise import authorise
from api.body import TheBody, documented, object_of
from api.deps import TheAppState, ThePrincipal
from api.links import JSON
from layers.access import Principal, require
from layers.errors import ParameterError
from twin.sensing import devices
from twin.sensing.devices.register import PER_MINUTE, Terms

ROUTER = APIRouter(tags=["sensors"])
ROOT = "/sensing/devices"
_MEMBERS = ("name", "things", "datastreams", "per_minute", "oldest_s")
_LONGEST_REASON = 300
Name = Annotated[str, InPath(max_length=200, description="the device's name")]
Json = dict[str, Any]


@ROUTER.get(ROOT, summary="Devices that publish")
def list_devices(app_state: TheAppState, principal: ThePrincipal) -> Json:
    """Return the devices; their secrets are kept nowhere."""
    require(principal, "read", "devices")
    with app_state.database.writer.connect() as connection:
        return {"devices": [one.json() for one in devices.devices_seen(connection, principal)]}


@ROUTER.post(
    ROOT, summary="Add a device", status_code=201, openapi_extra=documented(JSON, description=", ".join(_MEMBERS))
)
def add_device(app_state: TheAppState, principal: ThePrincipal, body: TheBody, response: Response) -> Json:
    """Add a device; the response has its secret, for MQTT and HTTP, which is not shown again."""
    document = _members(body, _MEMBERS)
    name, terms = _text(document, "name"), _terms(document)
    _admit(app_state, principal, "add", name)
    with app_state.database.writer.begin() as connection:
        secret = devices.add(connection, principal, name, terms)
        return _with_secret(connection, name, secret, response)


@ROUTER.delete(f"{ROOT}/{{name}}", summary="Remove a device", status_code=204)
def remove_device(name: Name, app_state: TheAppState, principal: ThePrincipal) -> None:
    """Remove a device; what it observed stays."""
    _admit(app_state, principal, "remove", name)
    with app_state.database.writer.begin() as connection:
        devices.require_seen(connection, principal, name)
        devices.remove(connection, name)


@ROUTER.post(f"{ROOT}/{{name}}/rotate", summary="Give a device another secret")
def rotate_secret(name: Name, app_state: TheAppState, principal: ThePrincipal, response: Response) -> Json:
    """Replace a device's secret; the former one is refused within seconds."""
    _admit(app_state, principal, "rotate", name)
    with app_state.database.writer.begin() as connection:
        devices.require_seen(connection, principal, name)
        return _with_secret(connection, name, devices.rotate(connection, name), response)


@ROUTER.post(
    f"{ROOT}/{{name}}/block", summary="Keep a device out", openapi_extra=documented(JSON, description="reason")
)
def block_device(name: Name, app_state: TheAppState, principal: ThePrincipal, body: TheBody) -> Json:
    """Keep a device out until it is released."""
    reason = _text(_members(body, ("reason",)), "reason")
    if not 0 < len(reason) <= _LONGEST_REASON:
        raise ParameterError("reason", f"it has from 1 to {_LONGEST_REASON} characters")
    _admit(app_state, principal, "block", name)
    with app_state.database.writer.begin() as connection:
        devices.require_seen(connection, principal, name)
        return devices.block(connection, name, reason).json()


@ROUTER.post(f"{ROOT}/{{name}}/release", summary="Let a device in again")
def release_device(name: Name, app_state: TheAppState, principal: ThePrincipal) -> Json:
    """Let a device in again that was blocked or put in quarantine."""
    _admit(app_state, principal, "release", name)
    with app_state.database.writer.begin() as connection:
        devices.require_seen(connection, principal, name)
        return devices.release(connection, name).json()


def _admit(app_state: AppState, principal: Principal, act: str, name: str) -> None:
    authorise(app_state, principal, "write", "devices", {act: "".join(filter(str.isprintable, name))[:60]})


def _with_secret(connection: Connection, name: str, secret: str, response: Response) -> Json:
    response.headers["Cache-Control"] = "no-store"
    return {"device": devices.device(connection, name).json(), "secret": secret}


def _members(body: bytes, allowed: tuple[str, ...]) -> Json:
    document = object_of(body)
    if unknown := document.keys() - set(allowed):
        raise ParameterError(min(unknown)[:60], f"unknown member; use {', '.join(allowed)}")
    return document


def _text(document: Json, key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or "\0" in value:
        raise ParameterError(key, "this must be a text")
    return value


def _terms(document: Json) -> Terms:
    return Terms(
        _numbers(document, "things"),
        _numbers(document, "datastreams"),
        _whole(document.get("per_minute", PER_MINUTE), "per_minute"),
        None if document.get("oldest_s") is None else _whole(document["oldest_s"], "oldest_s"),
    )


def _numbers(document: Json, key: str) -> tuple[int, ...]:
    values = document.get(key, [])
    if not isinstance(values, list):
        raise ParameterError(key, "this must be a list of numbers")
    return tuple(dict.fromkeys(_whole(value, key) for value in values))


def _whole(value: Any, key: str) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise ParameterError(key, "this must be a whole number")
    return value
