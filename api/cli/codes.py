"""``twin codes`` and ``twin object``: unified codes, and what is known of the object of one."""

import json
import time
from typing import Annotated

import typer

from api.cli._database import opened
from api.console import out
from layers.access.audit import audit_statement
from layers.access.principals import LOCAL_OPERATOR
from layers.codebook.assign import assign_codes, codable
from layers.codebook.object import object_of
from layers.store.dataset_layer import DatasetLayer

Layers = Annotated[list[str] | None, typer.Argument(help="Layers; without any, all.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="Unified codes of objects.", no_args_is_help=True)
    verbs.callback()(_root)
    verbs.command("assign")(assign)
    app.add_typer(verbs, name="codes")
    app.command("object")(show)


def _root() -> None:
    """Keep the verb's own name: a group of one verb would lose it."""


def assign(
    layers: Layers = None,
    *,
    division: Annotated[str | None, typer.Option(help="Six digits: of what lies in no known division.")] = None,
    as_json: AsJson = False,
) -> None:
    """Give codes to objects that have none, and retire those of objects that are gone."""
    made = []
    with opened() as (database, registry):
        kept = [layer for layer in registry if isinstance(layer, DatasetLayer)]
        chosen = [codable(registry.get(name)) for name in layers] if layers else kept
        for layer in chosen:
            started = time.perf_counter()
            with database.writer.begin() as connection:
                assigned = assign_codes(connection, layer, division)
                detail = {"assign": assigned.json()}
                connection.execute(audit_statement(LOCAL_OPERATOR, "write", "codes", allowed=True, detail=detail))
            made.append(assigned.json() | {"seconds": round(time.perf_counter() - started, 2)})
    if as_json:
        out().print_json(json.dumps(made))
        return
    for each in made:
        told = f"{each['given']:,} given, {each['retired'] + each['merged']:,} retired"
        left = f", {each['without']:,} lie in no known division (see --division)" if each["without"] else ""
        out().print(f"{each['layer']}: {told}{left}, {each['seconds']:g} s", markup=False)


def show(code: Annotated[str, typer.Argument(help="A unified code.")]) -> None:
    """Print all that is known of the object of a code, as JSON."""
    with opened() as (database, registry), database.reader.connect() as connection:
        found = object_of(connection, registry, LOCAL_OPERATOR, code)
    out().print_json(json.dumps(found, ensure_ascii=False))
