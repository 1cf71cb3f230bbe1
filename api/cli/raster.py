"""``twin raster``: list rasters, read their values at a place, and compute statistics by zones."""

import json
from pathlib import Path
from typing import Annotated, Any

import geopandas
import numpy as np
import typer
from rich.markup import escape
from rich.table import Table

from api.cli._database import opened
from api.console import out, read_settings
from api.rasters import raster_json, statistics_json
from api.work import raster_files
from layers.errors import NotFound, SourceError
from layers.query import raster_of, rasters_statement
from layers.raster import DatasetPool, Raster, ZonalQuery, require_rule, value_at, zonal
from layers.space import MAP_CRS
from layers.temporal import When, now, parse_instant

Name = Annotated[str, typer.Argument(help="The raster's id; see: twin raster list.")]
At = Annotated[str | None, typer.Option("--at", help="The state of an instant: 2026-08-15T08:00:00+08:00.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
_MIB = 1024 * 1024
_SHOWN = ("count", "area_m2", "min", "max", "mean", "std", "median", "integral")


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(
        help="Rasters: heights, land cover, photographs; load one with twin load.", no_args_is_help=True
    )
    verbs.command("list")(list_rasters)
    verbs.command("show")(show)
    verbs.command("value")(value)
    verbs.command("zonal")(zones)
    app.add_typer(verbs, name="raster")


def list_rasters(at: At = None, as_json: AsJson = False) -> None:
    """Print the rasters."""
    listed = _rasters(at)
    if as_json:
        out().print_json(json.dumps([raster_json(one, "") for one in listed]))
        return
    table = Table()
    for name in ("raster", "title", "kind", "size", "pixel, m", "date", "grade", "MB"):
        table.add_column(name)
    for one in listed:
        size, pixel = f"{one.width:,} × {one.height:,}", f"{one.pixel_m[0]:.4g} × {one.pixel_m[1]:.4g}"
        day, megabytes = f"{one.date:%Y-%m-%d}", f"{one.bytes / _MIB:,.1f}"
        table.add_row(one.id, escape(one.title.zh), one.kind, size, pixel, day, one.grade.title.en, megabytes)
    out().print(table)


def show(name: Name, at: At = None) -> None:
    """Print all that is known of a raster, as JSON."""
    out().print_json(json.dumps(raster_json(_raster(name, at), "")))


def value(
    name: Name,
    lon: Annotated[float, typer.Argument(help="Longitude in degrees, CGCS2000.")],
    lat: Annotated[float, typer.Argument(help="Latitude in degrees, CGCS2000.")],
    at: At = None,
) -> None:
    """Print the values of a raster at a place, a line for each band."""
    raster = _raster(name, at)
    pixel = value_at(DatasetPool(raster_files(read_settings())), raster, lon, lat)
    if not pixel.inside:
        raise NotFound(f"{lon:g}, {lat:g} lies outside raster {name}")
    for band, number in zip(raster.bands, pixel.values, strict=True):
        raster_class = None if number is None else raster.class_of(number)
        text = "no data" if number is None else f"{number:g} {band.unit}".strip()
        line = f"{text}, {raster_class.title.zh} {raster_class.title.en}" if raster_class else text
        out().print(f"{band.title.zh} {band.title.en}: {line}", markup=False)


def zones(
    name: Name,
    file: Annotated[Path, typer.Argument(help="Polygons: GeoJSON, GeoPackage, Shapefile and the like.")],
    band: Annotated[int, typer.Option(help="Which band.")] = 1,
    rule: Annotated[str, typer.Option(help="fraction: by the share inside; centre: by the middle.")] = "fraction",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Print statistics of a raster by the polygons of a file."""
    raster = _raster(name, at)
    query = ZonalQuery(band, require_rule(rule))
    shapes = _polygons(file)
    statistics = zonal(DatasetPool(raster_files(read_settings())), raster, shapes, query)
    rows = [statistics_json(raster, one, query) for one in statistics]
    if as_json:
        out().print_json(json.dumps(rows))
    else:
        _print(raster, rows)


def _print(raster: Raster, rows: list[dict[str, Any]]) -> None:
    table = Table()
    names = _SHOWN if raster.kind != "categorical" else ("count", "area_m2", "classes")
    for name in ("zone", *names):
        table.add_column(name)
    for number, row in enumerate(rows, start=1):
        table.add_row(str(number), *(_cell(row[name]) for name in names))
    out().print(table)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(f"{(one['title'] or {}).get('zh', one['value'])} {one['share']:.1%}" for one in value)
    return "" if value is None else f"{value:,.6g}"


def _polygons(path: Path) -> "np.ndarray[Any, Any]":
    try:
        frame = geopandas.read_file(path)
    except Exception as error:
        raise SourceError(str(path), f"it cannot be read: {error}") from error
    if frame.crs is None:
        raise SourceError(str(path), "it does not state its coordinate reference system")
    shapes = np.asarray(frame.geometry.to_crs(MAP_CRS).array, dtype=object)
    if not len(shapes) or not set(frame.geometry.geom_type) <= {"Polygon", "MultiPolygon"}:
        raise SourceError(str(path), "zones must be polygons; the file has none, or also other geometries")
    return shapes


def _raster(name: str, at: str | None) -> Raster:
    matches = _rasters(at, name)
    if not matches:
        raise NotFound(f"there is no raster {name!r} at that time; see: twin raster list")
    return matches[0]


def _rasters(at: str | None, name: str | None = None) -> list[Raster]:
    instant = None if at is None else parse_instant(at, "at")
    when = now() if instant is None else When(instant, instant)
    with opened() as (database, _), database.reader.connect() as connection:
        return [raster_of(row) for row in connection.execute(rasters_statement(when, name))]
