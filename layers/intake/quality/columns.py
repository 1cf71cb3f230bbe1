"""Kinds of rules on the values of columns."""

import re
from typing import Any

from psycopg import sql

from layers.intake.quality.kind import RuleKind, column_of, number, word
from layers.intake.quality.rows import Rows
from layers.rule import Rule
from layers.title import Title

_ANY = ("text", "integer", "real", "boolean", "timestamp")
_MOST_VALUES = 500
_UNIQUE = """
SELECT r._row, ST_PointOnSurface(r.geom) AS at, r.value::text AS detail
FROM (SELECT _row, geom, {column} AS value, count(*) OVER (PARTITION BY {column}) AS n FROM {rows} AS every) AS r
WHERE r.n > 1 AND r.value IS NOT NULL
"""
_UNRESOLVED = """
SELECT r._row, ST_PointOnSurface(r.geom) AS at, {column}::text AS detail FROM {rows} AS r
WHERE {column} IS NOT NULL AND NOT EXISTS (SELECT FROM {known} AS k WHERE k.value::text = {column}::text)
"""


def _values(value: Any) -> list[str]:
    if not isinstance(value, list) or not 0 < len(value) <= _MOST_VALUES:
        raise ValueError(f"{value!r} is not a list of 1 to {_MOST_VALUES} values")
    return [word(item) if isinstance(item, str) else str(number(item)) for item in value]


def _expression(value: Any) -> str:
    """Read a regular expression that is valid in Python as well as in PostgreSQL."""
    try:
        re.compile(word(value))
    except re.error as error:
        raise ValueError(f"{value!r} is not a regular expression ({error})") from error
    return str(value)


def _length(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10_000:
        raise ValueError(f"{value!r} is not a number of characters from 0 to 10000")
    return value


def _is_missing(rule: Rule) -> sql.Composable:
    return sql.SQL("({0} IS NULL OR {0}::text = '')").format(column_of(rule))


def _is_foreign(rule: Rule) -> sql.Composable:
    values = [str(value) for value in rule.parameters["values"]]
    return sql.SQL("NOT ({}::text = ANY({}))").format(column_of(rule), sql.Literal(values))


def _is_out_of_range(rule: Rule) -> sql.Composable:
    signs = {"min": sql.SQL("{} < {}"), "max": sql.SQL("{} > {}")}
    bounds = [
        sign.format(column_of(rule), sql.Literal(float(rule.parameters[name])))
        for name, sign in signs.items()
        if name in rule.parameters
    ]
    return sql.SQL("({})").format(sql.SQL(" OR ").join(bounds))


def _is_malformed(rule: Rule) -> sql.Composable:
    signs = {
        "regex": sql.SQL("{} !~ {}"),
        "shortest": sql.SQL("length({}) < {}"),
        "longest": sql.SQL("length({}) > {}"),
    }
    conditions = [
        sign.format(column_of(rule), sql.Literal(rule.parameters[name]))
        for name, sign in signs.items()
        if name in rule.parameters
    ]
    return sql.SQL("({})").format(sql.SQL(" OR ").join(conditions))


def _repeated(rule: Rule, rows: Rows) -> sql.Composable:
    return sql.SQL(_UNIQUE).format(column=sql.Identifier(rule.column or ""), rows=rows.relation)


def _unresolved(rule: Rule, rows: Rows) -> sql.Composable | None:
    referenced = rows.values_of(rule.parameters["layer"], rule.parameters.get("in", "name"))
    return referenced and sql.SQL(_UNRESOLVED).format(column=column_of(rule), rows=rows.relation, known=referenced)


COLUMN_KINDS = (
    RuleKind("required", Title("必填", "required"), "completeness", _ANY, condition=_is_missing),
    RuleKind(
        "domain",
        Title("取值在值域内", "value in its domain"),
        "correctness",
        ("text", "integer"),
        {"values": _values},
        ("values",),
        condition=_is_foreign,
    ),
    RuleKind(
        "range",
        Title("数值在范围内", "value in its range"),
        "correctness",
        ("integer", "real"),
        {"min": number, "max": number},
        ("min", "max"),
        condition=_is_out_of_range,
    ),
    RuleKind(
        "pattern",
        Title("文本格式", "form of the text"),
        "correctness",
        ("text",),
        {"regex": _expression, "shortest": _length, "longest": _length},
        ("regex", "shortest", "longest"),
        condition=_is_malformed,
    ),
    RuleKind("unique", Title("唯一", "unique"), "consistency", ("text", "integer"), failing=_repeated),
    RuleKind(
        "referenced",
        Title("引用存在", "reference exists"),
        "consistency",
        ("text", "integer"),
        {"layer": word, "in": word},
        ("layer",),
        costly=True,
        failing=_unresolved,
    ),
)
