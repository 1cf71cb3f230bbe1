"""From the syntax tree of a filter to SQL, over the rows of an entity and of those that its links lead to.

A condition on a link to many holds where it holds for one of them at least.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import shapely
from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Float,
    FromClause,
    Interval,
    LargeBinary,
    Text,
    Time,
    and_,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.sql.elements import ColumnElement

from layers.errors import ParameterError
from twin.sensing import query as ast
from twin.sensing.entities import functions
from twin.sensing.entities.description import Columns, Entity, Property
from twin.sensing.entities.typed import Kind, Typed, compared, json_at
from twin.sensing.entities.view import View

_LOGICAL = {"and": and_, "or": or_}
_MOST_POINTS = 10_000
# Nothing on the Earth is farther from anything.
_FARTHEST_M = 20_100_000


@dataclass
class Scope:
    """The rows that one condition speaks of: of the entity, and of those along links."""

    entity: Entity
    columns: Columns
    view: View
    option: str = "$filter"
    joined: dict[tuple[str, ...], tuple[Entity, Any]] = field(default_factory=dict)
    sources: list[FromClause] = field(default_factory=list)
    conditions: list[ColumnElement[bool]] = field(default_factory=list)

    def at(self, steps: tuple[str, ...]) -> tuple[Entity, Columns]:
        """Return the entity at the end of links, and the columns of its rows."""
        if not steps:
            return self.entity, self.columns
        if steps not in self.joined:
            before, own = self.at(steps[:-1])
            link = before.require_link(steps[-1], self.option)
            target = before.kin[link.target]
            rows = target.rows(self.view).subquery()
            source, condition = link.follow(own, rows)
            self.joined[steps] = target, rows
            self.sources.append(source)
            self.conditions.append(condition)
        entity, rows = self.joined[steps]
        return entity, rows.c

    def closed(self, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        """Return a condition for which there are rows along the links that it speaks of."""
        if not self.joined:
            return condition
        return select(1).select_from(*self.sources).where(*self.conditions, condition).exists()


def condition_of(expression: ast.Expression, entity: Entity, columns: Columns, view: View) -> ColumnElement[bool]:
    """Return a filter as a condition on rows of an entity; raises ParameterError."""
    match expression:
        case ast.Binary(operator, left, right) if operator in _LOGICAL:
            return _LOGICAL[operator](*(condition_of(one, entity, columns, view) for one in (left, right)))
        case ast.Unary("not", operand):
            return not_(func.coalesce(condition_of(operand, entity, columns, view), false()))
        case ast.Literal(bool(value)):
            return true() if value else false()
    scope = Scope(entity, columns, view)
    return scope.closed(_condition(expression, scope))


def _condition(expression: ast.Expression, scope: Scope) -> ColumnElement[bool]:
    match expression:
        case ast.Binary(operator, left, right) if operator in ast.expression.COMPARISONS:
            condition = compared(operator, typed(left, scope), typed(right, scope))
            near = _near(operator, left, right, scope)
            return condition if near is None else and_(near, condition)
        case ast.In(operand, choices):
            value = typed(operand, scope)
            return or_(*(compared("eq", value, _literal(choice.value, scope.option)) for choice in choices))
        case ast.Binary() | ast.Unary("not") | ast.Literal():
            # Within an argument of a function, say.
            return condition_of(expression, scope.entity, scope.columns, scope.view)
        case _:
            return typed(expression, scope).to("boolean", scope.option).sql


def _near(operator: str, left: ast.Expression, right: ast.Expression, scope: Scope) -> ColumnElement[bool] | None:
    """Return what follows from a comparison with a distance and can be looked up in an index, or None.

    It is a little wider than what was asked, which stands beside it.
    """
    match operator, left, right:
        case (("lt" | "le"), ast.Call("geo.distance", shapes), ast.Literal(int() | float() as metres)):
            pass
        case (("gt" | "ge"), ast.Literal(int() | float() as metres), ast.Call("geo.distance", shapes)):
            pass
        case _:
            return None
    if not 0 <= metres <= _FARTHEST_M:
        return None
    one, other = (functions.geography(typed(shape, scope).to("geometry", scope.option).sql) for shape in shapes)
    within: ColumnElement[bool] = func.ST_DWithin(one, other, literal(metres * (1 + 1e-9) + 0.001, Float()))
    return within


def typed(expression: ast.Expression, scope: Scope) -> Typed:
    """Return any expression with its kind."""
    match expression:
        case ast.Literal(value):
            return _literal(value, scope.option)
        case ast.Property(steps):
            return _property(steps, scope)
        case ast.Unary("-", operand):
            return Typed("number", -typed(operand, scope).to("number", scope.option).sql)
        case ast.Binary(operator, left, right) if operator in ast.expression.ARITHMETIC:
            return functions.arithmetic(operator, typed(left, scope), typed(right, scope))
        case ast.Call(function, arguments):
            return functions.call(function, [typed(argument, scope) for argument in arguments])
        case _:
            return Typed("boolean", _condition(expression, scope))


def _property(steps: Sequence[str], scope: Scope) -> Typed:
    names = tuple(steps)
    depth = 0
    entity, columns = scope.at(())
    while depth < len(names) - 1 and entity.link(names[depth]) is not None:
        depth += 1
        entity, columns = scope.at(names[:depth])
    name, path = names[depth], names[depth + 1 :]
    if name in ("id", "@iot.id") and not path:
        return Typed("number", columns.id)
    found = entity.property(name)
    if found is None:
        told = ", ".join(one.name for one in entity.properties)
        raise ParameterError(scope.option, f"{entity.type} has no property {name[:40]!r}; it has id, {told}")
    return _column(found, columns, path, scope.option)


def _column(found: Property, columns: Columns, path: tuple[str, ...], option: str) -> Typed:
    column = columns[found.column]
    more = columns[found.more] if found.more else None
    if path:
        if found.kind not in ("json", "document", "result"):
            raise ParameterError(option, f"{found.name} has no parts, so {'/'.join(path)[:40]!r} is not in it")
        return Typed("json", json_at(more if found.kind == "result" and more is not None else column, path))
    if found.kind == "document":
        return Typed("geometry", more if more is not None else column)
    return Typed(found.kind, column, more)


# A whole number that PostgreSQL keeps in eight bytes; bool is an int and stands before it.
_LITERALS: tuple[tuple[type, Kind, Any], ...] = (
    (bool, "boolean", Boolean()),
    (float, "number", Float()),
    (str, "text", Text()),
    (datetime, "time", DateTime(timezone=True)),
    (date, "date", Date()),
    (time, "clock", Time()),
    (timedelta, "duration", Interval()),
)


def _literal(value: ast.Value, option: str) -> Typed:
    if value is None:
        return Typed("null", null())
    if isinstance(value, ast.Geometry):
        return Typed("geometry", _shape(value.wkt, option))
    if isinstance(value, ast.Interval):
        return Typed("interval", *(literal(end, DateTime(timezone=True)) for end in (value.start, value.end)))
    if isinstance(value, int) and not isinstance(value, bool):
        return Typed("number", literal(value, BigInteger) if abs(value) < 2**63 else literal(float(value), Float))
    kind, sql_type = next((kind, sql) for python, kind, sql in _LITERALS if isinstance(value, python))
    return Typed(kind, literal(value, sql_type))


def _shape(wkt: str, option: str) -> ColumnElement[Any]:
    try:
        shape = shapely.force_2d(shapely.from_wkt(wkt.partition(";")[2] if wkt.startswith("SRID=") else wkt))
    except shapely.errors.GEOSException as error:
        raise ParameterError(option, f"{wkt[:40]!r} is not well-known text such as POINT (121.5 31.2)") from error
    if shapely.get_num_coordinates(shape) > _MOST_POINTS:
        raise ParameterError(option, f"this geometry has more than {_MOST_POINTS} points")
    return func.ST_GeomFromWKB(literal(shapely.to_wkb(shape), LargeBinary), 4490)
