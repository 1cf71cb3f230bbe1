"""``twin bim extract`` and ``twin bim clash``: questions to the models that are there."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from api.clash_reports import report_json, sides_of
from api.cli._bar import Bar
from api.cli._bim_models import seen
from api.cli._database import opened
from api.console import err, out, read_settings
from api.element_filters import ElementFilters
from bim.clash import Tolerance
from bim.clashes import ClashOptions, Report, clashes
from bim.query import ElementQuery, matching
from bim.tileset import TilesetServer

Model = Annotated[str, typer.Argument(help="The model's id; see: twin bim list.")]
Storey = Annotated[str | None, typer.Option(help="Only this storey, by id or name.")]
Class = Annotated[str | None, typer.Option("--class", help="Only this class: IfcWall.")]


def extract(  # noqa: PLR0913 - each is an option of the command line
    model: Model,
    path: Annotated[Path, typer.Argument(help="The file to write: storey.glb.")],
    *,
    storey: Storey = None,
    ifc_class: Class = None,
    discipline: Annotated[str | None, typer.Option(help="Only this discipline: structure.")] = None,
    kind: Annotated[str | None, typer.Option(help="space or element; else both.")] = None,
    inside: Annotated[str | None, typer.Option(help="Only parts of this element, by its id.")] = None,
    has: Annotated[list[str] | None, typer.Option("--property", help="Set.Name, Set.Name=value.")] = None,
) -> None:
    """Write elements of a model as a model of their own, a binary glTF that says where it stands."""
    filters = ElementFilters(
        ifc_class=ifc_class, kind=kind, storey=storey, discipline=discipline, inside=inside, properties=has
    )
    server = TilesetServer(1, read_settings().tile_triangles)
    with opened() as (database, _), database.reader.connect() as connection:
        version, view = seen(connection, model)
        rows = matching(connection, view, model, filters.query)
        content = server.extract(connection, rows, version.placement)
    path.write_bytes(content.body)
    err().print(escape(f"{path}: {len(content.body):,} bytes"))


def clash(  # noqa: PLR0913 - each is an option of the command line
    model: Model,
    other: Annotated[str | None, typer.Argument(help="Another model; else its elements with each other.")] = None,
    *,
    tolerance: Annotated[float, typer.Option(help="Metres: a clash is deeper than that.")] = 0.01,
    disciplines: Annotated[str | None, typer.Option(help="What is held against what: structure,mep.")] = None,
    storey: Storey = None,
    ifc_class: Class = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Print where elements take each other's room: inside each other, in each other, or twice in the same place."""
    options = ClashOptions(Tolerance(tolerance))
    query = ElementQuery(storey=storey, ifc_class=ifc_class)
    with opened() as (database, _), database.reader.connect() as connection, Bar() as bar:
        second = None if other in (None, model) else seen(connection, str(other))
        sides = sides_of(seen(connection, model), second, disciplines, query)
        report = clashes(connection, sides, options, lambda done, total: bar.report(done, total, "comparing pairs"))
    if as_json:
        out().print_json(json.dumps(report_json(report, sides, options)))
    else:
        _print(report)


def _print(report: Report) -> None:
    table = Table()
    for name in ("clash", "depth, m", "element", "class", "with", "class", "x, y, z"):
        table.add_column(name)
    for pair in report.clashes:
        told = [text for row in (pair.first, pair.second) for text in (row["name"] or row["source_key"], row["class"])]
        place = ", ".join(f"{number:.2f}" for number in pair.clash.point)
        table.add_row(pair.clash.kind, f"{pair.clash.depth_m:.3f}", *map(escape, told), place)
    out().print(table)
    out().print(f"{len(report.clashes):,} clashes in {report.pairs:,} pairs of {report.first:,} × {report.second:,}")
