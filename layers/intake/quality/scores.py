"""Scores from 0 to 100 of four elements of quality: the elements follow ISO 19157, the formulas are ours."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from layers.intake.quality.examine import Outcome, kind_of
from layers.intake.quality.kind import Element
from layers.intake.rejection import GEOMETRY_MISSING, KEY_MISSING, KEY_UNIQUE

ELEMENTS: tuple[Element, ...] = ("completeness", "correctness", "consistency")
_OF_REASON: Mapping[str, Element] = {
    GEOMETRY_MISSING: "completeness",
    KEY_MISSING: "completeness",
    KEY_UNIQUE: "consistency",
}
# The update cycle of layers, unless their catalogue file declares another.
CYCLE = timedelta(days=365)


def element_of(rule_id: str, outcomes: Iterable[Outcome]) -> Element:
    """Return the quality element of a quarantined row's reason."""
    element = next((kind_of(outcome.rule).element for outcome in outcomes if outcome.rule.id == rule_id), None)
    return element or _OF_REASON.get(rule_id, "correctness")


def score(element: Element, outcomes: Iterable[Outcome], read: int, quarantined: Mapping[str, int]) -> float | None:
    """Return 100 times the mean share of rows that keep the element's rules, times the share that was accepted.

    ``quarantined`` counts by element the rows that were not accepted because of it, of ``read``. None: nothing was
    evaluated.
    """
    outcomes = tuple(outcomes)
    shares = [
        outcome.passed
        for outcome in outcomes
        if kind_of(outcome.rule).element == element and outcome.passed is not None
    ]
    refused = quarantined.get(element, 0)
    if not read or not (shares or refused):
        return None if not read or element != "completeness" else 100.0
    mean = sum(shares) / len(shares) if shares else 1.0
    return round(100 * mean * (1 - min(refused, read) / read), 1)


def timeliness(date: datetime | None, now: datetime, cycle: timedelta = CYCLE) -> float | None:
    """Return 100 while the data are younger than their cycle, then 100 times cycle over age."""
    if date is None:
        return None
    age = max(now - date, timedelta(0))
    return round(100 * min(1.0, cycle / age), 1) if age else 100.0
