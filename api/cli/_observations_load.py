"""``twin observations load``: a file of observations into things and datastreams."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from api.cli._bar import Bar
from api.cli._database import opened
from api.console import err, out
from layers.access import LOCAL_OPERATOR
from layers.errors import ParameterError
from twin.sensing.files import Mapping, Options, Summary, load_observations, preview_observations, read_mapping
from twin.sensing.files.mapping import Times, place_of, taken, year_of
from twin.sensing.files.series import Station
from twin.sensing.files.summary import contents_json
from twin.sensing.files.times import zone_of

_MAPPING = "A mapping in TOML: which column is what, in which unit (docs/sensing.md)."
_ZONE = "The zone of times that state none: Asia/Shanghai, +08:00 or UTC."
_TAKE = "A column to take, as what and in which unit of UCUM: TEMP=air_temperature[Cel]."


def load(  # noqa: PLR0913 - each is an option of the command line
    path: Annotated[Path, typer.Argument(help="A CSV or Excel table, EPW weather, or Parquet.")],
    *,
    mapping: Annotated[Path | None, typer.Option(help=_MAPPING)] = None,
    dataset: Annotated[str | None, typer.Option(help="What this is a part of; its things are found by it.")] = None,
    zone: Annotated[str | None, typer.Option(help=_ZONE)] = None,
    missing: Annotated[list[str] | None, typer.Option(help="What stands for a missing value: NA.")] = None,
    time: Annotated[list[str] | None, typer.Option(help="The column of times, or those of its parts in order.")] = None,
    time_format: Annotated[str | None, typer.Option(help="How times are written: %d.%m.%Y %H:%M.")] = None,
    take: Annotated[list[str] | None, typer.Option(help=_TAKE)] = None,
    thing: Annotated[str | None, typer.Option(help="The name of the thing that observed.")] = None,
    place: Annotated[str | None, typer.Option(help="Where it is: longitude,latitude in degrees.")] = None,
    year: Annotated[int | None, typer.Option(help="The year into which a typical year (EPW) is put.")] = None,
    encoding: Annotated[str | None, typer.Option(help="The text encoding: gb18030.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be taken as what.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Load observations in whole batches; what cannot be kept is counted with its reason. A rerun adds nothing."""
    declared = Mapping() if mapping is None else read_mapping(mapping)
    given: dict[str, Any] = {
        "dataset": dataset,
        "zone": None if zone is None else zone_of(zone),
        "missing": None if not missing else declared.missing | {one.strip() for one in missing},
        "times": _times(declared, time, time_format),
        "quantities": None if not take else (*declared.quantities, *(taken(one) for one in take)),
        "things": _things(declared, path, thing, place),
        "encoding": encoding,
        "year": year_of(year),
    }
    declared = replace(declared, **{name: value for name, value in given.items() if value is not None})
    options = Options(LOCAL_OPERATOR, declared)
    if dry_run:
        _print_contents(contents_json(preview_observations(path, options)), as_json=as_json)
        return
    with opened() as (database, _), Bar() as bar:
        summary = load_observations(database, path, options, bar)
    if as_json:
        out().print_json(json.dumps(summary.json()))
    else:
        _print(summary)


def _times(declared: Mapping, columns: list[str] | None, form: str | None) -> Times | None:
    if not columns and form is None:
        return None
    return Times(tuple(columns or declared.times.columns), form or declared.times.form)


def _things(declared: Mapping, path: Path, name: str | None, place: str | None) -> tuple[Station, ...] | None:
    if name is None and place is None:
        return None
    if len(declared.things) > 1:
        raise ParameterError("thing", "the mapping has several things; say name and place of each there")
    before = declared.things[0] if declared.things else Station(path.stem, path.stem)
    where = place_of(place) or before.place
    return (replace(before, key=before.key if name is None else name, name=name or before.name, place=where),)


def _print_contents(contents: dict[str, Any], *, as_json: bool = False) -> None:
    if as_json:
        out().print_json(json.dumps(contents))
        return
    places = {one["name"]: one["place"] for one in contents["things"]}
    table = Table(title=f"dataset {contents['dataset']}, times in {contents['zone'] or 'zones of their own'}")
    for name in ("in the file", "taken as", "unit", "thing", "datastream"):
        table.add_column(name)
    for one in contents["taken"]:
        where = "" if places.get(one["thing"]) else " (no place)"
        cells = (one["column"], one["observed_property"], one["unit"] or one["kind"], f"{one['thing']}{where}")
        table.add_row(*(escape(cell) for cell in cells), str(one["datastream"] or ""))
    out().print(table)
    for one in contents["left_out"]:
        err().print(f"left out: {one['column']}: {one['why']}", markup=False)
    for note in contents["notes"]:
        err().print(f"note: {note}", markup=False)


def _print(summary: Summary) -> None:
    document, tally = summary.json(), summary.tally
    _print_contents(document)
    counts = ", ".join(f"{getattr(tally, name):,} {name}" for name in ("kept", "known", "missing"))
    refused = "".join(f"; {count:,} refused ({why})" for why, count in tally.refused.most_common())
    rate = f", {tally.read / summary.seconds:,.0f} values/s" if summary.seconds else ""
    out().print(
        f"{tally.read:,} values in {tally.lines:,} lines: {counts}{refused}; {summary.seconds:.1f} s{rate}",
        markup=False,
    )
    for one in tally.told[:10]:
        err().print(f"{one['place']}: {one['reason']}", markup=False)
