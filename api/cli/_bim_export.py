"""``twin bim export``: a tileset as files."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from api.cli._bar import Bar
from api.cli._database import opened
from api.console import out
from bim.export import ExportOptions, export_layer, export_model
from bim.footprints import Footprints, is_raised
from bim.models import layer_of
from bim.tileset import View
from layers.access import Principal, readable
from layers.grades import grade_named
from layers.temporal import parse_when


def export(  # noqa: PLR0913 - each is an option of the command line
    name: Annotated[
        str, typer.Argument(metavar="LAYER_OR_MODEL", help="A layer with heights, or a building model (twin bim list).")
    ],
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    *,
    datetime: Annotated[str | None, typer.Option(help="As it was then: 2026-08-15T08:00:00+08:00.")] = None,
    as_of: Annotated[str | None, typer.Option(help="As it was known then.")] = None,
    clearance: Annotated[str, typer.Option(help="open, conditional, internal or restricted: the most it shows.")] = (
        "open"
    ),
    variant: Annotated[str | None, typer.Option(help="Of a layer: a way of colouring it; else its first.")] = None,
    color: Annotated[str | None, typer.Option(help="Of a layer: one colour for all, #d8d4cc.")] = None,
    ground: Annotated[bool, typer.Option("--ground", help="Of a model: its zero lies at height 0.")] = False,
    meshopt: Annotated[
        bool, typer.Option("--meshopt", help="Contents by EXT_meshopt_compression, places to within 7 mm.")
    ] = False,
) -> None:
    """Write 3-D Tiles 1.1 for any web server: tileset.json and its contents. Files know no readers: see --clearance."""
    options = ExportOptions(ground, meshopt)
    reader, when = Principal("export", clearance=grade_named(clearance, "clearance")), parse_when(datetime, as_of)
    with opened() as (database, registry), Bar() as bar, database.reader.connect() as connection:
        if name in registry and is_raised(registry.get(name)):
            shown = Footprints.of(*readable(registry, reader, name), when, variant, color)
            done = export_layer(connection, shown, folder, bar, options)
        else:
            view = View(*readable(registry, reader, layer_of(connection, name).id), when)
            done = export_model(connection, view, name, folder, bar, options)
    things = f" with {done.features:,} things" if done.features else ""
    out().print(escape(f"{folder}: tileset.json and {done.contents:,} contents{things}, {done.nbytes:,} bytes"))
