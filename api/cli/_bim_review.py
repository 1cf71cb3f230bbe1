"""``twin bim sunlight``: the sun of façades and of the ground by a rule, without the limits of the route."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape
from rich.table import Table

from api.cli._bar import Bar
from api.cli._database import opened
from api.console import err, out, read_settings
from api.review import sources_of
from api.review_documents import summary_json, sunlight_json
from bim.review import BEIJING, Limits, Placing, SunlightQuestion, SunlightRule, assess, prepare, read_rules, rule_named
from layers.access import LOCAL_OPERATOR
from layers.errors import ParameterError
from layers.query import parse_bbox
from layers.temporal import now

# Points times instants: some two hours of a core, for the three scenes.
_MOST_RAYS = 10_000_000_000


def sunlight(  # noqa: PLR0913 - each is an option of the command line
    *,
    rule: Annotated[str | None, typer.Option(help="The id of a rule; without it the rules are listed.")] = None,
    building: Annotated[str | None, typer.Option(help="Its façades: a layer and a number, buildings/12.")] = None,
    bbox: Annotated[str | None, typer.Option(help="What touches it: west,south,east,north in degrees.")] = None,
    target: Annotated[str, typer.Option(help="facade or ground.")] = "facade",
    year: Annotated[int | None, typer.Option(help="The year of the day; else this one.")] = None,
    all_storeys: Annotated[bool, typer.Option("--all-storeys", help="Not only the lowest storey.")] = False,
    spacing: Annotated[float | None, typer.Option(min=0.1, help="Metres between points; else the rule's.")] = None,
    storey_m: Annotated[float, typer.Option(min=2, max=10, help="Height of storeys, metres.")] = 3.0,
    path: Annotated[Path | None, typer.Option("--out", help="Write points as GeoJSON here: points.geojson.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Count the minutes of sun 日照 on the day of a rule, and say which share of points has what it asks for."""
    settings = read_settings()
    rules = read_rules(settings.review_rules)
    if rule is None:
        _list(list(rules.values()))
        return
    named = rule_named(rules, rule)
    if target not in ("facade", "ground"):
        raise ParameterError("target", f"{target!r} is neither facade nor ground")
    placing = Placing(named.sill_m, spacing or named.grid_m, storey_m, all_storeys, named.window_m)
    box = None if bbox is None else parse_bbox(bbox)
    asked_year = datetime.now(BEIJING).year if year is None else year
    question = SunlightQuestion(named, asked_year, target, placing, building, box)  # type: ignore[arg-type]
    with opened() as (database, registry), Bar() as bar:
        bar.report(0, None, "reading buildings")
        with database.reader.connect() as connection:
            sources = sources_of(registry, LOCAL_OPERATOR, now())
            prepared = prepare(connection, sources, question, Limits(_MOST_RAYS, settings.tile_triangles))
        found = assess(prepared, lambda done, total: bar.report(done, total, "looking at the sun from points"))
        if path is not None:
            path.write_bytes(orjson.dumps(sunlight_json(found)))
    summary = summary_json(found)
    if as_json:
        out().print_json(json.dumps(summary))
    else:
        _print(named, f"{named.day_in(asked_year):%Y-%m-%d}", summary)
    if path is not None:
        err().print(escape(f"{path}: {summary['points']:,} points"))


def _list(rules: list[SunlightRule]) -> None:
    table = Table()
    for name in ("rule", "status"):
        table.add_column(name, no_wrap=True)
    table.add_column("title")
    for one in rules:
        table.add_row(one.id, one.status, escape(f"{one.title.zh} {one.title.en}"))
    out().print(table)


def _print(rule: SunlightRule, day: str, summary: dict[str, Any]) -> None:
    table = Table(title=escape(f"{rule.title.zh} {rule.title.en}, {day}"))
    for name in ("heights", "points", "meet the rule", "share", "least, min"):
        table.add_column(name, justify="right")
    uncertain = summary["uncertainty"]
    named = [("as stated", summary)]
    named += [(name.replace("_", " "), told) for name, told in uncertain.items() if isinstance(told, dict)]
    for name, told in named:
        share = f"{100 * told['share']:.1f} %"
        table.add_row(name, f"{told['points']:,}", f"{told['meets']:,}", share, f"{told['least_min']:g}")
    out().print(table)
    if rule.status != "verified":
        err().print("This rule was written after secondary sources: compare it with the text that binds you.")
