"""The syntax tree of a filter; instants are in UTC, geometries in EPSG:4326 with the longitude first."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from twin.sensing.query.functions import FUNCTIONS

COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
LOGICAL = frozenset({"and", "or"})
ARITHMETIC = frozenset({"add", "sub", "mul", "div", "mod"})


@dataclass(frozen=True)
class Interval:
    """The time from ``start`` until ``end``, which it has not in itself."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Geometry:
    """A geometry as well-known text."""

    wkt: str


Value: TypeAlias = bool | int | float | str | datetime | date | time | timedelta | Interval | Geometry | None


@dataclass(frozen=True)
class Literal:
    """A value that is written in the filter."""

    value: Value


@dataclass(frozen=True)
class Property:
    """A property of the entity, or of one that links lead to: its names, from the entity on."""

    steps: tuple[str, ...]


@dataclass(frozen=True)
class Unary:
    """``not`` of a condition, or ``-`` of a number."""

    operator: str
    operand: "Expression"


@dataclass(frozen=True)
class Binary:
    """Two operands of a comparison, of a logical or of an arithmetic operator."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class In:
    """Whether an operand is one of some literals."""

    operand: "Expression"
    choices: tuple[Literal, ...]


@dataclass(frozen=True)
class Call:
    """A function of its arguments."""

    function: str
    arguments: tuple["Expression", ...]


Expression: TypeAlias = Literal | Property | Unary | Binary | In | Call


def is_boolean(expression: Expression) -> bool:
    """Tell whether an expression can be true or false; of a property alone that is not known, and it is taken to be."""
    match expression:
        case Literal(value):
            return isinstance(value, bool)
        case Binary(operator):
            return operator not in ARITHMETIC
        case Unary(operator):
            return operator == "not"
        case Call(function):
            return FUNCTIONS[function].gives_boolean
        case _:
            return True
