"""Pages of entities with what is expanded of them: one statement for each level, whatever the number of entities."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    FromClause,
    RowMapping,
    Select,
    bindparam,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from layers.errors import ParameterError
from twin.sensing.entities.description import Columns, Entity, Link
from twin.sensing.entities.filtering import condition_of
from twin.sensing.entities.model import DATASTREAM
from twin.sensing.entities.paging import Key, after, keys_of, token_of
from twin.sensing.entities.view import View
from twin.sensing.observation_id import beginning_of, month_of_id
from twin.sensing.query import Options
from twin.store.sensing_models import latest, moved_observation

USUAL, MOST = 100, 1000
# Of each entity, where nothing is said, and all together; each count within is a statement of its own.
USUAL_EXPANDED, MOST_EXPANDED, MOST_COUNTED = 25, 50_000, 2000
Row = RowMapping


@dataclass
class Node:
    """An entity with what is expanded of it."""

    entity: Entity
    row: Row
    expanded: dict[str, "Page"] = field(default_factory=dict)


@dataclass
class Page:
    """Some of a set of entities; ``following`` is the token of the next page, ``count`` how many there are in all."""

    entity: Entity
    nodes: list[Node] = field(default_factory=list)
    following: str | None = None
    count: int | None = None


@dataclass
class Budget:
    """How many entities, and counts of them, an answer may still have."""

    entities: int = MOST_EXPANDED
    counts: int = MOST_COUNTED

    def take(self, link: Link, entities: int) -> None:
        """Take entities that a link leads to; raises ParameterError where they are too many."""
        self.entities -= entities
        if self.entities < 0:
            raise ParameterError(
                "$expand", f"{link.name}: this is more than {MOST_EXPANDED} entities; ask for fewer ($top)"
            )

    def count(self, link: Link, number: int) -> None:
        """Take counts of what a link leads to; raises ParameterError where they are too many."""
        self.counts -= number
        if self.counts < 0:
            raise ParameterError(
                "$count", f"{link.name}: these are more than {MOST_COUNTED} counts; ask for fewer ($top)"
            )


@dataclass(frozen=True)
class Start:
    """Where a page begins to be looked for: along a link from one entity, whose columns are bound."""

    link: Link
    origin: Row


def read_page(connection: Connection, view: View, entity: Entity, options: Options, start: Start | None = None) -> Page:
    """Return a page of a set, or of what a link leads to; raises ParameterError."""
    rows = entity.rows(view).subquery()
    source, conditions = _from(rows, start)
    if options.filter is not None:
        conditions.append(condition_of(options.filter, entity, rows.c, view))
    keys = keys_of(options, entity, rows.c, view)
    statement = _columns(entity, rows.c, keys).select_from(source).where(*conditions)
    top = min(USUAL if options.top is None else options.top, MOST)
    if options.skip_token is not None:
        statement = statement.where(after(keys, options.skip_token))
    statement = statement.order_by(*(key.ordered() for key in keys)).limit(top + 1).offset(options.skip)
    found = connection.execute(statement).mappings().all()
    page = _page(entity, found, keys, top)
    if options.count:
        page.count = _count(connection, view, entity, options, start)
    _expand(connection, view, page.nodes, options, Budget())
    return page


def read_one(
    connection: Connection, view: View, entity: Entity, number: object, options: Options, start: Start | None = None
) -> Node:
    """Return one entity; raises NotFound where there is none, or none to be seen."""
    if not isinstance(number, int) or abs(number) >= 2**63:
        raise entity.missing(number)
    rows = entity.rows(view).subquery()
    source, conditions = _from(rows, start)
    if entity.type == "Observation":
        conditions += in_month(rows.c, number)
    statement = _columns(entity, rows.c, []).select_from(source).where(rows.c.id == number, *conditions)
    found = connection.execute(statement).mappings().first()
    if found is None:
        raise entity.missing(number)
    node = Node(entity, found)
    _expand(connection, view, [node], options, Budget())
    return node


def _from(rows: FromClause, start: Start | None) -> tuple[FromClause, list[Any]]:
    """Return what rows are selected from and the conditions that they are those that a link leads to."""
    if start is None:
        return rows, []
    source, condition = start.link.follow(bound(start.origin), rows)
    return source, [condition]


def in_month(columns: Columns, number: int) -> list[Any]:
    """Return the conditions by which an observation is looked for in its own partition alone."""
    month = month_of_id(number)
    if month is None:
        return [literal(False)]
    moved = moved_observation.c
    elsewhere = select(moved.time).where(moved.id == number).correlate(None).scalar_subquery()
    begins, ends = (literal(beginning_of(one), DateTime(timezone=True)) for one in (month, month + 1))
    at_least = columns.time >= func.coalesce(elsewhere, begins)
    return [at_least, columns.time < func.coalesce(elsewhere + timedelta(microseconds=1), ends)]


def bound(row: Row) -> Any:
    """Return the id and keys of a row as bound values."""
    return SimpleNamespace(**{name[1:]: literal(value, BigInteger) for name, value in row.items() if name[0] == "_"})


def _columns(entity: Entity, columns: Columns, keys: Sequence[Key]) -> Select[Any]:
    own = [columns[name].label(f"_{name}") for name in ("id", *entity.keys)]
    values = [columns[name] for one in entity.properties for name in one.columns]
    return select(*own, *values, *(key.sql.label(f"_k{place}") for place, key in enumerate(keys)))


def _page(entity: Entity, found: Sequence[Row], keys: Sequence[Key], top: int) -> Page:
    shown = found[:top]
    following = token_of(keys, shown[-1]) if len(found) > top and shown else None
    return Page(entity, [Node(entity, row) for row in shown], following)


def _count(connection: Connection, view: View, entity: Entity, options: Options, start: Start | None) -> int:
    kept = None if options.filter is not None else _kept_count(view, entity, start)
    found = None if kept is None else connection.execute(kept).scalar_one()
    if found is None:
        rows = entity.rows(view).subquery()
        source, conditions = _from(rows, start)
        if options.filter is not None:
            conditions.append(condition_of(options.filter, entity, rows.c, view))
        found = connection.execute(select(func.count()).select_from(source).where(*conditions)).scalar_one()
    return int(found)


def _kept_count(view: View, entity: Entity, start: Start | None) -> Select[Any] | None:
    """Return the statement of a count that is kept, which is null where it is not: of a set, or of a datastream."""
    if entity.type == "Observation":
        return _observation_count(view, start)
    if start is not None or entity.type not in ("Thing", "Datastream"):
        return None
    return view.thing_count() if entity.type == "Thing" else view.stream_count()


def _observation_count(view: View, start: Start | None) -> Select[Any] | None:
    counts = select(func.coalesce(func.sum(latest.c.count), 0)).where(latest.c.datastream.in_(view.stream_numbers()))
    if start is None:
        return counts
    is_of_stream = start.link is DATASTREAM.link("Observations")
    return counts.where(latest.c.datastream == start.origin["_id"]) if is_of_stream else None


def _expand(connection: Connection, view: View, nodes: list[Node], options: Options, budget: Budget) -> None:
    if not nodes:
        return
    for one in options.expand:
        link = nodes[0].entity.require_link(one.link, "$expand")
        _expand_link(connection, view, nodes, link, one.options, budget)


def _expand_link(
    connection: Connection, view: View, nodes: list[Node], link: Link, options: Options, budget: Budget
) -> None:
    target = nodes[0].entity.kin[link.target]
    top = min(USUAL_EXPANDED if options.top is None else options.top, MOST) if link.many else 1
    origin = _origins(nodes)
    rows = target.rows(view).subquery()
    keys = keys_of(options, target, rows.c, view)
    source, of_origin = link.follow(origin.c, rows)
    inner = _columns(target, rows.c, keys).select_from(source).where(of_origin)
    if options.filter is not None:
        inner = inner.where(condition_of(options.filter, target, rows.c, view))
    inner = inner.order_by(*(key.ordered() for key in keys)).limit(top + 1).offset(options.skip)
    lateral = inner.lateral("found")
    statement = select(origin.c.n, *lateral.c).select_from(origin.join(lateral, true()))
    found = connection.execute(statement.limit(budget.entities + 1)).mappings().all()
    budget.take(link, len(found))
    if options.count:
        budget.count(link, len(nodes))
    by_node: dict[int, list[Row]] = {}
    for row in found:
        by_node.setdefault(row["n"], []).append(row)
    for place, node in enumerate(nodes):
        node.expanded[link.name] = _page(target, by_node.get(place, []), keys, top)
        if options.count:
            start = Start(link, node.row)
            node.expanded[link.name].count = _count(connection, view, target, options, start)
    _expand(connection, view, list(_nodes(nodes, link)), options, budget)


def _nodes(nodes: Sequence[Node], link: Link) -> Iterator[Node]:
    for node in nodes:
        yield from node.expanded[link.name].nodes


def _origins(nodes: Sequence[Node]) -> Any:
    """Return the ids and keys of entities as a table, with their places as ``n``."""
    names = ["_id", *(f"_{key}" for key in nodes[0].entity.keys)]
    values = {"n": list(range(len(nodes))), **{name[1:]: [node.row[name] for node in nodes] for name in names}}
    arrays = [bindparam(None, numbers, type_=ARRAY(BigInteger)) for numbers in values.values()]
    return func.unnest(*arrays).table_valued(*values, name="origin").render_derived()
