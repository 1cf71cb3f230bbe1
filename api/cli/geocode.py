"""``twin geocode``: addresses to places, one or a table; places to addresses."""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli._database import opened
from api.console import err, out
from layers.access import LOCAL_OPERATOR
from layers.errors import ParameterError, SourceError
from layers.query import geocode as geocoding
from layers.space import normalise

_TEXT = "An address, a junction or a name."
_FILE = "A table of addresses: CSV in UTF-8 or GB 18030."
_COLUMN = "The column that has the addresses; else 地址, address or the like."


def app_command(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(geocode)


def geocode(  # noqa: PLR0913 - each is an option of the command line
    text: Annotated[str | None, typer.Argument(help=_TEXT)] = None,
    *,
    file: Annotated[Path | None, typer.Option(help=_FILE)] = None,
    column: Annotated[str | None, typer.Option(help=_COLUMN)] = None,
    results: Annotated[Path | None, typer.Option("--out", help="Write the table here; else to stdout.")] = None,
    at: Annotated[str | None, typer.Option(help="Longitude,latitude: find the address of a place instead.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=20, help="The most answers.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Find the place of an address or name, of each address of a table, or the address of a place."""
    if sum(each is not None for each in (text, file, at)) != 1:
        raise ParameterError("TEXT", "give one of: an address, --file with a table, or --at longitude,latitude")
    if file is not None:
        _table(file, column, results)
    elif at is not None:
        _reverse(at, as_json=as_json)
    else:
        _one(text or "", limit, as_json=as_json)


def _one(text: str, limit: int, *, as_json: bool) -> None:
    with opened() as (database, registry):
        gazetteer = geocoding.gazetteer_for(database, registry, LOCAL_OPERATOR)
    answers = geocoding.geocode(gazetteer, text, limit)
    if as_json:
        document = {"query": text, "normal": normalise(text), "answers": [answer.json() for answer in answers]}
        out().print_json(json.dumps(document, ensure_ascii=False))
        return
    if not answers:
        out().print(f"nothing on the map fits {normalise(text)}", markup=False)
        return
    out().print(normalise(text), markup=False)
    for answer in answers:
        place = answer.place
        object_ = f"{place.layer} {place.fid} {place.name or ''}".strip() if place else ""
        words = f"{answer.how.words.zh} {answer.how.words.en}"
        line = (f"{answer.confidence:.2f}", f"{answer.lon:.6f},{answer.lat:.6f}", answer.matched, object_, words)
        out().print("  ".join(part for part in line if part), markup=False)


def _table(file: Path, column: str | None, results: Path | None) -> None:
    try:
        body = file.read_bytes()
    except OSError as error:
        raise SourceError(str(file), f"it cannot be read ({error.strerror})") from error
    columns, rows = geocoding.read_table(body)
    chosen = geocoding.address_column(columns, column)
    with opened() as (database, registry):
        gazetteer = geocoding.gazetteer_for(database, registry, LOCAL_OPERATOR)
    started = time.perf_counter()
    table = geocoding.geocode_table(gazetteer, columns, rows, chosen)
    seconds = time.perf_counter() - started
    if results is None:
        typer.echo(table, nl=False)
    else:
        # Spreadsheets read a file with this mark as UTF-8, and any other in the machine's code page.
        results.write_text(table, encoding="utf-8-sig", newline="")
    rate = f", {len(rows) / seconds:,.0f} a second" if seconds else ""
    err().print(f"{len(rows):,} addresses in {seconds:.2f} s{rate}", markup=False)


def _reverse(at: str, *, as_json: bool) -> None:
    lon, lat = _place(at)
    with opened() as (database, registry), database.reader.connect() as connection:
        answer = geocoding.reverse(connection, geocoding.readable(registry, LOCAL_OPERATOR), lon, lat)
    if as_json:
        out().print_json(json.dumps(answer, ensure_ascii=False))
        return
    words: dict[str, Any] | None = answer["words"]
    out().print("nothing is near" if words is None else f"{words['zh']} ({words['en']})", markup=False)
    for division in answer["divisions"]:
        out().print(f"{division.get('division_code') or ''} {division.get('name') or ''}".strip(), markup=False)


def _place(at: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in at.split(","))
    except ValueError:
        raise ParameterError("--at", f"{at!r} is not longitude,latitude such as 121.5013,31.2356") from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ParameterError("--at", f"{at!r} is not on the earth: longitude first, then latitude, in degrees")
    return lon, lat
