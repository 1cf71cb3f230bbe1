"""``twin grid``: codes of grids, without a database."""

from typing import Annotated, Any

import orjson
import typer

from api.console import out
from layers.query import parse_bbox
from layers.space import grid_named, need_code

Name = Annotated[str, typer.Option("--grid", help="beidou, geosot or h3.")]
Level = Annotated[int, typer.Option(help="How fine.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="Grid codes: of a place, of an area, and their meaning.", no_args_is_help=True)
    verbs.command("encode")(encode)
    verbs.command("decode")(decode)
    verbs.command("cover")(cover)
    app.add_typer(verbs, name="grid")


def encode(
    lon: Annotated[float, typer.Argument(help="Longitude in degrees, CGCS2000.")],
    lat: Annotated[float, typer.Argument(help="Latitude in degrees, CGCS2000.")],
    level: Level = 10,
    grid: Name = "beidou",
) -> None:
    """Print the code of the cell in which a place lies."""
    out().print(str(grid_named(grid).encode(lon, lat, level)[0]), markup=False, highlight=False)


def decode(
    code: Annotated[str, typer.Argument(help="A code; an invalid one is explained.")],
    grid: Name = "beidou",
    as_json: AsJson = False,
) -> None:
    """Print the cell of a code: level, bounds, middle, parent and neighbours."""
    system = grid_named(grid)
    need_code(system, code)
    west, south, east, north = (round(float(edge), 9) for edge in system.outline([code])[0].bounds)
    lon, lat = (round(float(part), 9) for part in system.centre([code])[0])
    level = int(system.level_of([code])[0])
    parent = str(system.parent([code])[0]) if level > system.levels[0] else None
    fields: dict[str, Any] = {
        "code": code,
        "level": level,
        "bounds": [west, south, east, north],
        "centre": [lon, lat],
        "parent": parent,
        "neighbours": system.neighbours(code).tolist(),
    }
    if as_json:
        typer.echo(orjson.dumps(fields).decode())
        return
    for name, value in fields.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        out().print(f"{name}: {text}", markup=False, highlight=False)


def cover(
    bbox: Annotated[str, typer.Argument(help="West,south,east,north in degrees.")],
    level: Level = 5,
    grid: Name = "beidou",
) -> None:
    """Print the codes of the cells that a box shares points with, one a line."""
    for code in grid_named(grid).cover(parse_bbox(bbox).area(), level):
        typer.echo(str(code))
