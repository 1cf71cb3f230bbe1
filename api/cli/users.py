"""``twin users``: people who may sign in, their rights, areas, and expiry dates."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy import Connection

from api.cli._database import opened
from api.console import err, out
from layers.access import LOCAL_OPERATOR, ROLES, Area, area_of_division, area_of_geojson, audit_statement, people
from layers.access.people import DAYS, MOST_DAYS, Person, Rights, parse_clearance
from layers.errors import ParameterError
from layers.registry import Registry
from twin.warnings.warning import beijing

_NONE = "none"
_MOST_BYTES = 4 * 1024 * 1024
Name = Annotated[str, typer.Argument(help="The person's name.")]
Role = Annotated[list[str] | None, typer.Option("--role", help=f"One of {', '.join(ROLES)}; may be repeated.")]
Clearance = Annotated[
    str | None, typer.Option(help="The highest grade they see: open, conditional, internal, restricted.")
]
Department = Annotated[list[str] | None, typer.Option("--department", help="A department; may be repeated.")]
Days = Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="Days until the token expires.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
_AREA_HELP = "Code of a division or street of the layer boundaries, or a GeoJSON file in degrees, longitude first."


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="People, their roles and areas, and tokens that expire.", no_args_is_help=True)
    verbs.command("list")(list_people)
    verbs.command("add")(add)
    verbs.command("role")(role)
    verbs.command("area")(area)
    verbs.command("renew")(renew)
    verbs.command("revoke")(revoke)
    app.add_typer(verbs, name="users")


def list_people(as_json: AsJson = False) -> None:
    """List everybody who has or had a token."""
    with opened() as (database, _), database.writer.connect() as connection:
        persons = people.people(connection)
    if as_json:
        out().print_json(json.dumps([one.json() for one in persons], ensure_ascii=False))
        return
    table = Table("name", "roles", "clearance", "departments", "area", "token ends (Beijing time)")
    for one in persons:
        table.add_row(*_cells(one))
    out().print(table)


def add(
    name: Name,
    *,
    role: Role = None,
    clearance: Clearance = None,
    department: Department = None,
    area: Annotated[str | None, typer.Option(help=_AREA_HELP)] = None,
    days: Days = DAYS,
) -> None:
    """Add a person, and print the token; it is not shown again."""
    grade = parse_clearance(clearance or "open")
    with opened() as (database, registry), database.writer.begin() as connection:
        bound = None if area is None else _area(connection, registry, area)
        rights = Rights(tuple(role or ()), grade, tuple(department or ()), bound)
        token = people.add(connection, name, rights, days)
        _record(connection, {"add": name, "days": days} | _rights_detail(people.person(connection, name)))
    _show(token)


def role(name: Name, *, role: Role = None, clearance: Clearance = None, department: Department = None) -> None:
    """Change a person's roles, clearance or departments; 'none' takes all away, and what is not named stays."""
    if role is None and clearance is None and department is None:
        raise ParameterError("role", "name what to change: --role, --clearance or --department")
    with opened() as (database, _), database.writer.begin() as connection:
        grade = None if clearance is None else parse_clearance(clearance)
        person = people.change(connection, name, roles=_list(role), clearance=grade, departments=_list(department))
        _record(connection, {"change": name} | _rights_detail(person))
    out().print(_sentence(person), markup=False)


def area(name: Name, place: Annotated[str, typer.Argument(help=f"{_AREA_HELP} 'none' binds to no area.")]) -> None:
    """Bind a person to an area: data graded above open they see and change only there."""
    with opened() as (database, registry), database.writer.begin() as connection:
        bound = None if place == _NONE else _area(connection, registry, place)
        person = people.bind(connection, name, bound)
        _record(connection, {"change": name} | _rights_detail(person))
    out().print(_sentence(person), markup=False)


def renew(name: Name, *, days: Days = DAYS) -> None:
    """Replace a person's token, and print the new one; it is not shown again."""
    with opened() as (database, _), database.writer.begin() as connection:
        token = people.renew(connection, name, days)
        _record(connection, {"renew": name, "days": days})
    _show(token)


def revoke(name: Name) -> None:
    """Revoke a person's token; it is refused after five seconds at the latest."""
    with opened() as (database, _), database.writer.begin() as connection:
        people.revoke(connection, name)
        _record(connection, {"revoke": name})
    out().print(f"the token of {name} is revoked", markup=False)


def _area(connection: Connection, registry: Registry, text: str) -> Area:
    """Read an area as a person names it: digits are a division's code, all else is a file."""
    if text.isascii() and text.isdigit():
        return area_of_division(connection, registry, text)
    path = Path(text)
    if not path.is_file():
        raise ParameterError("area", f"{text!r} is neither the code of a division nor an existing file")
    if path.stat().st_size > _MOST_BYTES:
        raise ParameterError("area", f"{text} is larger than {_MOST_BYTES} bytes; simplify it")
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise ParameterError("area", f"{text} is not JSON ({error})") from error
    return area_of_geojson(path.stem, document)


def _list(values: list[str] | None) -> list[str] | None:
    return [] if values == [_NONE] else values


def _rights_detail(person: Person) -> dict[str, Any]:
    """Return what the audit records of a person's rights."""
    return {name: person.json()[name] for name in ("roles", "clearance", "departments", "area", "expires")}


def _record(connection: Connection, detail: dict[str, Any]) -> None:
    connection.execute(audit_statement(LOCAL_OPERATOR, "administer", "users", allowed=True, detail=detail))


def _show(token: str) -> None:
    """Print a token alone on stdout, so that it can be piped, and instructions on stderr."""
    err().print("this token is shown only once; sign in with it, or send it as Authorization: Bearer", markup=False)
    out().print(token, markup=False, soft_wrap=True)


def _sentence(person: Person) -> str:
    name, roles, clearance, departments, area_id, ends = _cells(person)
    where = f"area {area_id}" if person.area else "the whole map"
    office = f", {departments}" if departments else ""
    return f"{name}: {roles or 'no role'}, clearance {clearance}{office}, {where}, until {ends}"


def _cells(person: Person) -> list[str]:
    ends = "never" if person.expires is None else beijing(person.expires)
    lists = [", ".join(person.roles), person.clearance.name.lower(), ", ".join(person.departments)]
    return [person.name, *lists, person.area or "", ends if person.active else f"ended {ends}"]
