"""Reads matches: pages of them with both objects, and their counts."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import BigInteger, Connection, Select, case, func, or_, select, true
from sqlalchemy import cast as sql_cast
from sqlalchemy.sql.elements import ColumnElement

from layers.access.areas import touches
from layers.access.decision import Decision, shown_columns
from layers.access.principals import Area
from layers.access.rows import in_sight
from layers.base import Layer
from layers.errors import NotFound, ParameterError
from layers.query.bbox import Bbox
from layers.query.cursor import read_cursor, write_cursor
from layers.query.geojson import as_geojson
from layers.store.dataset_layer import DatasetLayer
from layers.store.models import match
from layers.store.tables import feature_table
from layers.temporal import rfc3339

State = Literal["proposed", "accepted", "refused", "undone"]
Relation = Literal["same", "contains"]
STATES: tuple[State, ...] = get_args(State)
RELATIONS: tuple[Relation, ...] = get_args(Relation)
# Scores have six decimals, so that a cursor of whole numbers marks the end of a page.
_SCALE = 1_000_000
# Sorts matches of the same object before those of whole and part, whatever their scores.
_BEFORE = _SCALE + 1
# Numbers of matches by relation and state.
Counts = dict[str, dict[str, int]]
_DECIDED = ("principal", "reason")
_OF_OBJECT = ("fid", "dataset", "source_key", "code", "hidden_by", "hidden_from", "grade", "load_id")
_MERGED = re.compile(r"match/([1-9]\d{0,17})")


@dataclass(frozen=True)
class MatchQuery:
    """The parameters of a request for matches; ``after`` is the cursor of a next link."""

    limit: int
    state: State | None = None
    relation: Relation | None = None
    above: float | None = None
    bbox: Bbox | None = None
    after: str | None = None


@dataclass(frozen=True)
class Sight:
    """What a reader may see: the decisions on the layer's objects and on the matches, and the reader's area."""

    objects: Decision
    matches: Decision
    area: Area | None = None

    @property
    def masked(self) -> frozenset[str]:
        """Return the fields of a match that are not shown."""
        return frozenset(_DECIDED) if "principal" in self.matches.masked else frozenset()


def parse_state(text: str | None) -> State | None:
    """Read a state."""
    if text is None or text in STATES:
        return text
    raise ParameterError("state", f"{text!r} is none of {', '.join(STATES)}")


def parse_relation(text: str | None) -> Relation | None:
    """Read a relation."""
    if text is None or text in RELATIONS:
        return text
    raise ParameterError("relation", f"{text!r} is neither {' nor '.join(RELATIONS)}")


def page_of_matches(
    connection: Connection, layer: DatasetLayer, sight: Sight, query: MatchQuery
) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of matches whose objects are both readable, and the next cursor.

    A reader who is bound to an area gets those that touch it. Matches of the same object come first, then wholes with
    their parts; the highest score first.
    """
    rows = connection.execute(_page(layer, sight, query)).mappings().all()
    shown = rows[: query.limit]
    last = shown[-1] if len(rows) > query.limit else None
    following = None if last is None else write_cursor(last["place"], last["id"])
    return [_match(row, layer, sight) for row in shown], following


def one_match(connection: Connection, layer: DatasetLayer, sight: Sight, number: int) -> dict[str, Any]:
    """Return one match, or raise NotFound where there is none whose objects are both readable."""
    statement = _joined(layer, sight).where(match.c.id == number)
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise no_match(number)
    return _match(row, layer, sight)


def layer_of_match(connection: Connection, number: int) -> str:
    """Return the id of the layer that a match is of, or raise NotFound."""
    layer_id = connection.execute(select(match.c.layer).where(match.c.id == number)).scalar_one_or_none()
    if layer_id is None:
        raise no_match(number)
    return str(layer_id)


def no_match(number: int) -> NotFound:
    """Return the error for the number of no readable match."""
    return NotFound(f"there is no match {number}; GET /matches?layer=… and 'twin match list' list them")


