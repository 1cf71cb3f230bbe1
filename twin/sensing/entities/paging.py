"""In which order entities come, and where the next page begins: after the values that the last one had."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Float,
    RowMapping,
    Text,
    and_,
    cast,
    false,
    func,
    literal,
    literal_column,
    or_,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import ColumnElement

from layers.errors import ParameterError
from layers.temporal import parse_instant
from twin.sensing import query as ast
from twin.sensing.entities.description import Columns, Entity
from twin.sensing.entities.filtering import Scope, typed
from twin.sensing.entities.typed import Typed
from twin.sensing.entities.view import View
from twin.sensing.query import Options

_TOKEN = "$skiptoken"  # noqa: S105 - the name of an option
_LONGEST = 4000
_SQL: dict[str, Any] = {
    "number": Float, "text": Text, "time": DateTime(timezone=True), "json": JSONB, "whole": BigInteger, "boolean": Text,
}  # fmt: skip


@dataclass(frozen=True)
class Key:
    """One expression to sort by; one that is never null and goes the way of the others makes a cheap condition."""

    sql: ColumnElement[Any]
    kind: str
    descending: bool
    nullable: bool

    def ordered(self) -> ColumnElement[Any]:
        """Return it as it stands in ORDER BY: nulls are greater than all else."""
        return self.sql.desc() if self.descending else self.sql.asc()

    def follows(self, value: ColumnElement[Any] | None) -> ColumnElement[bool]:
        """Return the condition that a row comes after a value."""
        if value is None:
            return self.sql.is_not(None) if self.descending else false()
        after: ColumnElement[bool] = self.sql < value if self.descending else self.sql > value
        return or_(after, self.sql.is_(None)) if self.nullable and not self.descending else after

    def equals(self, value: ColumnElement[Any] | None) -> ColumnElement[bool]:
        """Return the condition that a row has this value."""
        return self.sql.is_(None) if value is None else self.sql == value


def keys_of(options: Options, entity: Entity, columns: Columns, view: View) -> list[Key]:
    """Return what entities are sorted by: what is asked, and then their own order, so that no two are equal."""
    keys = [_key(order, entity, columns, view) for order in options.orderby]
    descending = bool(keys) and keys[-1].descending
    own = [
        Key(columns[name], "time" if name == "time" else "whole", descending, nullable=False) for name in entity.order
    ]
    # An order by time goes through the index of the key, whose time and number come last.
    return [*keys, *(key for key in _turned(own, keys) if not any(key.sql is one.sql for one in keys))]


def _turned(own: list[Key], asked: Sequence[Key]) -> list[Key]:
    return own[1:] + own[:1] if asked and len(own) > 1 else own


def _key(order: Any, entity: Entity, columns: Columns, view: View) -> Key:
    scope = Scope(entity, columns, view, "$orderby")
    value = typed(order.expression, scope)
    if scope.joined:
        raise ParameterError("$orderby", "entities are sorted by their own properties, not by those of others")
    if value.kind == "geometry":
        value = _document(order.expression, entity, columns)
    kind = {"interval": "time", "result": "number"}.get(value.kind, value.kind)
    if kind not in ("number", "text", "time", "json"):
        raise ParameterError("$orderby", f"a {kind} has no order")
    if kind == "json":
        value = Typed("json", func.nullif(value.sql, literal_column("'null'::jsonb"), type_=JSONB))
    nullable = not any(value.sql is columns[name] for name in entity.order)
    return Key(value.sql, "whole" if value.sql is columns["id"] else kind, order.descending, nullable)


def _document(expression: ast.Expression, entity: Entity, columns: Columns) -> Typed:
    """Return the document of a place, by which places are sorted; shapes have no order."""
    name = "/".join(expression.steps) if isinstance(expression, ast.Property) else ""
    found = entity.property(name)
    if found is None or found.kind != "document":
        raise ParameterError("$orderby", "a geometry has no order")
    return Typed("text", cast(columns[found.column], Text).collate("C"))


def after(keys: Sequence[Key], token: str) -> ColumnElement[bool]:
    """Return the condition that rows come after the one that a token is of; raises ParameterError."""
    values = [_bound(key, value) for key, value in zip(keys, _read(token, len(keys)), strict=True)]
    if not any(key.nullable for key in keys) and len({key.descending for key in keys}) == 1:
        whole, last = tuple_(*(key.sql for key in keys)), tuple_(*(value for value in values if value is not None))
        return whole < last if keys[0].descending else whole > last
    return or_(
        *(
            and_(
                *(one.equals(value) for one, value in zip(keys[:place], values, strict=False)),
                key.follows(values[place]),
            )
            for place, key in enumerate(keys)
        )
    )


def token_of(keys: Sequence[Key], row: RowMapping) -> str:
    """Return the token of a row, which has the values of the keys as ``_k0``, ``_k1``."""
    values = [row[f"_k{place}"] for place, _ in enumerate(keys)]
    told = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=float)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(token: str, count: int) -> list[Any]:
    if len(token) > _LONGEST:
        raise _unreadable()
    try:
        values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise _unreadable() from error
    if not isinstance(values, list) or len(values) != count:
        raise _unreadable()
    return values


def _bound(key: Key, value: Any) -> ColumnElement[Any] | None:
    if value is None:
        if key.nullable:
            return None
        raise _unreadable()
    if key.kind == "json":
        return cast(literal(value, JSONB), JSONB)
    if not _fits(value, key.kind):
        raise _unreadable()
    return literal(parse_instant(value, _TOKEN) if key.kind == "time" else value, _SQL[key.kind])


def _fits(value: Any, kind: str) -> bool:
    if kind == "whole":
        return isinstance(value, int) and abs(value) < 2**63
    return isinstance(value, int | float if kind == "number" else str) and not isinstance(value, bool)


def _unreadable() -> ParameterError:
    return ParameterError(_TOKEN, "this is not from a next link of the same question")
