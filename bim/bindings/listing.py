"""Bindings as they are asked for: by model, element or thing, at a time."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select

from bim.bindings.binding import Binding, Span
from bim.bindings.orphans import is_orphan
from bim.bindings.visibility import visible_bindings
from bim.store import binding
from bim.tileset.statement import View

Json = dict[str, Any]
_MOST_THINGS = 500


@dataclass(frozen=True)
class BindingQuery:
    """Which bindings are meant; ``orphans`` are those whose element is not in its model at that time."""

    model: str | None = None
    element: str | None = None
    thing: str | None = None
    orphans: bool = False


@dataclass(frozen=True)
class BindingsPage:
    """Bindings in order of their numbers, with the page's last number where there are more."""

    bindings: list[Binding]
    following: int | None


def bindings_page(connection: Connection, view: View, query: BindingQuery, limit: int, after: int = 0) -> BindingsPage:
    """Return a page of the bindings that a reader may see."""
    statement = bindings_statement(view, query).where(binding.c.id > after).order_by(binding.c.id)
    found = [binding_of(row) for row in connection.execute(statement.limit(limit + 1)).mappings()]
    more = len(found) > limit
    return BindingsPage(found[:limit], found[limit - 1].id if more else None)


def bindings_statement(view: View, query: BindingQuery) -> Select[Any]:
    """Return the statement of the bindings that are meant."""
    statement = visible_bindings(view)
    for name in ("model", "element", "thing"):
        value = getattr(query, name)
        if value is not None:
            statement = statement.where(binding.c[name] == value)
    return statement.where(is_orphan(view)) if query.orphans else statement


def things_of(connection: Connection, view: View, model: str, element: str) -> list[Json]:
    """Return the things that are bound to an element at the time of the view."""
    statement = bindings_statement(view, BindingQuery(model, element)).order_by(binding.c.thing, binding.c.id)
    told = (binding_of(row).json() for row in connection.execute(statement.limit(_MOST_THINGS)).mappings())
    return [{name: one[name] for name in ("thing", "from", "to", "note")} for one in told]


def bound_elements(connection: Connection, view: View, model: str, element: str | None = None) -> dict[str, set[str]]:
    """Return the elements of a model, or one of them, to which each thing is bound at the time of the view."""
    statement = bindings_statement(view, BindingQuery(model, element))
    found: dict[str, set[str]] = {}
    for row in connection.execute(statement.with_only_columns(binding.c.thing, binding.c.element)):
        found.setdefault(row.thing, set()).add(row.element)
    return found


def binding_of(row: Any) -> Binding:
    """Return a row as a binding."""
    valid = row["valid"]
    span = Span(valid.lower, valid.upper)
    return Binding(row["thing"], row["model"], row["element"], span, row["note"], row["grade"], row["id"])
