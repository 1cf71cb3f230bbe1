"""``twin observations export``: observations of datastreams into a file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import func, select

from api.cli._bar import Bar
from api.cli._database import opened
from api.console import out
from layers.access import LOCAL_OPERATOR
from layers.errors import ParameterError
from layers.numbers import parse_wholes
from layers.store import Database
from layers.temporal import parse_when
from twin.sensing.entities.view import View
from twin.sensing.export import Wanted, forms, read_pages, refreshed, streams_of, streams_wanted
from twin.sensing.export.form import Form
from twin.sensing.export.pages import Page
from twin.sensing.files.times import zone_of
from twin.store.sensing_models import latest

_DATETIME = "An RFC 3339 instant, day or interval: 2026-03-01/2026-03-31T23:59:59+08:00. All without it."


def export(
    path: Annotated[Path, typer.Argument(help="The file to write: .csv, .geojson, .ndjson or .parquet.")],
    *,
    datastreams: Annotated[str | None, typer.Option(help="Numbers of datastreams: 1,2,3.")] = None,
    things: Annotated[str | None, typer.Option(help="Or of things, for all of theirs.")] = None,
    datetime: Annotated[str | None, typer.Option(help=_DATETIME)] = None,
    zone: Annotated[str, typer.Option(help="The zone of the times.")] = "Asia/Shanghai",
) -> None:
    """Write observations, one a line, with name, unit, thing and quality; a file of that name is replaced when done."""
    form = _form(path)
    if (datastreams is None) == (things is None):
        raise ParameterError("datastreams", "name either datastreams or things, by their numbers: 1,2,3")
    when = None if datetime is None else parse_when(datetime)
    with opened() as (database, _), Bar() as bar:
        numbers = _numbers(database, datastreams, things)
        first, last = (None, None) if when is None else (when.first, when.last)
        wanted = Wanted(tuple(numbers), first, last, zone_of(zone), form.places)
        counted = _Counted(bar, _most(database, numbers) if when is None else None)
        read = read_pages(database.reader.connect, lambda: refreshed(View.of(LOCAL_OPERATOR)), wanted)
        _write(path, form.write(counted.over(read), wanted))
    out().print(f"{counted.number:,} observations of {len(numbers):,} datastreams in {path}", markup=False)


def _form(path: Path) -> Form:
    found = next((one for one in forms().values() if path.name.lower().endswith(one.suffix)), None)
    if found is None:
        raise ParameterError(
            "path", f"{path.name!r} ends in none of {', '.join(one.suffix for one in forms().values())}"
        )
    return found


def _numbers(database: Database, datastreams: str | None, things: str | None) -> list[int]:
    name, text = ("datastreams", datastreams) if things is None else ("things", things)
    named = parse_wholes(name, text or "")
    view = View.of(LOCAL_OPERATOR)
    with database.reader.connect() as connection:
        numbers = streams_of(connection, view, named) if datastreams is None else named
        streams_wanted(connection, view, numbers)
    return numbers


def _most(database: Database, numbers: list[int]) -> int:
    """Return how many observations the datastreams have."""
    with database.reader.connect() as connection:
        counted = select(func.sum(latest.c.count)).where(latest.c.datastream == func.any(numbers))
        return int(connection.execute(counted).scalar_one() or 0)


class _Counted:
    """Counts pages on their way, and shows how far they are."""

    def __init__(self, bar: Bar, most: int | None) -> None:
        self._bar, self._most = bar, most
        self.number = 0

    def over(self, read: Iterator[Page]) -> Iterator[Page]:
        """Yield the pages."""
        for stream, rows in read:
            self.number += len(rows)
            yield stream, rows
            self._bar.report(self.number, self._most, "observations")


def _write(path: Path, pieces: Iterator[bytes]) -> None:
    """Write a file whole, or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as target:
            for piece in pieces:
                target.write(piece)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
