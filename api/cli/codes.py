"""``twin codes`` and ``twin object``: unified codes, and what is known of the object of one."""

import json
import time
from typing import Annotated

import typer

from api.cli._database import opened
from api.console import out
from api.objects import object_document
from layers.access import LOCAL_OPERATOR, audit_statement
from layers.entities import assign_codes, codable
from layers.store import DatasetLayer

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
    division: Annotated[str | None, typer.Option(help="Six digits: for objects in no known division.")] = None,
    as_json: AsJson = False,
) -> None:
    """Give codes to objects that have none, and retire the codes of objects that no longer exist."""
    results = []
    with opened() as (database, registry):
        dataset_layers = [layer for layer in registry if isinstance(layer, DatasetLayer)]
        chosen = [codable(registry.get(name)) for name in layers] if layers else dataset_layers
        for layer in chosen:
            started = time.perf_counter()
            with database.writer.begin() as connection:
                assigned = assign_codes(connection, layer, division)
                detail = {"assign": assigned.json()}
                connection.execute(audit_statement(LOCAL_OPERATOR, "write", "codes", allowed=True, detail=detail))
            results.append(assigned.json() | {"seconds": round(time.perf_counter() - started, 2)})
    if as_json:
        out().print_json(json.dumps(results))
        return
    for each in results:
        counts = f"{each['given']:,} given, {each['retired'] + each['merged']:,} retired"
        rest = f", {each['without']:,} lie in no known division (see --division)" if each["without"] else ""
        out().print(f"{each['layer']}: {counts}{rest}, {each['seconds']:g} s", markup=False)


def show(code: Annotated[str, typer.Argument(help="A unified code.")]) -> None:
    """Print all that is known of the object of a code, as JSON."""
    with opened() as (database, registry), database.reader.connect() as connection:
        document = object_document(connection, registry, LOCAL_OPERATOR, code)
    out().print_json(json.dumps(document, ensure_ascii=False))
