"""Tokens of devices: principals that write what they observe, and are no people."""

from sqlalchemy import Connection, delete, insert, select, update

from layers.access.principals import DEVICE, new_token, token_hash
from layers.errors import Conflict
from layers.store.models import principal as table

_PREFIX = "device "


def _principal_name(device: str) -> str:
    """Return the name of a device's principal, as the audit trail has it."""
    return _PREFIX + device


def device_named(principal: str) -> str:
    """Return the name of the device whose principal has this name."""
    return principal.removeprefix(_PREFIX)


def issue_device_token(connection: Connection, device: str) -> str:
    """Make the principal of a device, and return its token, of which only the hash is stored."""
    name, token = _principal_name(device), new_token()
    if connection.execute(select(table.c.id).where(table.c.name == name)).one_or_none() is not None:
        raise Conflict(f"there is a principal called {name!r} already")
    connection.execute(insert(table).values(name=name, token_sha256=token_hash(token), roles=[DEVICE]))
    return token


def reissue_device_token(connection: Connection, device: str) -> str:
    """Replace the token of a device, and return the new one."""
    token = new_token()
    rows = update(table).where(table.c.name == _principal_name(device), table.c.roles.contains([DEVICE]))
    connection.execute(rows.values(token_sha256=token_hash(token)))
    return token


def withdraw_device_token(connection: Connection, device: str) -> None:
    """Remove the principal of a device, and with it its token."""
    connection.execute(delete(table).where(table.c.name == _principal_name(device), table.c.roles.contains([DEVICE])))
