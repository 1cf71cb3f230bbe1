"""The functions of filters in SQL; texts are counted from 0, times are in UTC, lengths on the ellipsoid in metres."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    Date,
    Float,
    Integer,
    Interval,
    Numeric,
    Text,
    Time,
    and_,
    cast,
    func,
    literal,
    literal_column,
    or_,
)
from sqlalchemy.sql.elements import ColumnElement

from layers.errors import ParameterError
from twin.sensing.entities.typed import Kind, Typed

Sql = ColumnElement[Any]
_RELATION = re.compile(r"[TF*012]{9}")
_RELATIONS = {
    "geo.intersects": "ST_Intersects", "st_equals": "ST_Equals", "st_disjoint": "ST_Disjoint",
    "st_touches": "ST_Touches", "st_within": "ST_Within", "st_overlaps": "ST_Overlaps", "st_crosses": "ST_Crosses",
    "st_intersects": "ST_Intersects", "st_contains": "ST_Contains",
}  # fmt: skip
_PARTS = ("year", "month", "day", "hour", "minute", "second")


def geography(shape: Sql) -> Sql:
    """Return a shape in degrees as one on the ellipsoid."""
    return shape.op("::")(literal_column("geography"))


def _substring(text: Sql, start: Sql, *length: Sql) -> Sql:
    return func.substr(text, cast(start, Integer) + 1, *(cast(one, Integer) for one in length))


# What each function takes, what it gives, and how it is said in SQL.
_PLAIN: dict[str, tuple[tuple[Kind, ...], Kind, Callable[..., Sql]]] = {
    "substringof": (("text", "text"), "boolean", lambda part, whole: func.strpos(whole, part) > 0),
    "contains": (("text", "text"), "boolean", lambda whole, part: func.strpos(whole, part) > 0),
    "startswith": (("text", "text"), "boolean", func.starts_with),
    "endswith": (("text", "text"), "boolean", lambda whole, part: func.right(whole, func.length(part)) == part),
    "indexof": (("text", "text"), "number", lambda whole, part: func.strpos(whole, part) - 1),
    "substring": (("text", "number", "number"), "text", _substring),
    "concat": (("text", "text"), "text", lambda one, other: one.op("||", return_type=Text())(other)),
    "length": (("text",), "number", func.length),
    "tolower": (("text",), "text", func.lower),
    "toupper": (("text",), "text", func.upper),
    "trim": (("text",), "text", func.btrim),
    # Half away from zero, as OData has it; of doubles PostgreSQL rounds to the even one.
    "round": (("number",), "number", lambda value: cast(func.round(cast(value, Numeric)), Float)),
    "floor": (("number",), "number", func.floor),
    "ceiling": (("number",), "number", func.ceil),
    **{
        part: (("time",), "number", lambda at, part=part: cast(func.floor(func.extract(part, at)), Integer))
        for part in _PARTS
    },
    "fractionalseconds": (
        ("time",),
        "number",
        lambda at: cast(func.extract("second", at) - func.floor(func.extract("second", at)), Float),
    ),
    "date": (("time",), "date", lambda at: cast(at, Date)),
    "time": (("time",), "clock", lambda at: cast(at, Time)),
    "totaloffsetminutes": (("time",), "number", lambda _: literal(0)),
    "now": ((), "time", func.now),
    "mindatetime": ((), "time", lambda: literal_column("'0001-01-01Z'::timestamptz")),
    "maxdatetime": ((), "time", lambda: literal_column("'9999-12-31T23:59:59Z'::timestamptz")),
    "geo.distance": (
        ("geometry", "geometry"),
        "number",
        lambda one, other: func.ST_Distance(geography(one), geography(other), type_=Float),
    ),
    "geo.length": (("geometry",), "number", lambda line: func.ST_Length(geography(line), type_=Float)),
}
_TEMPORAL: dict[str, Callable[[Typed, Typed], Sql]] = {
    "before": lambda a, b: a.end < b.sql,
    "after": lambda a, b: a.sql > b.end,
    "meets": lambda a, b: or_(a.end == b.sql, a.sql == b.end),
    "during": lambda a, b: and_(a.sql >= b.sql, a.end <= b.end),
    "overlaps": lambda a, b: and_(a.sql <= b.end, a.end >= b.sql),
    "starts": lambda a, b: a.sql == b.sql,
    "finishes": lambda a, b: a.end == b.end,
}


def call(name: str, arguments: Sequence[Typed]) -> Typed:
    """Return a function of its arguments; raises ParameterError for what it does not take."""
    if name in _TEMPORAL:
        one, other = (argument.to("interval", name) for argument in arguments)
        return Typed("boolean", _TEMPORAL[name](one, other))
    if name in _RELATIONS:
        shapes = [argument.to("geometry", name).sql for argument in arguments]
        return Typed("boolean", getattr(func, _RELATIONS[name])(*shapes))
    if name == "st_relate":
        return _relate(arguments)
    takes, gives, make = _PLAIN[name]
    values = [_of_kind(argument, kind, name) for argument, kind in zip(arguments, takes, strict=False)]
    return Typed(gives, make(*values))


def _of_kind(argument: Typed, kind: Kind, name: str) -> Sql:
    # The beginning of an interval is the instant that is asked about.
    if kind == "time" and argument.kind == "interval":
        return argument.sql
    return argument.to(kind, name).sql


def _relate(arguments: Sequence[Typed]) -> Typed:
    one, other = (argument.to("geometry", "st_relate").sql for argument in arguments[:2])
    pattern = getattr(arguments[2].sql, "value", None)
    if not isinstance(pattern, str) or not _RELATION.fullmatch(pattern.upper()):
        raise ParameterError("$filter", "st_relate: its third argument is a pattern of nine signs, such as 'T*F**F***'")
    return Typed("boolean", func.ST_Relate(one, other, literal(pattern.upper(), Text)))


def arithmetic(operator: str, left: Typed, right: Typed) -> Typed:
    """Return a sum, difference, product or quotient; what is divided by zero is null."""
    of_time = _with_times(operator, left, right)
    if of_time is not None:
        return of_time
    one, other = (cast(value.to("number").sql, Float) for value in (left, right))
    divisor = func.nullif(other, 0)
    if operator == "mod":
        return Typed("number", cast(func.mod(cast(one, Numeric), cast(divisor, Numeric)), Float))
    sums: dict[str, Callable[[], Sql]] = {
        "add": lambda: one + other,
        "sub": lambda: one - other,
        "mul": lambda: one * other,
        "div": lambda: one / divisor,
    }
    return Typed("number", sums[operator]())


def _with_times(operator: str, left: Typed, right: Typed) -> Typed | None:
    times = ("time", "interval")
    if operator in ("add", "sub") and left.kind in times and right.kind == "duration":
        return Typed("time", left.sql + right.sql if operator == "add" else left.sql - right.sql)
    if operator == "sub" and left.kind in times and right.kind in times:
        return Typed("duration", cast(left.sql - right.sql, Interval))
    return None
