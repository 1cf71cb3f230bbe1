"""The report on the quality of a layer, or of what a load brought into it."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from layers.access.decision import Decision, decide
from layers.access.principals import Principal
from layers.base import Layer
from layers.errors import NotFound
from layers.intake.quality.examine import Examination, Example, Outcome, examine, row_count
from layers.intake.quality.lineage import brought_above, load_of_number
from layers.intake.quality.rows import live_rows
from layers.intake.quality.rules import RULE_KINDS, rule_book
from layers.intake.quality.scores import CYCLE, ELEMENTS, element_of, score, timeliness
from layers.registry import Registry
from layers.rule import Rule
from layers.store.dataset_layer import DatasetLayer
from layers.store.locks import lend_driver
from layers.store.models import coverage, dataset, quarantine
from layers.temporal import rfc3339
from layers.title import Title

Json = dict[str, Any]
# Larger layers are sampled for expensive rules.
_MOST_ROWS = 50_000
_MOST_PLACES = 2000


@dataclass(frozen=True)
class Report:
    """A report; ``examined`` has counts and examples, ``quarantined`` the pending rows, by reason."""

    layer: Layer
    examined: Examination
    rules: str
    date: datetime | None
    quarantined: Counter[str]
    pending: int
    made: datetime
    load: int | None = None
    places: tuple[tuple[float, float, str], ...] = ()

    @property
    def scores(self) -> dict[str, float | None]:
        """Return the four scores."""
        outcomes = self.examined.outcomes
        by_element: Counter[str] = Counter()
        for rule_id, number in self.quarantined.items():
            by_element[element_of(rule_id, outcomes)] += number
        read = self.examined.rows * self.examined.sample + self.pending
        scores: dict[str, float | None] = {element: score(element, outcomes, read, by_element) for element in ELEMENTS}
        return {**scores, "timeliness": timeliness(self.date, self.made)}

    def json(self) -> Json:
        """Return it as JSON; failures are points in EPSG:4490 as GeoJSON."""
        return {
            "layer": self.layer.id,
            "title": self.layer.title.json(),
            "load": self.load,
            "made": rfc3339(self.made),
            "date": self.date and rfc3339(self.date),
            "cycle_days": CYCLE.days,
            "rules_version": self.rules,
            "rows": self.examined.rows,
            "sample": self.examined.sample,
            "scores": self.scores,
            "quarantine": {"pending": self.pending, "by_rule": dict(self.quarantined)},
            "columns": [
                self._column(column.name) for column in self.layer.columns if column.name in self.examined.filled
            ],
            "rules": [outcome.json() for outcome in self.examined.outcomes],
            "failures": {"type": "FeatureCollection", "features": [_point(*place) for place in self.spots()]},
        }

    def spots(self) -> list[tuple[float, float, str]]:
        """Return the places of failures with their rule: the examples of rules, and pending rows of the quarantine."""
        failures = [
            (*example.at, outcome.rule.id)
            for outcome in self.examined.outcomes
            for example in outcome.examples
            if example.at is not None
        ]
        return [*failures, *self.places][:_MOST_PLACES]

    def _column(self, name: str) -> Json:
        filled, rows = self.examined.filled[name], self.examined.rows
        column = self.layer.column(name)
        title = column.title.json() if column else {}
        return {"name": name, "title": title, "filled": filled, "share": round(filled / rows, 4) if rows else None}


def layer_report(connection: Connection, registry: Registry, layer: Layer, decision: Decision) -> Report:
    """Examine the readable rows of a layer as it is now; of large layers a sample, by the rows' numbers."""
    if not isinstance(layer, DatasetLayer):
        raise NotFound(f"layer {layer.id} has no data of its own, so there is no report on its quality")
    book = rule_book(connection, [layer])
    rules = [rule for rule in book.of(layer.id) if rule.column not in decision.masked]
    with lend_driver(connection) as driver, driver.cursor() as cursor:
        all_rows = live_rows(layer, registry, decision)
        sample = -(-row_count(cursor, all_rows) // _MOST_ROWS) or 1
        rows = live_rows(layer, registry, decision, sample)
        examined = examine(cursor, rows, rules, costly=True, sample=sample)
    newest = select(func.max(dataset.c.date)).join(coverage).where(coverage.c.layer == layer.id)
    pending = _Quarantined(connection, layer, decision)
    shown = {name: number for name, number in examined.filled.items() if name not in decision.masked}
    return Report(
        layer,
        Examination(layer.id, examined.rows, shown, examined.outcomes, sample),
        book.version,
        connection.execute(newest).scalar(),
        pending.reasons(),
        pending.count(),
        datetime.now(UTC),
        places=pending.places(),
    )


def load_reports(connection: Connection, registry: Registry, principal: Principal, number: int) -> list[Report]:
    """Return the report on each readable layer of a load, with the results at the time of the load."""
    row = load_of_number(connection, number, principal)
    quality, summary = row["quality"] or {}, row["summary"]
    reports = []
    for name, stored in quality.get("layers", {}).items():
        decision = decide(principal, "read", registry.get(name)) if name in registry else None
        if decision is not None and decision.allowed:
            layer = registry.get(name)
            shown = not brought_above(connection, layer, number, decision.clearance)
            pending = _Quarantined(connection, layer, decision, number)
            reports.append(
                Report(
                    layer,
                    _readable(_examination(stored), decision, examples=shown),
                    quality["rules"],
                    datetime.fromisoformat(summary["date"]),
                    pending.reasons(),
                    pending.count(),
                    datetime.now(UTC),
                    number,
                    pending.places(),
                )
            )
    return reports


class _Quarantined:
    """The quarantined rows of a layer: all of one load, or otherwise the pending ones."""

    def __init__(self, connection: Connection, layer: Layer, decision: Decision, number: int | None = None) -> None:
        self._connection = connection
        self._where = [quarantine.c.layer == layer.id]
        self._where.append(quarantine.c.state == "pending" if number is None else quarantine.c.load == number)
        self._clearance = int(decision.clearance)

    def count(self) -> int:
        statement = select(func.count()).select_from(quarantine).where(*self._where)
        return int(self._connection.execute(statement).scalar_one())

    def reasons(self) -> Counter[str]:
        """Return the numbers of rows by the rule of their first reason."""
        rule = quarantine.c.reasons[0]["rule"].astext
        counted = self._connection.execute(select(rule, func.count()).where(*self._where).group_by(rule))
        return Counter({str(name): int(number) for name, number in counted})

    def places(self) -> tuple[tuple[float, float, str], ...]:
        spot = func.ST_PointOnSurface(func.ST_MakeValid(quarantine.c.geom))
        rule = quarantine.c.reasons[0]["rule"].astext
        statement = select(func.ST_X(spot), func.ST_Y(spot), rule).where(
            *self._where, quarantine.c.geom.is_not(None), quarantine.c.grade <= self._clearance
        )
        rows = self._connection.execute(statement.order_by(quarantine.c.id).limit(_MOST_PLACES))
        return tuple((x, y, name) for x, y, name in rows if x is not None)


def _readable(examined: Examination, decision: Decision, *, examples: bool) -> Examination:
    """Return the readable part of an examination; ``examples`` tells whether its examples are readable."""
    outcomes = [outcome for outcome in examined.outcomes if outcome.rule.column not in decision.masked]
    return replace(
        examined,
        filled={name: number for name, number in examined.filled.items() if name not in decision.masked},
        outcomes=tuple(outcome if examples else replace(outcome, examples=()) for outcome in outcomes),
    )


def _examination(stored: Json) -> Examination:
    outcomes = tuple(_outcome(rule) for rule in stored["rules"] if rule["kind"] in RULE_KINDS)
    return Examination(stored["layer"], stored["rows"], stored["filled"], outcomes, stored["sample"])


def _outcome(stored: Json) -> Outcome:
    title = Title(stored["title"]["zh"], stored["title"]["en"])
    rule = Rule(
        stored["id"], stored["layer"], stored["kind"], title, stored["column"], stored["parameters"], stored["severity"]
    )
    examples = tuple(
        Example(e["ref"], e["key"], None if e["at"] is None else (e["at"][0], e["at"][1]), e["detail"])
        for e in stored["examples"]
    )
    return Outcome(rule, stored["checked"], stored["failed"], examples)


def _point(x: float, y: float, rule: str) -> Json:
    place = {"type": "Point", "coordinates": [round(x, 7), round(y, 7)]}
    return {"type": "Feature", "geometry": place, "properties": {"rule": rule}}