def counts_of_matches(connection: Connection, layers: Iterable[str]) -> dict[str, Counts]:
    """Return how many matches each of some layers has, by relation and state; layers without any are included."""
    counts: dict[str, Counts] = {layer: {"same": {}, "contains": {}} for layer in layers}
    grouped = select(match.c.layer, match.c.relation, match.c.state, func.count().label("n"))
    of_layers = grouped.where(match.c.layer.in_(list(counts)))
    for row in connection.execute(of_layers.group_by(match.c.layer, match.c.relation, match.c.state)):
        counts[row.layer].setdefault(row.relation, {})[row.state] = row.n
    return counts


def match_of(hidden_by: str | None) -> int | None:
    """Return the number of the merge that hides a row, or None."""
    merged = _MERGED.fullmatch(hidden_by or "")
    return int(merged[1]) if merged else None


def _page(layer: DatasetLayer, sight: Sight, query: MatchQuery) -> Select[Any]:
    table = feature_table(layer)
    conditions: list[ColumnElement[bool]] = []
    if query.state is not None:
        conditions.append(match.c.state == query.state)
    if query.relation is not None:
        conditions.append(match.c.relation == query.relation)
    if query.above is not None:
        conditions.append(match.c.score >= query.above)
    place = sql_cast(func.round(match.c.score * _SCALE), BigInteger) + case(
        (match.c.relation == "same", _BEFORE), else_=0
    )
    if query.after is not None:
        last, number = read_cursor(query.after)
        conditions.append((place < last) | ((place == last) & (match.c.id > number)))
    if query.bbox is not None:
        near = select(table.c.fid).where(query.bbox.touches(table.c.geom))
        conditions.append(match.c.a.in_(near) | match.c.b.in_(near))
    page = _joined(layer, sight, inside=True).add_columns(place.label("place")).where(*conditions)
    return page.order_by(place.desc(), match.c.id).limit(query.limit + 1)


def _joined(layer: DatasetLayer, sight: Sight, *, inside: bool = False) -> Select[Any]:
    """Return matches beside the newest slices of both objects, ended or not.

    Rows graded open are readable everywhere, unless only matches that touch the area are requested (``inside``).
    """
    sides = {side: _newest(layer, match.c[side]) for side in ("a", "b")}
    columns = [
        column.label(f"{side}_{name}")
        for side, rows in sides.items()
        for name, column in (
            *((name, rows.c[name]) for name in _OF_OBJECT),
            *((column.name, rows.c[column.name]) for column in shown_columns(layer, sight.objects)),
            ("geometry", as_geojson(rows.c.geom)),
        )
    ]
    conditions = [in_sight(layer, rows.c, sight.objects) for rows in sides.values()]
    if inside and sight.area is not None:
        conditions.append(or_(*(touches(sight.area, rows.c.geom) for rows in sides.values())))
    joined = match.join(sides["a"], true()).join(sides["b"], true())
    return select(*match.c, *columns).select_from(joined).where(match.c.layer == layer.id, *conditions)


def _newest(layer: DatasetLayer, fid: ColumnElement[int]) -> Any:
    table = feature_table(layer)
    return select(table).where(table.c.fid == fid).order_by(func.lower(table.c.valid).desc()).limit(1).lateral()


def _match(row: Mapping[Any, Any], layer: Layer, sight: Sight) -> dict[str, Any]:
    hidden = {"marks", "since", "filled", "accepted_order"} | sight.masked
    body: dict[str, Any] = {str(column.name): row[column.name] for column in match.c if column.name not in hidden}
    body |= {name: rfc3339(value) for name, value in body.items() if isinstance(value, datetime)}
    names = [column.name for column in shown_columns(layer, sight.objects)]
    filled = {name: value for name, value in row["filled"].items() if name in names}
    return body | {"filled": filled, "objects": {side: _object(row, side, names) for side in ("a", "b")}}


def _object(row: Mapping[Any, Any], side: str, names: list[str]) -> dict[str, Any]:
    properties = {name: row[f"{side}_{name}"] for name in (*_OF_OBJECT, *names)}
    properties |= {name: rfc3339(value) for name, value in properties.items() if isinstance(value, datetime)}
    geometry = row[f"{side}_geometry"]
    return {"type": "Feature", "id": properties.pop("fid"), "geometry": geometry, "properties": properties}
