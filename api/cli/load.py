"""``twin load``: a file or folder into the layers."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from api.cli._bar import Bar
from api.cli._database import opened
from api.cli._raster import print_raster, print_raster_preview
from api.cli.fetch import PREFIX, fetch_place
from api.console import err, out, read_settings
from api.serve.unprivileged import service_account
from layers.access import LOCAL_OPERATOR
from layers.entities import ask_after, codes_message, give_after
from layers.errors import SourceError
from layers.intake import (
    LayerPreview,
    LoadOptions,
    LoadSummary,
    Preview,
    load_path,
    parse_extent,
    parse_kind,
    parse_names,
    parse_raster,
    parse_share,
    preview_path,
    submit_load,
)
from layers.raster import RasterFiles
from layers.temporal import parse_instant

_COUNTS = ("read", "new", "changed", "unchanged", "older", "quarantined", "closed", "hidden")
_CRS = "What the coordinates are, whatever the file says: EPSG:4549, GCJ-02, BD-09, a local grid, or auto."
_DAY = len("2026-08-15")


def app_command(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(load)


def load(  # noqa: PLR0913 - each is an option of the command line
    path: Annotated[
        Path, typer.Argument(help="A file of any format of docs/formats.md, a dataset's folder, or osm:PLACE.")
    ],
    *,
    dataset: Annotated[str | None, typer.Option(help="The dataset of which this is a state.")] = None,
    layer: Annotated[str | None, typer.Option(help="The layer to fill; a new one is made when there is none.")] = None,
    crs: Annotated[str | None, typer.Option(help=_CRS)] = None,
    table: Annotated[str | None, typer.Option(help="The table to read from a file with several.")] = None,
    key: Annotated[str | None, typer.Option(help="The column by which features are known from load to load.")] = None,
    date: Annotated[str | None, typer.Option(help="What instant the data describe: 2026-08-15T08:00:00+08:00.")] = None,
    extent: Annotated[str | None, typer.Option(help="West,south,east,north; what is missing inside is gone.")] = None,
    precedence: Annotated[int | None, typer.Option(help="Higher hides lower; own data have 100, the sample 0.")] = None,
    trust_crs: Annotated[
        bool, typer.Option("--trust-crs", help="Load even if the map shows that the coordinates are in another system.")
    ] = False,
    names: Annotated[
        list[str] | None, typer.Option("--map", help="old=new: a column's name in the file and the one that it gets.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="The text encoding, whatever the file says: gb18030.")] = None,
    geometry: Annotated[str | None, typer.Option(help="Take only the points, lines or areas of the file.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Load nothing if any row cannot be accepted.")] = False,
    most_quarantined: Annotated[str, typer.Option(help="Refuse the file above this share of such rows.")] = "50%",
    address: Annotated[
        str | None, typer.Option(help="The column of a table by whose addresses its rows are placed: 地址.")
    ] = None,
    raster: Annotated[
        list[str] | None,
        typer.Option(help="name=value: a property of the raster, such as unit=m (docs/rasters.md)."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be loaded; write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    codes: Annotated[bool, typer.Option("--codes", help="Give codes at once; else the worker gives them.")] = False,
    background: Annotated[bool, typer.Option("--background", help="Run in the worker; see: twin jobs.")] = False,
) -> None:
    """Load data in one transaction; bad rows are quarantined. Loading the same file again changes nothing."""
    options = LoadOptions(
        dataset=dataset,
        layer=layer,
        crs=crs,
        table=table,
        key=key,
        date=None if date is None else _instant(date),
        extent=None if extent is None else parse_extent(extent),
        precedence=precedence,
        principal=LOCAL_OPERATOR.name,
        trust_crs=trust_crs,
        grids=read_settings().local_grids,
        encoding=encoding,
        names=parse_names(names or ()),
        geometry=parse_kind(geometry),
        strict=strict,
        most_quarantined=parse_share(most_quarantined),
        address=address,
        raster=parse_raster(raster or ()),
    )
    if str(path).startswith(PREFIX):
        path, area = fetch_place(str(path).removeprefix(PREFIX))
        options = replace(options, extent=options.extent or area.box)
    if dry_run:
        _preview(path, options, as_json=as_json)
        return
    if background:
        _submit(path, options, as_json=as_json)
        return
    with opened() as (database, registry), Bar() as bar:
        summary = load_path(database, registry, path, options, bar, RasterFiles.in_home(read_settings().home))
        if codes:
            summary = give_after(database, registry, summary, options.principal, bar)
        else:
            summary = ask_after(database, registry, summary, options.principal)
    if as_json:
        out().print_json(json.dumps(summary.json()))
    else:
        _print(summary)


def _submit(path: Path, options: LoadOptions, *, as_json: bool) -> None:
    if not path.exists():
        raise SourceError(str(path), "there is no such file; check the path")
    account = service_account(read_settings())
    if account is not None and not account.may_read(path.absolute()):
        raise SourceError(
            str(path),
            f"the background worker, which runs as {account.name}, cannot read it; "
            "move it to a folder that all may read, or load it without --background",
        )
    with opened() as (database, _):
        job_id = submit_load(database, path, options)
    if as_json:
        out().print_json(json.dumps({"job": job_id}))
    else:
        out().print(f"job {job_id} waits for the worker; follow it with: twin jobs show {job_id}", markup=False)


def _preview(path: Path, options: LoadOptions, *, as_json: bool) -> None:
    with opened() as (database, registry), Bar() as bar:
        preview = preview_path(database, registry, path, options, bar)
    if as_json:
        out().print_json(json.dumps(preview.json()))
    else:
        _print_preview(preview)


def _print_preview(preview: Preview) -> None:
    for raster in preview.rasters:
        print_raster_preview(raster)
    for layer in preview.layers:
        state = "a new layer" if layer.is_new else "a layer that is there"
        table = Table(
            title=f"{layer.layer}, {state}: {layer.rows:,} × {layer.geometry}{_set_apart(layer)}", title_justify="left"
        )
        for name in ("in the file", "column", "type", "", "filled", "examples"):
            table.add_column(name)
        for column in layer.columns:
            table.add_row(
                escape(column.name),
                column.column or "",
                column.type or "",
                column.fate,
                f"{column.filled:,}" if column.column else "",
                escape(", ".join(column.examples)),
            )
        out().print(table)
        if layer.extent is not None:
            west, south, east, north = layer.extent
            out().print(f"from {west:.6f}, {south:.6f} to {east:.6f}, {north:.6f}", markup=False)
    out().print(f"dataset {preview.dataset}, transformed from {preview.source_crs}; nothing was written", markup=False)
    for note in preview.notes:
        err().print(f"note: {note}", markup=False)


def _set_apart(layer: LayerPreview) -> str:
    return f", {layer.quarantined:,} to be quarantined" if layer.quarantined else ""


def _instant(text: str) -> datetime:
    """Read an instant, or a day, which begins at midnight UTC."""
    return parse_instant(f"{text}T00:00:00Z" if len(text) == _DAY else text, "date")


def _print(summary: LoadSummary) -> None:
    for raster in summary.rasters:
        print_raster(raster)
    if not summary.rasters:
        _print_layers(summary)
    accuracy = "with an accuracy that is not known" if summary.accuracy_m is None else f"to {summary.accuracy_m:g} m"
    out().print(f"brought from {summary.source_crs} to the map, {accuracy}", markup=False)
    if summary.codes:
        out().print(codes_message(summary.codes), markup=False)
    for note in summary.notes:
        err().print(f"note: {note}", markup=False)


def _print_layers(summary: LoadSummary) -> None:
    table = Table(title=f"{summary.dataset}, as of {summary.date:%Y-%m-%d %H:%M} UTC", title_justify="left")
    # A terminal is narrow, and truncated numbers are useless: a column is shown only where it has values.
    counts = [name for name in _COUNTS if name == "read" or any(getattr(layer, name) for layer in summary.layers)]
    table.add_column("layer", no_wrap=True)
    for name in counts:
        table.add_column(name, justify="right")
    for layer in summary.layers:
        table.add_row(layer.layer, *(f"{getattr(layer, name):,}" for name in counts))
    out().print(table)
    rate = f", {summary.read / summary.seconds:,.0f} rows/s" if summary.seconds else ""
    out().print(f"{summary.read:,} rows in {summary.seconds:.1f} s{rate}", markup=False)
    if summary.quarantined:
        shown = f"see: twin quarantine list --load {summary.load_id}"
        out().print(f"{summary.quarantined:,} rows wait in quarantine (隔离待处理); {shown}", markup=False)
