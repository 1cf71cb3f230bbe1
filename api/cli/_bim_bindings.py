"""``twin bim bindings``: things in the spaces and elements of buildings, as tables that people review."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from api.bindings import binding_json, bindings_csv, offset_of
from api.cli._bim_models import view_in
from api.cli._database import opened
from api.console import err, out
from bim.bindings import (
    Binding,
    BindingQuery,
    Candidate,
    ImportSummary,
    bindings_page,
    candidates,
    import_bindings,
    plan_import,
    propose_bindings,
    read_bindings,
    write_bindings,
)
from bim.catalog import BUILDING_ELEMENTS
from bim.models import model_version
from bim.tileset import View
from layers.access import LOCAL_OPERATOR, audit_statement
from layers.temporal import parse_when, rfc3339

AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
OfModel = Annotated[str | None, typer.Option(help="Only to elements of this model.")]
At = Annotated[str | None, typer.Option(help="As it was then: 2026-08-15T08:00:00+08:00; else now.")]
_MOST = 100_000
_SHOWN = 20


def bindings_verbs() -> typer.Typer:
    """Return the verbs."""
    verbs = typer.Typer(help="Things in buildings: import, export, list, orphans, propose.", no_args_is_help=True)
    verbs.command("import")(import_table)
    verbs.command("export")(export)
    verbs.command("list")(list_bindings)
    verbs.command("orphans")(orphans)
    verbs.command("propose")(propose)
    return verbs


def import_table(
    path: Annotated[Path, typer.Argument(help="A table, .csv or .xlsx: thing, element, from, to, note, grade.")],
    *,
    model: Annotated[str, typer.Option(help="The model that all elements are of.")],
    check: Annotated[bool, typer.Option("--check", help="Only tell what would be done.")] = False,
    offset: Annotated[str | None, typer.Option(help="Of times that state none, as in workbooks: +08:00.")] = None,
    table: Annotated[str | None, typer.Option(help="The sheet of a workbook.")] = None,
    as_json: AsJson = False,
) -> None:
    """State where things are, whole or not at all; what was believed of the same things and times is superseded."""
    stated = read_bindings(path, model, offset_of(offset), table)
    with opened() as (database, _):
        if check:
            with database.reader.connect() as connection:
                summary = plan_import(connection, _view(), model, path, stated)
        else:
            detail = {"model": model, "lines": len(stated)}
            with database.writer.begin() as connection:
                summary = import_bindings(connection, _view(), model, path, stated, LOCAL_OPERATOR.name)
                connection.execute(audit_statement(LOCAL_OPERATOR, "write", "bindings", allowed=True, detail=detail))
    if as_json:
        out().print_json(json.dumps(summary.json()))
    else:
        _print_summary(summary, would=check)


def export(
    path: Annotated[Path, typer.Argument(help="The file to write: bindings.csv.")],
    *,
    model: OfModel = None,
    at: At = None,
) -> None:
    """Write the bindings of a time as a table, which may be changed and imported again."""
    view = _view(at)
    with opened() as (database, _), database.reader.connect() as connection:
        found = bindings_page(connection, view, BindingQuery(model), _MOST).bindings
        text = bindings_csv(connection, view, found)
    # Spreadsheets read a file with this mark as UTF-8, and any other in the machine's code page.
    path.write_text(text, encoding="utf-8-sig", newline="")
    err().print(escape(f"{path}: {len(found):,} bindings"))


def list_bindings(
    *,
    model: OfModel = None,
    element: Annotated[str | None, typer.Option(help="Only to this element.")] = None,
    thing: Annotated[str | None, typer.Option(help="Only of this thing.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Print the bindings of a time."""
    view = _view(at)
    with opened() as (database, _), database.reader.connect() as connection:
        found = bindings_page(connection, view, BindingQuery(model, element, thing), _MOST).bindings
        if as_json:
            listed = [binding_json(connection, view, one, orphan=False) for one in found]
            out().print_json(json.dumps(listed))
            return
    out().print(_table(found))


def orphans(*, model: OfModel = None, at: At = None, as_json: AsJson = False) -> None:
    """Print bindings whose element is not in its model at a time, and elements that may be meant instead."""
    view = _view(at)
    with opened() as (database, _), database.reader.connect() as connection:
        found = bindings_page(connection, view, BindingQuery(model, orphans=True), _MOST).bindings
        if as_json:
            out().print_json(json.dumps([binding_json(connection, view, one, orphan=True) for one in found]))
            return
        table = Table()
        for name in ("thing", "model", "element that is gone", "perhaps", "class", "name", "storey", "why", "m"):
            table.add_column(name)
        for one in found:
            own = [one.thing, one.model, one.element]
            near_ones: list[Candidate | None] = [*candidates(connection, view, one)]
            for near in near_ones or [None]:
                told = ["", "", "", "", "", ""] if near is None else [
                    near.element, near.ifc_class, near.name or "", near.storey_name or "", near.why,
                    f"{near.distance_m:.2f}",
                ]  # fmt: skip
                table.add_row(*map(escape, own + told))
                own = ["", "", ""]
    out().print(table)
    err().print(f"{len(found):,} orphans; what is right is for you to say: export, change, import")


def propose(
    path: Annotated[Path, typer.Argument(help="The table to write, to be reviewed and imported: bindings.csv.")],
    *,
    model: Annotated[str, typer.Option(help="The model.")],
) -> None:
    """Write a table of the sensors and controls of a model in the rooms that its file puts them in; binds nothing."""
    with opened() as (database, _), database.reader.connect() as connection:
        model_version(connection, _view(), model)
        proposed = propose_bindings(connection, _view(), model)
    text = write_bindings([one for one, _ in proposed], {"thing_name": [name for _, name in proposed]})
    path.write_text(text, encoding="utf-8-sig", newline="")
    err().print(escape(f"{path}: {len(proposed):,} proposed bindings; review them, then: twin bim bindings import"))


def _view(at: str | None = None) -> View:
    return view_in(BUILDING_ELEMENTS, None if at is None else parse_when(at))


def _table(found: list[Binding]) -> Table:
    table = Table()
    for name in ("thing", "model", "element", "from", "to", "note"):
        table.add_column(name)
    for one in found:
        last = "" if one.span.last is None else rfc3339(one.span.last)
        table.add_row(*map(escape, (one.thing, one.model, one.element, rfc3339(one.span.first), last, one.note)))
    return table


def _print_summary(summary: ImportSummary, *, would: bool) -> None:
    for sign, some in (("-", summary.superseded), ("+", summary.added)):
        for one in some[:_SHOWN]:
            out().print(escape(f"{sign} {one.thing} in {one.element}, {one.span}  {one.note}".rstrip()))
        if len(some) > _SHOWN:
            out().print(f"{sign} and {len(some) - _SHOWN:,} more")
    verb = "would be" if would else "were"
    out().print(
        f"{summary.lines:,} lines, {summary.unchanged:,} say nothing new; "
        f"{len(summary.added):,} bindings {verb} added, {len(summary.superseded):,} superseded"
    )
