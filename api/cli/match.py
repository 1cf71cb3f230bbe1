"""``twin match``: objects of several sources that may be one."""

import json
from typing import Annotated

import typer
from rich.table import Table

from api.cli._bar import Bar
from api.cli._database import opened
from api.console import out
from layers.access import LOCAL_OPERATOR, decide
from layers.entities import (
    Decider,
    MatchQuery,
    Sight,
    accept,
    accept_above,
    counts_of_matches,
    dataset_layer,
    layer_of_match,
    one_match,
    page_of_matches,
    parse_options,
    parse_relation,
    parse_state,
    propose,
    refuse,
    undo,
)
from layers.registry import Registry
from layers.store import Database, DatasetLayer

Layer = Annotated[str, typer.Argument(help="The layer, such as buildings.")]
Number = Annotated[int, typer.Argument(help="The match's number.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the decision.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="Objects of several sources that may be one.", no_args_is_help=True)
    verbs.command("propose")(propose_matches)
    verbs.command("list")(list_matches)
    verbs.command("accept")(accept_match)
    verbs.command("refuse")(refuse_match)
    verbs.command("undo")(undo_match)
    verbs.command("report")(report)
    app.add_typer(verbs, name="match")


def propose_matches(
    layer: Layer,
    *,
    between: Annotated[str | None, typer.Option(help="Two datasets a,b; a,a for duplicates; else all.")] = None,
    reach_m: Annotated[float | None, typer.Option("--reach", help="How far apart shapes may be, metres.")] = None,
    least: Annotated[float | None, typer.Option(help="The lowest score that is proposed.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the datasets of a layer, and keep likely matches as proposals; decided ones stay as they are."""
    options = parse_options(between, reach_m, least)
    with opened() as (database, registry), Bar() as bar:
        summary = propose(database, dataset_layer(registry.get(layer)), options, bar).json()
    if as_json:
        out().print_json(json.dumps(summary, ensure_ascii=False))
        return
    for each in summary["compared"]:
        one, other = each["datasets"]
        counts = f"{each['objects']:,} objects, {each['pairs']:,} neighbours"
        out().print(f"{one} – {other}: {counts}; {each['same']} the same, {each['contains']} parts", markup=False)
    counts = ", ".join(f"{summary[name]} {name}" for name in ("fresh", "again", "decided", "withdrawn"))
    out().print("\n".join([f"proposals: {counts}", *summary["notes"]]), markup=False)


def list_matches(
    layer: Layer,
    *,
    state: Annotated[str, typer.Option(help="proposed, accepted, refused, undone, or all.")] = "proposed",
    relation: Annotated[str, typer.Option(help="same, contains (a whole and its part), or all.")] = "same",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, the likeliest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List matches, the likeliest first."""
    with opened() as (database, registry), database.reader.connect() as connection:
        dataset = dataset_layer(registry.get(layer))
        query = MatchQuery(limit, parse_state(_unless_all(state)), parse_relation(_unless_all(relation)))
        page, _ = page_of_matches(connection, dataset, _sight(dataset), query)
    if as_json:
        out().print_json(json.dumps(page, ensure_ascii=False))
        return
    if not page:
        out().print(f"no such matches; 'twin match report {layer}' counts the existing ones", markup=False)
        return
    table = Table("number", "score", "state", "one", "other", "why")
    for each in page:
        sides = [_object_label(each["objects"][side]) for side in ("a", "b")]
        why = each["reason"] or " ".join(_points(each["parts"]))
        table.add_row(str(each["id"]), f"{each['score']:.3f}", each["state"], *sides, why)
    out().print(table)


def accept_match(
    number: Annotated[int | None, typer.Argument(help="The match's number.")] = None,
    *,
    reason: Reason,
    survivor: Annotated[int | None, typer.Option(help="The fid that stays; else by precedence.")] = None,
    layer: Annotated[str | None, typer.Option(help="With --above: the layer.")] = None,
    above: Annotated[float | None, typer.Option(help="Accept all proposed merges with at least this score.")] = None,
) -> None:
    """Accept one match, or all likely merges of a layer at once."""
    decider = Decider(LOCAL_OPERATOR, reason)
    if number is not None and above is None:
        with opened() as (database, registry):
            dataset = _layer_of(database, registry, number)
            accept(database, dataset, number, decider, survivor)
            _print_match(database, dataset, number)
        return
    if number is not None or layer is None or above is None:
        raise typer.BadParameter("give the number of a match, or --layer and --above")
    with opened() as (database, registry):
        accepted, remaining = accept_above(database, dataset_layer(registry.get(layer)), above, decider)
    out().print(f"{accepted} matches are accepted, {remaining} left as proposed", markup=False)


def refuse_match(number: Number, *, reason: Reason) -> None:
    """Refuse a match; it is not proposed again unless one of the objects changes."""
    with opened() as (database, registry):
        dataset = _layer_of(database, registry, number)
        refuse(database, dataset, number, Decider(LOCAL_OPERATOR, reason))
        _print_match(database, dataset, number)


def undo_match(number: Number, *, reason: Reason) -> None:
    """Take an accepted match back, in any order; its objects are as if it had not been accepted."""
    with opened() as (database, registry):
        dataset = _layer_of(database, registry, number)
        undo(database, dataset, number, Decider(LOCAL_OPERATOR, reason))
        _print_match(database, dataset, number)


def report(layer: Layer, as_json: AsJson = False) -> None:
    """Count the matches of a layer by relation and state."""
    with opened() as (database, registry), database.reader.connect() as connection:
        layer_id = dataset_layer(registry.get(layer)).id
        counts = counts_of_matches(connection, [layer_id])[layer_id]
    if as_json:
        out().print_json(json.dumps(counts))
        return
    for relation, states in counts.items():
        text = ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "none"
        out().print(f"{relation}: {text}", markup=False)


def _layer_of(database: Database, registry: Registry, number: int) -> DatasetLayer:
    with database.reader.connect() as connection:
        return dataset_layer(registry.get(layer_of_match(connection, number)))


def _print_match(database: Database, layer: DatasetLayer, number: int) -> None:
    """Print what a match is now, and of which objects."""
    with database.reader.connect() as connection:
        document = one_match(connection, layer, _sight(layer), number)
    names = [f"{_object_label(each)} (fid {each['id']})" for each in document["objects"].values()]
    outcome = [f"fid {document['survivor']} stays"] if document["survivor"] is not None else []
    out().print("; ".join([f"match {number} is {document['state']}: {names[0]} – {names[1]}", *outcome]), markup=False)


def _unless_all(word: str) -> str | None:
    return None if word == "all" else word


def _sight(layer: DatasetLayer) -> Sight:
    return Sight(decide(LOCAL_OPERATOR, "read", layer), decide(LOCAL_OPERATOR, "read", "matches"))


def _object_label(feature: dict[str, object]) -> str:
    properties = feature["properties"]
    assert isinstance(properties, dict)  # noqa: S101 - always a feature's properties
    name = properties.get("name") or properties.get("name_en") or ""
    return f"{properties['dataset']} {properties['source_key']} {name}".strip()


def _points(parts: dict[str, object]) -> list[str]:
    """Return the evidence for and against a match, the weightiest first."""
    points = [(name, part["points"]) for name, part in parts.items() if isinstance(part, dict)]
    return [f"{name}{points:+.1f}" for name, points in sorted(points, key=lambda pair: -abs(pair[1]))]
