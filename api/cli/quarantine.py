"""``twin quarantine``: rows that were not accepted: list, release once corrected, or discard."""

import json
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from api.cli._database import opened
from api.console import out, read_settings
from layers.access import LOCAL_OPERATOR, audit_statement
from layers.entities import ask_within
from layers.errors import ParameterError
from layers.intake import (
    QuarantineQuery,
    QuarantineService,
    ReviewDecision,
    quarantined_row,
    quarantined_rows,
    read_patch,
)
from layers.store import Database

Number = Annotated[int, typer.Argument(help="The row's number in quarantine.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="Rows that were not accepted: list, release, discard.", no_args_is_help=True)
    verbs.command("list")(list_rows)
    verbs.command("show")(show)
    verbs.command("release")(release)
    verbs.command("discard")(discard)
    app.add_typer(verbs, name="quarantine")


def list_rows(
    *,
    layer: Annotated[str | None, typer.Option(help="Of one layer.")] = None,
    load: Annotated[int | None, typer.Option(help="Of one load.")] = None,
    state: Annotated[str, typer.Option(help="pending, released, discarded, or all.")] = "pending",
    rule: Annotated[str | None, typer.Option(help="Rows that violate one rule.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the rows in quarantine."""
    query = QuarantineQuery(layer, load, None if state == "all" else state, rule, limit=limit)
    with opened() as (database, registry), database.reader.connect() as connection:
        rows = quarantined_rows(connection, registry, LOCAL_OPERATOR, query)[:limit]
    if as_json:
        out().print_json(json.dumps(rows, ensure_ascii=True))
        return
    table = Table("number", "layer", "key", "place", "state", "why")
    for row in rows:
        properties = row["properties"]
        why = "; ".join(reason["message"]["zh"] for reason in properties["reasons"])
        table.add_row(
            str(row["id"]),
            properties["layer"],
            properties["source_key"],
            properties["place"],
            properties["state"],
            escape(why),
        )
    out().print(table)


def show(number: Number) -> None:
    """Show one row with its original, as GeoJSON."""
    with opened() as (database, registry), database.reader.connect() as connection:
        out().print_json(json.dumps(quarantined_row(connection, registry, LOCAL_OPERATOR, number), ensure_ascii=True))


def release(
    number: Number,
    reason: Reason,
    *,
    patch: Annotated[str, typer.Option(help='What is corrected: {"properties": {"floors": 6}, "geometry": …}.')] = "{}",
    mend: Annotated[str | None, typer.Option(help="make_valid repairs the geometry automatically.")] = None,
) -> None:
    """Put a corrected row into its layer."""
    document = _patch(patch) | ({"mend": mend} if mend else {})
    with opened() as (database, registry):
        _record(database, {"release": number, "reason": reason})
        service = QuarantineService(database, registry, read_settings().local_grids)
        fid = service.release(number, read_patch(document), ReviewDecision(LOCAL_OPERATOR.name, reason))
        with database.reader.connect() as connection:
            layer = quarantined_row(connection, registry, LOCAL_OPERATOR, number)["properties"]["layer"]
        ask_within(database, registry, [layer], LOCAL_OPERATOR.name)
    out().print(f"row {number} is on the map as {fid}", markup=False)


def discard(number: Number, reason: Reason) -> None:
    """Discard a row for good; its original is kept."""
    with opened() as (database, registry):
        _record(database, {"discard": number, "reason": reason})
        QuarantineService(database, registry).discard(number, ReviewDecision(LOCAL_OPERATOR.name, reason))
    out().print(f"row {number} is discarded", markup=False)


def _record(database: Database, detail: dict[str, Any]) -> None:
    with database.writer.begin() as connection:
        connection.execute(audit_statement(LOCAL_OPERATOR, "write", "quarantine", allowed=True, detail=detail))


def _patch(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ParameterError("patch", f"this is not JSON ({error})") from error
    if not isinstance(document, dict):
        raise ParameterError("patch", "this must be a JSON object with the corrections")
    return document
