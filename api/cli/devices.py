"""``twin devices``: sensors and gateways that publish, their secrets, and those that are kept out."""

import json
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy import Connection

from api.cli._database import opened
from api.console import err, out
from layers.access import LOCAL_OPERATOR, audit_statement
from twin.sensing import devices
from twin.sensing.devices.register import MOST_PER_MINUTE, PER_MINUTE, Device, Terms
from twin.warnings.warning import beijing

Name = Annotated[str, typer.Argument(help="The device's name, with which it signs in to the broker.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="Sensors and gateways that publish by MQTT and HTTP.", no_args_is_help=True)
    verbs.command("list")(list_devices)
    for verb in (add, remove, rotate, block, release):
        verbs.command(verb.__name__)(verb)
    verbs.command("unblock", hidden=True)(release)
    app.add_typer(verbs, name="devices")


def list_devices(as_json: AsJson = False) -> None:
    """List the devices, what they publish to, and those that are blocked or in quarantine."""
    with opened() as (database, _), database.writer.connect() as connection:
        found = devices.devices(connection)
    if as_json:
        out().print_json(json.dumps([one.json() for one in found], ensure_ascii=False))
        return
    table = Table("name", "state", "things", "datastreams", "most a minute", "oldest", "secret since (Beijing time)")
    for one in found:
        table.add_row(*_cells(one))
    out().print(table)


def add(
    name: Name,
    *,
    thing: Annotated[list[int] | None, typer.Option(help="A thing, with all its datastreams; may be repeated.")] = None,
    datastream: Annotated[list[int] | None, typer.Option(help="A single datastream; may be repeated.")] = None,
    per_minute: Annotated[
        int, typer.Option(min=1, max=MOST_PER_MINUTE, help="Most observations in a minute.")
    ] = PER_MINUTE,
    oldest: Annotated[int | None, typer.Option(min=1, help="Most seconds that what it says may be old.")] = None,
) -> None:
    """Add a device, and print its secret; it is not shown again."""
    terms = Terms(tuple(thing or ()), tuple(datastream or ()), per_minute, oldest)
    with opened() as (database, _), database.writer.begin() as connection:
        secret = devices.add(connection, LOCAL_OPERATOR, name, terms)
        _record(connection, {"add": name, "things": list(terms.things), "datastreams": list(terms.datastreams)})
    _show(secret)


def remove(name: Name) -> None:
    """Remove a device; what it observed stays."""
    with opened() as (database, _), database.writer.begin() as connection:
        devices.remove(connection, name)
        _record(connection, {"remove": name})
    out().print(f"device {name} is removed", markup=False)


def rotate(name: Name) -> None:
    """Give a device another secret, and print it; the former one is refused within seconds."""
    with opened() as (database, _), database.writer.begin() as connection:
        secret = devices.rotate(connection, name)
        _record(connection, {"rotate": name})
    _show(secret)


def block(name: Name, *, reason: Annotated[str, typer.Option(help="Why; the device hears it.")]) -> None:
    """Keep a device out until it is released."""
    with opened() as (database, _), database.writer.begin() as connection:
        devices.block(connection, name, reason)
        _record(connection, {"block": name, "reason": reason})
    out().print(f"device {name} is blocked: {reason}", markup=False)


def release(name: Name) -> None:
    """Let a device in again that was blocked or put in quarantine (also: unblock)."""
    with opened() as (database, _), database.writer.begin() as connection:
        devices.release(connection, name)
        _record(connection, {"release": name})
    out().print(f"device {name} is released", markup=False)


def _record(connection: Connection, detail: dict[str, Any]) -> None:
    connection.execute(audit_statement(LOCAL_OPERATOR, "write", "devices", allowed=True, detail=detail))


def _show(secret: str) -> None:
    """Print a secret alone on stdout, so that it can be piped, and instructions on stderr."""
    said = "this secret is shown only once; it is the device's password for MQTT and its Bearer token for HTTP"
    err().print(said, markup=False)
    out().print(secret, markup=False, soft_wrap=True)


def _cells(one: Device) -> list[str]:
    bound = [", ".join(map(str, numbers)) for numbers in (one.things, one.datastreams)]
    state = f"{one.state}: {one.reason}" if one.reason else one.state
    oldest = "" if one.oldest_s is None else f"{one.oldest_s} s"
    return [one.name, state, *bound, str(one.per_minute), oldest, beijing(one.rotated)]
