"""Checks rows against the rules of their layer, in a few statements over whole sets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from layers.intake.quality.kind import RuleKind
from layers.intake.quality.rows import Rows
from layers.intake.quality.rules import RULE_KINDS
from layers.intake.rejection import Reason
from layers.rule import Rule
from layers.title import Title

Cursor = psycopg.Cursor[Any]
EXAMPLES = 20
_MOST_DETAIL = 120

_SCAN = "SELECT count(*){measures} FROM {rows} AS r"
_FILLED = sql.SQL(", count({})")
_BROKEN = sql.SQL(", count(*) FILTER (WHERE {})")
_LISTED = """
WITH found AS MATERIALIZED ({failing}), part AS (SELECT * FROM found LIMIT {most})
SELECT (SELECT count(DISTINCT _row) FROM found), s._row, r.source_key, ST_X(s.at), ST_Y(s.at), left(s.detail, {long})
FROM part AS s JOIN {rows} AS r ON r._row = s._row
"""
# Where the count is known already, the search ends with the last example.
_SOME = """
WITH part AS MATERIALIZED (SELECT * FROM ({failing}) AS found LIMIT {most})
SELECT {failed}, s._row, r.source_key, ST_X(s.at), ST_Y(s.at), left(s.detail, {long})
FROM part AS s JOIN {rows} AS r ON r._row = s._row
"""


@dataclass(frozen=True)
class Example:
    """One row that breaks a rule: its number, key, position (degrees, EPSG:4490) and the value."""

    ref: int
    key: str | None
    at: tuple[float, float] | None
    detail: str | None


@dataclass(frozen=True)
class Outcome:
    """The result of one rule: of ``checked`` rows ``failed`` break it; None: it was not evaluated."""

    rule: Rule
    checked: int
    failed: int | None
    examples: tuple[Example, ...] = ()

    @property
    def passed(self) -> float | None:
        """Return the share of rows that keep the rule."""
        return None if self.failed is None or not self.checked else 1 - self.failed / self.checked

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        examples = [{"ref": e.ref, "key": e.key, "at": e.at and list(e.at), "detail": e.detail} for e in self.examples]
        counts = {"checked": self.checked, "failed": self.failed}
        return self.rule.json() | {"element": kind_of(self.rule).element} | counts | {"examples": examples}


@dataclass(frozen=True)
class Examination:
    """The results of rules on ``rows`` rows of a layer, one in ``sample`` of all, and the filled columns."""

    layer: str
    rows: int
    filled: Mapping[str, int] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()
    sample: int = 1

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "layer": self.layer,
            "rows": self.rows,
            "sample": self.sample,
            "filled": dict(self.filled),
            "rules": [outcome.json() for outcome in self.outcomes],
        }


def kind_of(rule: Rule) -> RuleKind:
    """Return the kind of a rule."""
    return RULE_KINDS[rule.kind]


def examine(cursor: Cursor, rows: Rows, rules: Iterable[Rule], *, costly: bool, sample: int = 1) -> Examination:
    """Count the violations of each rule; without ``costly``, expensive rules are evaluated only if they refuse."""
    rules = tuple(rules)
    evaluated = [rule for rule in rules if costly or rule.severity == "refuse" or not kind_of(rule).costly]
    simple = [rule for rule in evaluated if kind_of(rule).condition is not None]
    count, filled, broken = _scan(cursor, rows, simple)
    checked = {rule.id: filled.get(rule.column or "", count) if rule.kind != "required" else count for rule in rules}
    failures = {rule.id: number for rule, number in zip(simple, broken, strict=True)}
    outcomes = []
    for rule in rules:
        if rule in evaluated and failures.get(rule.id) != 0:
            outcomes.append(_outcome(cursor, rows, rule, checked[rule.id], failures.get(rule.id)))
        else:
            outcomes.append(Outcome(rule, checked[rule.id], failures.get(rule.id)))
    return Examination(rows.layer.id, count, filled, tuple(outcomes), sample)


def row_count(cursor: Cursor, rows: Rows) -> int:
    """Return the number of rows."""
    row = cursor.execute(sql.SQL(_SCAN).format(measures=sql.SQL(""), rows=rows.relation)).fetchone()
    return 0 if row is None else int(row[0])


def refused_by(cursor: Cursor, rows: Rows, rules: Iterable[Rule]) -> dict[int, list[Reason]]:
    """Return, by the number of each row that breaks a rule which refuses, all such reasons."""
    rules = tuple(rules)
    broken = {rule.id: _listed(cursor, rows, rule) for rule in rules if rule.severity == "refuse"}
    refused = {ref for listed in broken.values() for _, ref, *_ in listed}
    reasons: dict[int, list[Reason]] = {ref: [] for ref in sorted(refused)}
    # A refused row gets all its reasons, those of rules that only warn included.
    for rule in rules if refused else ():
        listed = broken[rule.id] if rule.id in broken else _listed(cursor, rows, rule)
        for _, ref, _, x, y, detail in listed:
            if ref in reasons:
                reasons[ref].append(_reason(rule, x, y, detail))
    return reasons


def _scan(cursor: Cursor, rows: Rows, rules: list[Rule]) -> tuple[int, dict[str, int], list[int]]:
    names = [column.name for column in rows.layer.columns]
    filled = [_FILLED.format(sql.Identifier("r", name)) for name in names]
    conditions = [condition(rule) for rule in rules if (condition := kind_of(rule).condition) is not None]
    measures = sql.SQL("").join([*filled, *(_BROKEN.format(each) for each in conditions)])
    row = cursor.execute(sql.SQL(_SCAN).format(measures=measures, rows=rows.relation)).fetchone() or (0,)
    numbers = [int(number) for number in row]
    return numbers[0], dict(zip(names, numbers[1:], strict=False)), numbers[1 + len(names) :]


def _outcome(cursor: Cursor, rows: Rows, rule: Rule, checked: int, failed: int | None) -> Outcome:
    """Return the outcome with examples; ``failed`` is counted where it is not known (None)."""
    if kind_of(rule).select(rule, rows) is None:
        return Outcome(rule, checked, None)
    listed = _listed(cursor, rows, rule, EXAMPLES, failed)
    examples = tuple(Example(ref, key, None if x is None else (x, y), detail) for _, ref, key, x, y, detail in listed)
    return Outcome(rule, checked, int(listed[0][0]) if listed else 0, examples)


def _listed(cursor: Cursor, rows: Rows, rule: Rule, most: int | None = None, failed: int | None = None) -> list[Any]:
    failing = kind_of(rule).select(rule, rows)
    if failing is None:
        return []
    parts = {"failing": failing, "rows": rows.relation, "most": sql.Literal(most), "long": sql.Literal(_MOST_DETAIL)}
    statement = sql.SQL(_LISTED if failed is None else _SOME)
    return cursor.execute(statement.format(**parts, failed=sql.Literal(failed))).fetchall()


def _reason(rule: Rule, x: float | None, y: float | None, detail: str | None) -> Reason:
    at = None if x is None or y is None else (x, y)
    zh, en = (f"违反规则：{rule.title.zh}", f"it breaks the rule: {rule.title.en}")
    more = "" if detail is None else f" ({detail})"
    return Reason(rule.id, Title(zh + more, en + more), at)
