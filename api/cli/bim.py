"""``twin bim``: load building models, list what is there, ask it, and export tilesets."""

import json
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from api.buildings import model_document, model_json
from api.cli._bim_bindings import bindings_verbs
from api.cli._bim_check import check
from api.cli._bim_export import export
from api.cli._bim_load import AsJson, load
from api.cli._bim_models import seen, view_in
from api.cli._bim_place import place
from api.cli._bim_questions import clash, extract
from api.cli._bim_review import sunlight
from api.cli._bim_schemes import scheme_verbs
from api.cli._database import opened
from api.console import out
from bim.catalog import BUILDING_ELEMENTS
from bim.models import models


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(
        help="Building models (BIM): load, place, list, show, check, extract, clash, sunlight, export; design schemes.",
        no_args_is_help=True,
    )
    verbs.command("load")(load)
    verbs.command("place")(place)
    verbs.command("list")(list_models)
    verbs.command("show")(show)
    verbs.command("extract")(extract)
    verbs.command("clash")(clash)
    verbs.command("check")(check)
    verbs.command("sunlight")(sunlight)
    verbs.command("export")(export)
    verbs.add_typer(bindings_verbs(), name="bindings")
    verbs.add_typer(scheme_verbs(), name="scheme")
    app.add_typer(verbs, name="bim")


def list_models(as_json: AsJson = False) -> None:
    """Print the models of what there is; those of design schemes: twin bim scheme show."""
    with opened() as (database, _), database.reader.connect() as connection:
        listed = models(connection, view_in(BUILDING_ELEMENTS))
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
        version, view = seen(connection, model)
        document = model_document(connection, view, version, "")
    out().print_json(json.dumps(document, default=str))
