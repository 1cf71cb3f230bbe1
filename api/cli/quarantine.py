"""``twin quarantine``: what was not accepted, released once mended, or discarded."""

import json
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from api.cli._database import opened
from api.console import out, read_settings
from layers.access.audit import audit_statement
from layers.access.principals import LOCAL_OPERATOR
from layers.codebook.jobs import ask_within
from layers.errors import ParameterError
from layers.quarantine.decide import Deed, Desk
from layers.quarantine.held import Wanted, held_row, held_rows
from layers.quarantine.mend import read_patch
from layers.store.engine import Database

Number = Annotated[int, typer.Argument(help="The row's number in quarantine.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="Rows that were not accepted: see, release, discard.", no_args_is_help=True)
    verbs.command("list")(list_rows)
    verbs.command("show")(show)
    verbs.command("release")(release)
    verbs.command("discard")(discard)
    app.add_typer(verbs, name="quarantine")


def list_rows(
    *,
    layer: Annotated[str | None, typer.Option(help="Of one layer.")] = None,
    load: Annotated[int | None, typer.Option(help="Of one load.")] = None,
    state: Annotated[str, typer.Option(help="held, released, discarded, or all.")] = "held",
    rule: Annotated[str | None, typer.Option(help="That break one rule.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the rows that wait."""
    wanted = Wanted(layer, load, None if state == "all" else state, rule, limit=limit)
    with opened() as (database, registry), database.reader.connect() as connection:
        rows = held_rows(connection, registry, LOCAL_OPERATOR, wanted)[:limit]
    if as_json:
        out().print_json(json.dumps(rows, ensure_ascii=True))
        return
    table = Table("number", "layer", "key", "place", "state", "why")
    for row in rows:
        told = row["properties"]
        why = "; ".join(reason["message"]["zh"] for reason in told["reasons"])
        table.add_row(str(row["id"]), told["layer"], told["source_key"], told["place"], told["state"], escape(why))
    out().print(table)


def show(number: Number) -> None:
    """Show one row with its original, as GeoJSON."""
    with opened() as (database, registry), database.reader.connect() as connection:
        out().print_json(json.dumps(held_row(connection, registry, LOCAL_OPERATOR, number), ensure_ascii=True))


def release(
    number: Number,
    reason: Reason,
    *,
    patch: Annotated[str, typer.Option(help='What is mended: {"properties": {"floors": 6}, "geometry": …}.')] = "{}",
    mend: Annotated[str | None, typer.Option(help="make_valid mends the geometry by itself.")] = None,
) -> None:
    """Put a mended row into its layer."""
    stated = _patch(patch) | ({"mend": mend} if mend else {})
    with opened() as (database, registry):
        _record(database, {"release": number, "reason": reason})
        desk = Desk(database, registry, read_settings().local_grids)
        fid = desk.release(number, read_patch(stated), Deed(LOCAL_OPERATOR.name, reason))
        with database.reader.connect() as connection:
            layer = held_row(connection, registry, LOCAL_OPERATOR, number)["properties"]["layer"]
        ask_within(database, registry, [layer], LOCAL_OPERATOR.name)
    out().print(f"row {number} is on the map as {fid}", markup=False)


def discard(number: Number, reason: Reason) -> None:
    """Let a row rest for good; its original stays."""
    with opened() as (database, registry):
        _record(database, {"discard": number, "reason": reason})
        Desk(database, registry).discard(number, Deed(LOCAL_OPERATOR.name, reason))
    out().print(f"row {number} is discarded", markup=False)


def _record(database: Database, detail: dict[str, Any]) -> None:
    with database.writer.begin() as connection:
        connection.execute(audit_statement(LOCAL_OPERATOR, "write", "quarantine", allowed=True, detail=detail))


def _patch(text: str) -> dict[str, Any]:
    try:
        stated = json.loads(text)
    except ValueError as error:
        raise ParameterError("patch", f"this is no JSON ({error})") from error
    if not isinstance(stated, dict):
        raise ParameterError("patch", "this is an object of what is mended")
    return stated
