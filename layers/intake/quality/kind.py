"""Kinds of rules: their parameters, and how they find the rows that break them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from psycopg import sql

from layers.base import Column, Layer
from layers.errors import ParameterError
from layers.intake.quality.rows import Rows
from layers.rule import Rule
from layers.title import Title

Element = Literal["completeness", "correctness", "consistency"]
# Reads one parameter, or raises ValueError with what is expected.
Read = Callable[[Any], Any]
_ALONE = "SELECT r._row, ST_PointOnSurface(r.geom) AS at, {detail} AS detail FROM {rows} AS r WHERE {condition}"


@dataclass(frozen=True)
class RuleKind:
    """One kind of rule.

    ``types`` are those of the columns that it applies to, empty where it applies to none. ``condition`` tells whether a
    single row ``r`` breaks the rule; where more than the row is needed, ``failing`` is a SELECT of ``_row``,
    ``at`` (a point) and ``detail``, or None where there is nothing to compare with. ``costly`` rules with the severity
    warn are evaluated in reports only.
    """

    id: str
    title: Title
    element: Element
    types: tuple[str, ...] = ()
    takes: Mapping[str, Read] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    costly: bool = False
    condition: Callable[[Rule], sql.Composable] | None = None
    failing: Callable[[Rule, Rows], sql.Composable | None] | None = None

    def require(self, rule: Rule, layer: Layer) -> None:
        """Raise ParameterError when a rule of this kind does not fit that layer."""
        self._require_column(rule.column, layer)
        unknown = rule.parameters.keys() - self.takes.keys()
        if unknown:
            accepted = ", ".join(self.takes) or "none"
            raise ParameterError(f"parameters.{min(unknown)}", f"a rule {self.id!r} takes {accepted}")
        if self.needs and not any(name in rule.parameters for name in self.needs):
            raise ParameterError("parameters", f"a rule {self.id!r} needs {' or '.join(self.needs)}")
        for name, value in rule.parameters.items():
            try:
                self.takes[name](value)
            except (TypeError, ValueError) as error:
                raise ParameterError(f"parameters.{name}", str(error)) from error

    def select(self, rule: Rule, rows: Rows) -> sql.Composable | None:
        """Return a SELECT of ``_row``, ``at`` and ``detail`` of the rows that break the rule."""
        if self.condition is None:
            return None if self.failing is None else self.failing(rule, rows)
        detail = sql.SQL("NULL") if rule.column is None else sql.SQL("{}::text").format(column_of(rule))
        return sql.SQL(_ALONE).format(detail=detail, rows=rows.relation, condition=self.condition(rule))

    def _require_column(self, name: str | None, layer: Layer) -> None:
        if not self.types:
            if name is not None:
                raise ParameterError("column", f"a rule {self.id!r} checks geometries and takes no column")
            return
        column: Column | None = None if name is None else layer.column(name)
        if column is None:
            columns = ", ".join(each.name for each in layer.columns if each.type in self.types)
            raise ParameterError("column", f"layer {layer.id} has no column {name!r} for this rule; it has {columns}")
        if column.type not in self.types:
            raise ParameterError("column", f"{name} is of type {column.type}; a rule {self.id!r} is for {self.types}")


def column_of(rule: Rule) -> sql.Composable:
    """Return the column of a rule, in a row ``r``."""
    return sql.Identifier("r", rule.column or "")


def number(value: Any) -> float:
    """Read a number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        raise ValueError(f"{value!r} is not a number")
    return float(value)


def positive(value: Any) -> float:
    """Read a number that is not below zero."""
    if number(value) < 0:
        raise ValueError(f"{value!r} is below zero")
    return float(value)


def word(value: Any) -> str:
    """Read a short text."""
    if not isinstance(value, str) or not 0 < len(value) <= 200 or "\0" in value:
        raise ValueError(f"{value!r} is not a text of up to 200 characters")
    return value
