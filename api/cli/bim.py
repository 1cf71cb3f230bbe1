"""``twin bim``: load building models, list what is there, ask it, and export tilesets."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from api.buildings import model_document, model_json
from api.cli._bar import Bar
from api.cli._bim_bindings import bindings_verbs
from api.cli._bim_check import check
from api.cli._bim_export import export
from api.cli._bim_questions import clash, extract
from api.cli._database import opened
from api.console import err, out, read_settings
from bim.catalog.building_elements import LAYER
from bim.georeference import ControlPoint, LocateOptions
from bim.ingest import Footprint, ModelOptions, ModelSummary, load_model
from bim.model import Defect
from bim.models import model_version, models
from bim.reading import ReadOptions
from bim.tileset import View
from layers.access import LOCAL_OPERATOR, decide
from layers.entities import ask_after, give_after
from layers.errors import ParameterError
from layers.grades import Grade
from layers.temporal import now, parse_instant

AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
_SHOWN_DEFECTS = 3


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="Building models (BIM): load, list, show, extract, clash, export.", no_args_is_help=True)
    verbs.command("load")(load)
    verbs.command("list")(list_models)
    verbs.command("show")(show)
    verbs.command("extract")(extract)
    verbs.command("clash")(clash)
    verbs.command("check")(check)
    verbs.command("export")(export)
    verbs.add_typer(bindings_verbs(), name="bindings")
    app.add_typer(verbs, name="bim")


def load(  # noqa: PLR0913 - each is an option of the command line
    path: Annotated[Path, typer.Argument(help="A model: .ifc (2X3, 4, 4X3), CityJSON, .glb, .gltf, .obj.")],
    *,
    model: Annotated[
        str | None, typer.Option(help="The model of which this is a version; else the file's name.")
    ] = None,
    date: Annotated[str | None, typer.Option(help="What instant it describes: 2026-08-15T08:00:00+08:00.")] = None,
    at: Annotated[str | None, typer.Option(help="longitude,latitude[,height] of its origin, whatever it says.")] = None,
    heading: Annotated[
        float | None, typer.Option(help="Degrees from east to its x-axis, anticlockwise, whatever it says.")
    ] = None,
    crs: Annotated[str | None, typer.Option(help="What its map coordinates are: EPSG:4549, a local grid.")] = None,
    control: Annotated[
        list[str] | None,
        typer.Option(help="x,y,z=longitude,latitude[,height]: a point of the model and its place; two or more."),
    ] = None,
    footprint: Annotated[str | None, typer.Option(help="buildings/123: lay it over that footprint of the map.")] = None,
    shifted: Annotated[str | None, typer.Option(help="gcj02 or bd09: what its latitude and longitude are.")] = None,
    grade: Annotated[str, typer.Option(help="open, conditional, internal or restricted: of every part.")] = "open",
    ids: Annotated[Path | None, typer.Option(help="A delivery specification (IDS); what fails it is a defect.")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Load nothing if any shape or any specification of --ids fails.")
    ] = False,
    codes: Annotated[
        bool, typer.Option("--codes", help="Give unified codes now to building, storeys and rooms; else by the worker.")
    ] = False,
    most_triangles: Annotated[int, typer.Option(min=1, help="The most that one element may have.")] = 200_000,
    as_json: AsJson = False,
) -> None:
    """Load a model in one transaction. Loading the same file again changes nothing; a newer one is its next version."""
    options = ModelOptions(
        model=model,
        date=None if date is None else parse_instant(date, "date"),
        grade=_grade(grade),
        principal=LOCAL_OPERATOR.name,
        read=ReadOptions(most_triangles=most_triangles, strict=strict),
        place=_place(at, heading, control or (), LocateOptions(crs=crs or "", shifted=shifted or "")),
        footprint=None if footprint is None else Footprint.parse(footprint),
        ids=ids,
    )
    with opened() as (database, registry), Bar() as bar:
        summary = load_model(database, registry, path, options, bar)
        coded = (
            give_after(database, registry, summary.load, options.principal, bar)
            if codes
            else (ask_after(database, registry, summary.load, options.principal))
        )
        summary = replace(summary, load=coded)
    if as_json:
        out().print_json(json.dumps(summary.json(), default=str))
    else:
        _print(summary)


def list_models(as_json: AsJson = False) -> None:
    """Print the models."""
    with opened() as (database, _), database.reader.connect() as connection:
        listed = models(connection, _view())
    if as_json:
        out().print_json(json.dumps([model_json(one, "") for one in listed]))
        return
    table = Table()
    for name in ("model", "title", "format", "date", "longitude, latitude"):
        table.add_column(name)
    for one in listed:
        place = f"{one.placement.lon:.6f}, {one.placement.lat:.6f}"
        table.add_row(one.id, escape(one.title), f"{one.format} {one.schema}", f"{one.date:%Y-%m-%d}", place)
    out().print(table)


def show(model: Annotated[str, typer.Argument(help="The model's id; see: twin bim list.")]) -> None:
    """Print all that is known of a model, as JSON."""
    with opened() as (database, _), database.reader.connect() as connection:
        document = model_document(connection, _view(), model_version(connection, _view(), model), "")
    out().print_json(json.dumps(document, default=str))


def _view() -> View:
    return View(LAYER, decide(LOCAL_OPERATOR, "read", LAYER), now())


def _grade(text: str) -> Grade:
    try:
        return Grade[text.upper()]
    except KeyError:
        names = ", ".join(grade.name.lower() for grade in Grade)
        raise ParameterError("grade", f"{text!r} is not one of {names}") from None


def _place(at: str | None, heading: float | None, control: Sequence[str], said: LocateOptions) -> LocateOptions:
    points = tuple(_control_point(text) for text in control)
    said = replace(said, heading_deg=heading, control_points=points, grids=read_settings().local_grids)
    if at is None:
        return said
    lon, lat, height = _place_of(at, "at")
    return replace(said, lonlat=(lon, lat), height_m=height)


def _control_point(text: str) -> ControlPoint:
    point, _, place = text.partition("=")
    try:
        x, y, z = (float(part) for part in point.split(","))
    except ValueError:
        raise ParameterError("control", f"{text!r} is not x,y,z=longitude,latitude[,height]") from None
    return ControlPoint((x, y, z), *_place_of(place, "control"))


def _place_of(text: str, parameter: str) -> tuple[float, float, float | None]:
    try:
        lon, lat, *height = (float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(parameter, f"{text!r} is not longitude,latitude[,height] in degrees, metres") from None
    return lon, lat, height[0] if height else None


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
