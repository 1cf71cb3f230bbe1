"""``twin rules``: rules of layers, listed, set, switched off and forgotten."""

import json
from typing import Annotated

import typer
from rich.table import Table

from api.cli._database import opened
from api.console import out
from layers.access.audit import audit_statement
from layers.access.principals import LOCAL_OPERATOR
from layers.errors import ParameterError
from layers.quality.rules import forget, rule_book, set_rule, switch
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
    # An id is there to be copied: where a terminal is narrow it goes on in the next line.
    table.add_column("rule", overflow="fold", min_width=24)
    for name in ("severity", "on", "parameters", "title"):
        table.add_column(name)
    for rule in book.rules:
        parameters = ", ".join(f"{name}={value}" for name, value in rule.parameters.items())
        table.add_row(rule.id, rule.severity, "yes" if rule.enabled else "no", parameters[:60], rule.title.zh)
    out().print(table)


def set_one(rule: Annotated[str, typer.Argument(help="The rule as JSON: layer, kind, column, parameters, …")]) -> None:
    """Add a rule, or change the one of its id."""
    try:
        stated = json.loads(rule)
    except ValueError as error:
        raise ParameterError("rule", f"this is no JSON ({error})") from error
    if not isinstance(stated, dict):
        raise ParameterError("rule", "this is an object with layer and kind")
    with opened() as (database, registry), database.writer.begin() as connection:
        kept = set_rule(connection, registry, read_rule(stated), LOCAL_OPERATOR.name)
        connection.execute(audit_statement(LOCAL_OPERATOR, "write", "rules", allowed=True, detail={"stated": stated}))
    out().print_json(json.dumps(kept.json(), ensure_ascii=False))


def off(rule_id: RuleId) -> None:
    """Switch a rule off."""
    _switch(rule_id, on=False)


def on(rule_id: RuleId) -> None:
    """Switch a rule on."""
    _switch(rule_id, on=True)


def forget_one(rule_id: RuleId) -> None:
    """Forget a rule that was added, or what was changed of one that a layer declares."""
    with opened() as (database, _), database.writer.begin() as connection:
        forget(connection, rule_id)
        detail = {"forget": rule_id}
        connection.execute(audit_statement(LOCAL_OPERATOR, "write", "rules", allowed=True, detail=detail))
    out().print(f"{rule_id} is as its layer declares it, or gone where it declares none", markup=False)


def _switch(rule_id: str, *, on: bool) -> None:
    with opened() as (database, registry), database.writer.begin() as connection:
        switch(connection, registry, rule_id, LOCAL_OPERATOR.name, on=on)
        detail = {"rule": rule_id, "on": on}
        connection.execute(audit_statement(LOCAL_OPERATOR, "write", "rules", allowed=True, detail=detail))
    out().print(f"{rule_id} is {'on' if on else 'off'}", markup=False)
