"""``twin bim place``: a model is moved by hand, a move is taken back, and what was ever said of its place is told."""

import json
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from api.cli._bim_load import AsJson
from api.cli._bim_models import seen
from api.cli._database import opened
from api.console import out
from api.placements import placement_document
from bim.ingest import place_of
from bim.placing import Moved, move, read_relocation, read_why, shift_between, take_back
from layers.access import LOCAL_OPERATOR, audit_statement, decide
from layers.errors import ParameterError
from layers.store import Database

At = Annotated[str | None, typer.Option(help="longitude,latitude[,height] of the middle of its plan, or of --anchor.")]
Heading = Annotated[float | None, typer.Option(help="Degrees from east to its x-axis, anticlockwise, 0 to 360.")]
By = Annotated[str | None, typer.Option(help="east,north[,up] in metres from where it stands: 1.5,-0.3")]
Anchor = Annotated[str | None, typer.Option(help="x,y,z: the point of the model that --at and --heading are of.")]
Why = Annotated[str | None, typer.Option(help="The reason, which stays on record.")]


def place(  # noqa: PLR0913 - each is an option of the command line
    model: Annotated[str, typer.Argument(help="The model's id; see: twin bim list.")],
    *,
    at: At = None,
    heading: Heading = None,
    by: By = None,
    anchor: Anchor = None,
    why: Why = None,
    take: Annotated[bool, typer.Option("--take-back", help="Let it stand where its file says again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Move a model by hand, with all that lies where it stands; without options, tell where it stands and why."""
    asked = _words(at, heading, by, anchor)
    if take and asked:
        raise ParameterError("take-back", "either a place is stated, or the one that was stated is taken back")
    with opened() as (database, _):
        if take:
            _record(database, model, reason := read_why(why or "taken back"))
            _tell(take_back(database, model, LOCAL_OPERATOR.name, reason))
        elif asked:
            relocation = read_relocation(asked | {"why": why})
            _record(database, model, relocation.why)
            _tell(move(database, model, relocation, LOCAL_OPERATOR.name))
        with database.reader.connect() as connection:
            version, _view = seen(connection, model)
            shown = decide(LOCAL_OPERATOR, "read", "placements")
            document = placement_document(connection, version, shown, None, may_move=True)
    if as_json:
        out().print_json(json.dumps(document))
    elif not (asked or take):
        out().print(_table(document))


def _words(at: str | None, heading: float | None, by: str | None, anchor: str | None) -> dict[str, object]:
    words: dict[str, object] = {}
    if at is not None:
        words["lon"], words["lat"], height = place_of(at, "at")
        words |= {} if height is None else {"height_m": height}
    if heading is not None:
        words["heading_deg"] = heading
    if by is not None:
        words |= zip(("east_m", "north_m", "up_m"), _numbers(by, "by", (2, 3)), strict=False)
    return words | ({} if anchor is None else {"anchor": _numbers(anchor, "anchor", (3,))})


def _numbers(text: str, name: str, counts: tuple[int, ...]) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in counts:
        raise ParameterError(name, f"{text!r} is not {' or '.join(map(str, counts))} numbers with commas between them")
    return numbers


def _record(database: Database, model: str, why: str) -> None:
    with database.writer.begin() as connection:
        detail = {"model": model[:200], "why": why}
        connection.execute(audit_statement(LOCAL_OPERATOR, "write", "placements", allowed=True, detail=detail))


def _tell(moved: Moved) -> None:
    told = shift_between(moved.before, moved.after)
    out().print(
        f"moved {told['east_m']:+.3f} m east, {told['north_m']:+.3f} m north, {told['up_m']:+.3f} m up, turned "
        f"{told['turn_deg']:+.4f}°: {moved.rows:,} elements in {moved.versions} versions"
    )


def _table(document: dict[str, object]) -> Table:
    table = Table(title=escape(f"{document['model']}: {json.dumps(document['placement'])}"))
    for name in ("when", "who", "why", "longitude, latitude, height", "heading", "believed until"):
        table.add_column(name)
    history = document["history"]
    for one in history if isinstance(history, list) else []:
        placed = one["placement"]
        where = ("where its file says", "") if placed is None else (
            f"{placed['lon']:.8f}, {placed['lat']:.8f}, {placed['height_m']:.3f}", f"{placed['heading_deg'] % 360:.4f}°"
        )  # fmt: skip
        table.add_row(*map(escape, (one["when"], one["who"], one["why"], *where, one["until"] or "")))
    return table
