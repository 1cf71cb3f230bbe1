"""``twin rules``: list, set, switch off and delete rules of layers."""

import json
from typing import Annotated

import typer
from rich.table import Table

from api.cli._database import opened
from api.console import out
from layers.access import LOCAL_OPERATOR, audit_statement
from layers.errors import ParameterError
from layers.intake import forget, rule_book, set_rule, switch
from layers.rule import read_rule

RuleId = Annotated[str, typer.Argument(help="The rule's id, such as buildings.height_m.range.")]


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="Rules of layers.", no_args_is_help=True)
    verbs.command("list")(list_rules)
    verbs.command("set")(set_one)
    verbs.command("off")(off)
    verbs.command("on")(on)
    verbs.command("forget")(forget_one)
    app.add_typer(verbs, name="rules")


def list_rules(
    layer: Annotated[str | None, typer.Option(help="Of one layer.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """List the rules, those that are switched off too."""
    with opened() as (database, registry), database.reader.connect() as connection:
        book = rule_book(connection, [one for one in registry if layer in (None, one.id)])
    if as_json:
        out().print_json(json.dumps([rule.json() for rule in book.rules], ensure_ascii=False))
        return
    table = Table()
    # Ids are copied by people, so that they are wrapped in a narrow terminal, not truncated.
    table.add_column("rule", overflow="fold", min_width=24)
    for name in ("severity", "on", "parameters", "title"):
        table.add_column(name)
    for rule in book.rules:
        parameters = ", ".join(f"{name}={value}" for name, value in rule.parameters.items())
        table.add_row(rule.id, rule.severity, "yes" if rule.enabled else "no", parameters[:60], rule.title.zh)
    out().print(table)


def set_one(rule: Annotated[str, typer.Argument(help="The rule as JSON: layer, kind, column, parameters, …")]) -> None:
    """Add a rule, or replace the one with its id."""
    try:
        document = json.loads(rule)
    except ValueError as error:
        raise ParameterError("rule", f"this is not JSON ({error})") from error
    if not isinstance(document, dict):
        raise ParameterError("rule", "this must be a JSON object with layer and kind")
    with opened() as (database, registry), database.writer.begin() as connection:
        stored = set_rule(connection, registry, read_rule(document), LOCAL_OPERATOR.name)
        connection.execute(audit_statement(LOCAL_OPERATOR, "write", "rules", allowed=True, detail={"stated": document}))
    out().print_json(json.dumps(stored.json(), ensure_ascii=False))


def off(rule_id: RuleId) -> None:
    """Switch a rule off."""
    _switch(rule_id, on=False)


def on(rule_id: RuleId) -> None:
    """Switch a rule on."""
    _switch(rule_id, on=True)


def forget_one(rule_id: RuleId) -> None:
    """Delete a rule that was added, or reset one that a layer declares."""
    with opened() as (database, _), database.writer.begin() as connection:
        forget(connection, rule_id)
        detail = {"forget": rule_id}
        connection.execute(audit_statement(LOCAL_OPERATOR, "write", "rules", allowed=True, detail=detail))
    out().print(f"{rule_id} is reset to its layer's declaration, or deleted if it has none", markup=False)


def _switch(rule_id: str, *, on: bool) -> None:
    with opened() as (database, registry), database.writer.begin() as connection:
        switch(connection, registry, rule_id, LOCAL_OPERATOR.name, on=on)
        detail = {"rule": rule_id, "on": on}
        connection.execute(audit_statement(LOCAL_OPERATOR, "write", "rules", allowed=True, detail=detail))
    out().print(f"{rule_id} is {'on' if on else 'off'}", markup=False)
