"""``twin bim load``: building models from files, of what there is or of a design scheme."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from api.cli._bar import Bar
from api.cli._database import opened
from api.console import err, out, read_settings
from bim.ingest import ModelOptions, ModelSummary, load_model, model_options
from bim.model import Defect
from bim.reading import ReadOptions
from layers.access import LOCAL_OPERATOR
from layers.entities import ask_after, give_after

AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
Model = Annotated[str | None, typer.Option(help="The model of which this is a version; else the file's name.")]
Date = Annotated[str | None, typer.Option(help="What instant it describes: 2026-08-15T08:00:00+08:00.")]
At = Annotated[str | None, typer.Option(help="longitude,latitude[,height] of its origin, whatever it says.")]
Heading = Annotated[
    float | None, typer.Option(help="Degrees from east to its x-axis, anticlockwise, whatever it says.")
]
Crs = Annotated[str | None, typer.Option(help="What its map coordinates are: EPSG:4549, a local grid.")]
Control = Annotated[
    list[str] | None,
    typer.Option(help="x,y,z=longitude,latitude[,height]: a point of the model and its place; two or more."),
]
OnFootprint = Annotated[str | None, typer.Option(help="buildings/123: lay it over that footprint of the map.")]
Shifted = Annotated[str | None, typer.Option(help="gcj02 or bd09: what its latitude and longitude are.")]
GradeName = Annotated[str, typer.Option(help="open, conditional, internal or restricted: of every part.")]
Ids = Annotated[Path | None, typer.Option(help="A delivery specification (IDS); what fails it is a defect.")]
Strict = Annotated[
    bool, typer.Option("--strict", help="Load nothing if any shape or any specification of --ids fails.")
]
Codes = Annotated[
    bool, typer.Option("--codes", help="Give unified codes now to building, storeys and rooms; else by the worker.")
]
FilePlace = Annotated[
    bool, typer.Option("--file-place", help="Where its file says, also where a former version was moved by hand.")
]
MostTriangles = Annotated[int, typer.Option(min=1, help="The most that one element may have.")]
_SHOWN_DEFECTS = 3


def stated(read: ReadOptions, control: Sequence[str] | None, **words: str | float | None) -> ModelOptions:
    """Read what is said on the command line; raises ParameterError, naming the option, for what cannot be read."""
    given = {name: str(word) for name, word in words.items() if word is not None}
    options = model_options(given | {"control": list(control or ())}, LOCAL_OPERATOR.name, read_settings().local_grids)
    return replace(options, read=read)


def load(  # noqa: PLR0913 - each is an option of the command line
    path: Annotated[
        Path, typer.Argument(help="A model: .ifc (2X3, 4, 4X3), CityJSON, .glb, .gltf, .obj, footprints (.geojson).")
    ],
    *,
    model: Model = None,
    date: Date = None,
    at: At = None,
    heading: Heading = None,
    crs: Crs = None,
    control: Control = None,
    footprint: OnFootprint = None,
    shifted: Shifted = None,
    grade: GradeName = "open",
    ids: Ids = None,
    strict: Strict = False,
    codes: Codes = False,
    file_place: FilePlace = False,
    most_triangles: MostTriangles = 200_000,
    as_json: AsJson = False,
) -> None:
    """Load a model in one transaction. Loading the same file again changes nothing; a newer one is its next version."""
    options = stated(
        ReadOptions(most_triangles=most_triangles, strict=strict), control, model=model, date=date, at=at,
        heading=heading, crs=crs, footprint=footprint, shifted=shifted, grade=grade,
    )  # fmt: skip
    options = replace(options, ids=ids, corrected=not file_place)
    with opened() as (database, registry), Bar() as bar:
        summary = load_model(database, registry, path, options, bar)
        # Codes are given by the worker, in a job of its own, unless they are wanted at once.
        coded = (
            give_after(database, registry, summary.load, options.principal, bar)
            if codes
            else ask_after(database, registry, summary.load, options.principal)
        )
        summary = replace(summary, load=coded)
    tell(summary, as_json=as_json)


def tell(summary: ModelSummary, *, as_json: bool) -> None:
    """Print what a load has done."""
    if as_json:
        out().print_json(json.dumps(summary.json(), default=str))
    else:
        _print(summary)


def _print(summary: ModelSummary) -> None:
    (rows,) = summary.load.layers
    table = Table(title=f"{summary.load.dataset} ({summary.schema}), {summary.load.seconds:g} s")
    table.add_column("class")
    table.add_column("elements", justify="right")
    for name, number in summary.counts.items():
        table.add_row(escape(name), f"{number:,}")
    out().print(table)
    out().print(
        f"{rows.read:,} elements: {rows.new:,} new, {rows.changed:,} changed, {rows.unchanged:,} unchanged, "
        f"{rows.closed:,} gone; {summary.shapes:,} shapes of {summary.meshes:,} meshes, {summary.triangles:,} triangles"
    )
    if summary.orphans:
        named = ", ".join(one.thing for one in summary.orphans[:_SHOWN_DEFECTS])
        err().print(
            escape(f"{len(summary.orphans):,} things are bound to elements that are gone ({named} …): ")
            + f"twin bim bindings orphans --model {summary.load.dataset}"
        )
    for note in summary.load.notes:
        err().print(escape(note))
    for rule, defects in _by_rule(summary).items():
        named = ", ".join(defect.element for defect in defects[:_SHOWN_DEFECTS])
        more = f" and {len(defects) - _SHOWN_DEFECTS:,} more" if len(defects) > _SHOWN_DEFECTS else ""
        err().print(
            escape(f"{len(defects):,} × {rule}: {defects[0].message.en} ({defects[0].message.zh}): {named}{more}")
        )


def _by_rule(summary: ModelSummary) -> dict[str, list[Defect]]:
    grouped: dict[str, list[Defect]] = {}
    for defect in summary.defects:
        grouped.setdefault(defect.rule, []).append(defect)
    return grouped
