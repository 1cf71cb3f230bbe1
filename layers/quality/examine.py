"""Rows held against the rules of their layer, in a few statements over whole sets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from layers.quality.kind import RuleKind
from layers.quality.rows import Rows
from layers.quality.rules import RULE_KINDS
from layers.refusal import Reason
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
# Where it is known already how many there are, looking ends with the last example.
_SOME = """
WITH part AS MATERIALIZED (SELECT * FROM ({failing}) AS found LIMIT {most})
SELECT {failed}, s._row, r.source_key, ST_X(s.at), ST_Y(s.at), left(s.detail, {long})
FROM part AS s JOIN {rows} AS r ON r._row = s._row
"""


@dataclass(frozen=True)
class Example:
    """One row that breaks a rule: its number among its rows, its key, where (degrees, EPSG:4490), and what is there."""

    ref: int
    key: str | None
    at: tuple[float, float] | None
    detail: str | None


@dataclass(frozen=True)
class Outcome:
    """What became of one rule: of ``checked`` rows ``failed`` break it; ``failed`` None: it was not looked at."""

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
    """What rules found in ``rows`` rows of a layer, of ``sample`` of which one was looked at; and filled columns."""

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
    """Return what kind of rule it is."""
    return RULE_KINDS[rule.kind]


def examine(cursor: Cursor, rows: Rows, rules: Iterable[Rule], *, costly: bool, sample: int = 1) -> Examination:
    """Count what breaks which rule; without ``costly``, those that take long are only looked at if they refuse."""
    rules = tuple(rules)
    looked = [rule for rule in rules if costly or rule.severity == "refuse" or not kind_of(rule).costly]
    alone = [rule for rule in looked if kind_of(rule).condition is not None]
    count, filled, broken = _scan(cursor, rows, alone)
    checked = {rule.id: filled.get(rule.column or "", count) if rule.kind != "required" else count for rule in rules}
    counted = {rule.id: number for rule, number in zip(alone, broken, strict=True)}
    outcomes = []
    for rule in rules:
        if rule in looked and counted.get(rule.id) != 0:
            outcomes.append(_look(cursor, rows, rule, checked[rule.id], counted.get(rule.id)))
        else:
            outcomes.append(Outcome(rule, checked[rule.id], counted.get(rule.id)))
    return Examination(rows.layer.id, count, filled, tuple(outcomes), sample)


def row_count(cursor: Cursor, rows: Rows) -> int:
    """Return how many rows there are."""
    found = cursor.execute(sql.SQL(_SCAN).format(measures=sql.SQL(""), rows=rows.relation)).fetchone()
    return 0 if found is None else int(found[0])


def refused_by(cursor: Cursor, rows: Rows, rules: Iterable[Rule]) -> dict[int, list[Reason]]:
    """Return, by the number of each row that breaks a rule which refuses, all such reasons."""
    rules = tuple(rules)
    broken = {rule.id: _listed(cursor, rows, rule) for rule in rules if rule.severity == "refuse"}
    refused = {ref for found in broken.values() for _, ref, *_ in found}
    reasons: dict[int, list[Reason]] = {ref: [] for ref in sorted(refused)}
    # A row is told of all that is wrong with it, also of what alone would only have been counted.
    for rule in rules if refused else ():
        found = broken[rule.id] if rule.id in broken else _listed(cursor, rows, rule)
        for _, ref, _, x, y, detail in found:
            if ref in reasons:
                reasons[ref].append(_reason(rule, x, y, detail))
    return reasons


def _scan(cursor: Cursor, rows: Rows, alone: list[Rule]) -> tuple[int, dict[str, int], list[int]]:
    names = [column.name for column in rows.layer.columns]
    filled = [_FILLED.format(sql.Identifier("r", name)) for name in names]
    conditions = [condition(rule) for rule in alone if (condition := kind_of(rule).condition) is not None]
    measures = sql.SQL("").join([*filled, *(_BROKEN.format(each) for each in conditions)])
    row = cursor.execute(sql.SQL(_SCAN).format(measures=measures, rows=rows.relation)).fetchone() or (0,)
    numbers = [int(number) for number in row]
    return numbers[0], dict(zip(names, numbers[1:], strict=False)), numbers[1 + len(names) :]


def _look(cursor: Cursor, rows: Rows, rule: Rule, checked: int, failed: int | None) -> Outcome:
    """Return the outcome with examples; how many ``failed`` is counted where it is not known (None)."""
    if kind_of(rule).select(rule, rows) is None:
        return Outcome(rule, checked, None)
    found = _listed(cursor, rows, rule, EXAMPLES, failed)
    examples = tuple(Example(ref, key, None if x is None else (x, y), said) for _, ref, key, x, y, said in found)
    return Outcome(rule, checked, int(found[0][0]) if found else 0, examples)


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
