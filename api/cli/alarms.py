"""``twin alarms``: list alarms and the rules that raise them, make and remove rules, acknowledge."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy import Connection

from api.alarms import rule_json
from api.cli._database import opened
from api.console import out
from layers import temporal
from layers.access import LOCAL_OPERATOR, audit_statement, decide, visible
from layers.temporal import When
from twin.catalog.alarms import LAYER as ALARMS
from twin.hazard import Level
from twin.sensing.alarms import acknowledge, forget, require_visible, rule_of, rules, rules_in, set_rule, watched

_MOST = 200
_COLUMNS = ("fid", "state", "kind", "level", "since", "until", "name", "message_zh", "message_en")
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="Alarms of sensors, and their rules.", no_args_is_help=True)
    verbs.command("list")(list_alarms)
    verbs.command("rules")(list_rules)
    verbs.command("make")(make)
    verbs.command("remove")(remove)
    verbs.command("acknowledge")(know)
    app.add_typer(verbs, name="alarms")


def list_alarms(
    *,
    over: Annotated[bool, typer.Option("--all", help="Those that are over as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the alarms that stand, the newest first."""
    when = When(None, None) if over else temporal.now()
    rows = visible(ALARMS, decide(LOCAL_OPERATOR, "read", ALARMS), when)
    columns = rows.selected_columns
    asked = rows.with_only_columns(*(columns[name] for name in _COLUMNS), maintain_column_froms=True)
    with opened() as (database, _), database.reader.connect() as connection:
        newest = asked.order_by(columns.since.desc(), columns.fid.desc()).limit(_MOST)
        found = [dict(row) for row in connection.execute(newest).mappings()]
    if as_json:
        out().print_json(json.dumps(found, ensure_ascii=False, default=str))
        return
    table = Table()
    for name in ("alarm", "state", "level", "since", "until", "message"):
        table.add_column(name)
    for one in found:
        times = [f"{one[name].astimezone():%Y-%m-%d %H:%M:%S}" if one[name] else "" for name in ("since", "until")]
        table.add_row(str(one["fid"]), one["state"], Level(one["level"]).title.zh, *times, one["message_zh"])
    out().print(table)


def list_rules(*, as_json: AsJson = False) -> None:
    """List the rules, and how many datastreams each judges."""
    with opened() as (database, _), database.reader.connect() as connection:
        found = rules(connection, LOCAL_OPERATOR)
        judged = watched(connection, LOCAL_OPERATOR, [rule.id for rule in found])
    if as_json:
        out().print_json(json.dumps([rule_json(rule, judged[rule.id], "") for rule in found], ensure_ascii=False))
        return
    table = Table()
    for name in ("rule", "kind", "level", "on", "judges", "of other units", "title"):
        table.add_column(name)
    for rule in found:
        watch = judged[rule.id]
        others = ", ".join(f"{number} in {unit or 'none'}" for unit, number in sorted(watch.of_other_units.items()))
        on = "yes" if rule.enabled else "no"
        table.add_row(str(rule.id), rule.kind, rule.level.title.zh, on, str(watch.judged), others, rule.title.zh)
    out().print(table)


def make(
    path: Annotated[Path, typer.Argument(help="A TOML file with [[rules]], as POST /sensing/alarm-rules.")],
) -> None:
    """Make the rules of a file, all or none."""
    given = rules_in(path)
    with opened() as (database, _), database.writer.begin() as connection:
        numbers = [set_rule(connection, rule, LOCAL_OPERATOR) for rule in given]
        for number, rule in zip(numbers, given, strict=True):
            _record(connection, {"act": "make alarm rule", "rule": number, "stated": rule.json()})
    for number, rule in zip(numbers, given, strict=True):
        out().print(f"rule {number}: {rule.title.zh}", markup=False)


def remove(number: Annotated[int, typer.Argument(help="The number of the rule.")]) -> None:
    """Remove a rule; its alarms are over, and stay in the history."""
    with opened() as (database, _), database.writer.begin() as connection:
        rule_of(connection, LOCAL_OPERATOR, number)
        forget(connection, number)
        _record(connection, {"act": "remove alarm rule", "rule": number})
    out().print(f"rule {number} is removed", markup=False)


def know(number: Annotated[int, typer.Argument(help="The number of the alarm.")]) -> None:
    """Say that one knows of an alarm."""
    with opened() as (database, _), database.writer.begin() as connection:
        require_visible(connection, LOCAL_OPERATOR, number)
        acknowledge(connection, number, LOCAL_OPERATOR.name)
        _record(connection, {"act": "acknowledge alarm", "alarm": number})
    out().print(f"alarm {number} is acknowledged", markup=False)


def _record(connection: Connection, detail: dict[str, Any]) -> None:
    connection.execute(audit_statement(LOCAL_OPERATOR, "write", "sensing", allowed=True, detail=detail))
