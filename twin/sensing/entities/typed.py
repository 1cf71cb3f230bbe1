"""Typed SQL expressions of filters: what can be compared with what, and how."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Boolean, Float, Text, and_, case, cast, func, literal, literal_column, not_, or_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import ColumnElement

from layers.errors import ParameterError

Kind = Literal[
    "text", "number", "boolean", "time", "interval", "date", "clock", "duration", "json", "result", "geometry", "null"
]
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip
_TYPES: dict[Kind, tuple[str, Any]] = {
    "text": ("string", Text),
    "number": ("number", Float),
    "boolean": ("boolean", Boolean),
}


@dataclass(frozen=True)
class Typed:
    """An expression and its kind; ``more`` is the end of an interval, or the JSON of a result that is no number."""

    kind: Kind
    sql: ColumnElement[Any]
    more: ColumnElement[Any] | None = None

    @property
    def end(self) -> ColumnElement[Any]:
        """Return where an interval or instant ends."""
        return self.sql if self.more is None else func.coalesce(self.more, self.sql)

    @property
    def as_json(self) -> ColumnElement[Any]:
        """Return a result or JSON as JSON."""
        return self.sql if self.kind == "json" else func.coalesce(self.more, func.to_jsonb(self.sql))

    def to(self, kind: Kind, option: str = "$filter") -> "Typed":
        """Return it as another kind, which is null where JSON has something else; raises ParameterError."""
        if self.kind == kind:
            return self
        if self.kind == "null":
            return Typed(kind, self.sql)
        if self.kind == "result" and kind == "number":
            return Typed("number", self.sql)
        if self.kind in ("json", "result") and kind in _TYPES:
            name, sql_type = _TYPES[kind]
            if self.kind == "result" and kind == "text":
                # A result in quotes is compared as it is written, whatever the result is.
                return Typed(kind, self.as_json.op("#>>", return_type=Text())(literal_column("'{}'")))
            content = self.as_json.op("#>>", return_type=Text())(literal_column("'{}'"))
            return Typed(kind, case((func.jsonb_typeof(self.as_json) == name, cast(content, sql_type))))
        if kind == "interval" and self.kind in ("time", "date"):
            return Typed("interval", self.sql)
        raise ParameterError(option, f"a {self.kind} stands where a {kind} is needed")


def compared(symbol: str, left: Typed, right: Typed) -> ColumnElement[bool]:
    """Return the comparison of two expressions; raises ParameterError where they have nothing in common."""
    if "null" in (left.kind, right.kind):
        return _with_null(symbol, left, right)
    kind = _common(left.kind, right.kind)
    if kind == "json":
        return _compare(symbol, left.as_json, right.as_json)
    left, right = left.to(kind), right.to(kind)
    if kind == "interval":
        return _intervals(symbol, left, right)
    if kind == "geometry":
        if symbol not in ("eq", "ne"):
            raise ParameterError("$filter", f"geometries have no order, so {symbol} is no question of them")
        same = func.ST_Equals(left.sql, right.sql)
        return same if symbol == "eq" else not_(same)
    return _compare(symbol, left.sql, right.sql)


def _compare(symbol: str, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[bool]:
    compared_: ColumnElement[bool] = _OPERATORS[symbol](left, right)
    return compared_


def _with_null(symbol: str, left: Typed, right: Typed) -> ColumnElement[bool]:
    value = left if right.kind == "null" else right
    if symbol not in ("eq", "ne"):
        return literal(False)
    whole = value.as_json if value.kind in ("json", "result") else value.sql
    is_null: ColumnElement[bool] = whole.is_(None)
    if value.kind in ("json", "result"):
        is_null = or_(is_null, whole == literal_column("'null'::jsonb"))
    return is_null if symbol == "eq" else not_(is_null)


def _common(left: Kind, right: Kind) -> Kind:
    kinds = {left, right}
    if kinds <= {"json", "result"}:
        return "json"
    if len(kinds) == 1:
        return "interval" if left == "time" else left
    open_kinds = kinds & {"json", "result"}
    (other,) = kinds - open_kinds if open_kinds else (None,)
    if other in _TYPES:
        return other
    if kinds <= {"time", "interval", "date"}:
        return "interval"
    raise ParameterError("$filter", f"a {left} and a {right} cannot be compared")


def _intervals(symbol: str, left: Typed, right: Typed) -> ColumnElement[bool]:
    """Compare instants and intervals: one is before another where it ends before that begins.

    What follows for the beginnings alone is said as well, since they have an index.
    """
    match symbol:
        case "lt":
            return and_(left.sql < right.end, left.end < right.sql)
        case "gt":
            return left.sql > right.end
        case "le":
            return and_(left.sql <= right.end, left.end <= right.end)
        case "ge":
            return left.sql >= right.sql
    same = and_(left.sql == right.sql, left.end == right.end)
    return same if symbol == "eq" else not_(same)


def json_at(value: ColumnElement[Any], path: tuple[str, ...]) -> ColumnElement[Any]:
    """Return what JSON has at a path of names."""
    for name in path:
        value = value.op("->", return_type=JSONB())(literal(name, Text))
    return value
