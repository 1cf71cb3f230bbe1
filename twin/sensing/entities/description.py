"""What an entity of SensorThings is: where its rows are, its properties and their columns, and where its links lead.

Reading, expanding, filtering, sorting and writing are all written once against these.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from sqlalchemy import FromClause, Select, Table
from sqlalchemy.sql.elements import ColumnElement

from layers.errors import NotFound, ParameterError
from twin.sensing.entities.view import View

# ``json`` is any value of JSON, ``document`` one of them with a shape beside it, ``result`` a number or else JSON,
# ``interval`` an instant or, where it has an end of its own, the time until then.
Kind = Literal["text", "json", "document", "time", "interval", "result"]
# Columns of a row, by their names as attributes: of a subquery, or values that are bound.
Columns = Any
Join = Callable[[Columns, Columns], ColumnElement[bool]]


@dataclass(frozen=True)
class Property:
    """A property by its name in documents; ``column`` is where it is, and ``more`` the second column of its kind.

    The second column is the end of an interval, the shape of a document, the JSON of a result that is no number.
    """

    name: str
    kind: Kind
    column: str
    more: str = ""
    required: bool = False
    written: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that its value is made of."""
        return (self.column,) if self.kind == "document" or not self.more else (self.column, self.more)


@dataclass(frozen=True)
class Link:
    """A link to entities of the type ``target``; ``join`` is the condition between a row and those that it leads to.

    Where it leads ``through`` a table, ``join`` is the condition between the row and that table, and ``meet`` the one
    between that table and those rows: as joins, the planner may begin on either side.
    """

    name: str
    target: str
    many: bool
    join: Join
    through: Table | None = None
    meet: Join | None = None

    def follow(self, own: Columns, rows: FromClause) -> tuple[FromClause, ColumnElement[bool]]:
        """Return where the rows of the target are taken from, and the condition that they are those of a row."""
        if self.through is None or self.meet is None:
            return rows, self.join(own, rows.c)
        there = self.through.alias()
        return rows.join(there, self.meet(there.c, rows.c)), self.join(own, there.c)


@dataclass(frozen=True)
class Entity:
    """A type of entities; ``keys`` are the columns of numbers, besides the id, that its links are followed by.

    ``kin`` are the types of the same version of the standard, itself among them, by their names.
    """

    type: str
    set: str
    rows: Callable[[View], Select[Any]]
    properties: tuple[Property, ...]
    links: tuple[Link, ...]
    keys: tuple[str, ...] = ()
    order: tuple[str, ...] = ("id",)
    kin: dict[str, "Entity"] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def _properties(self) -> dict[str, Property]:
        return {one.name: one for one in self.properties}

    @cached_property
    def _links(self) -> dict[str, Link]:
        return {link.name: link for link in self.links}

    def property(self, name: str) -> Property | None:
        """Return the property of that name, or None."""
        return self._properties.get(name)

    def link(self, name: str) -> Link | None:
        """Return the link of that name, or None."""
        return self._links.get(name)

    def require_link(self, name: str, option: str) -> Link:
        """Return the link of that name; raises ParameterError."""
        link = self.link(name)
        if link is None:
            raise ParameterError(option, f"{self.type} has no link {name[:40]!r}; it has {', '.join(self._links)}")
        return link

    def missing(self, number: object) -> NotFound:
        """Return the error that there is none of that number, or none to be seen."""
        return NotFound(f"there is no {self.type} {str(number)[:40]}")
