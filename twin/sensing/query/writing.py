"""From a syntax tree to the text of a filter."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from twin.sensing.query.expression import (
    Binary,
    Call,
    Expression,
    Geometry,
    In,
    Interval,
    Literal,
    Property,
    Unary,
    Value,
)
from twin.sensing.query.filtering import BINDING

_TIGHTEST = 99


def write(expression: Expression) -> str:
    """Return the text of an expression, with no more parentheses than it needs."""
    return _written(expression)[0]


def _written(expression: Expression) -> tuple[str, int]:
    """Return the text of an expression, and how tightly its outermost operator binds."""
    match expression:
        case Literal(value):
            return _value(value), _TIGHTEST
        case Property(steps):
            return "/".join(steps), _TIGHTEST
        case Call(function, arguments):
            return f"{function}({','.join(map(write, arguments))})", _TIGHTEST
        case Unary(operator, operand):
            binding = BINDING[operator]
            return f"{operator} {_within(operand, binding + 1)}", binding
        case In(operand, choices):
            binding = BINDING["in"]
            return f"{_within(operand, binding)} in ({','.join(map(write, choices))})", binding
        case Binary(operator, left, right):
            binding = BINDING[operator]
            return f"{_within(left, binding)} {operator} {_within(right, binding + 1)}", binding


def _within(expression: Expression, least: int) -> str:
    text, binding = _written(expression)
    return text if binding >= least else f"({text})"


def _value(value: Value) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return next((written(value) for kind, written in _WRITERS if isinstance(value, kind)), repr(value))


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _duration(length: timedelta) -> str:
    sign, length = ("-", -length) if length < timedelta(0) else ("", length)
    seconds = f"{length.seconds}.{length.microseconds:06d}"
    return f"{sign}P{length.days}DT{seconds}S"


_WRITERS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (str, lambda text: "'" + text.replace("'", "''") + "'"),
    (Interval, lambda span: f"{_instant(span.start)}/{_instant(span.end)}"),
    (datetime, _instant),
    (date, date.isoformat),
    (time, time.isoformat),
    (timedelta, lambda length: f"duration'{_duration(length)}'"),
    (Geometry, lambda geometry: f"geography'{geometry.wkt}'"),
)
