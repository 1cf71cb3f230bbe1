"""Limits of a site and whether a design keeps them: rules are data, in the layer of plots or given by hand; pure."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bim.schemes.figures import Figure, named
from bim.schemes.indicators import SIDES
from layers.errors import ParameterError
from layers.temporal import rfc3339
from layers.title import Title

State = Literal["meets", "breaks", "unknown"]
STATES = {
    "meets": Title("符合", "meets"),
    "breaks": Title("不符合", "breaks"),
    "unknown": Title("未知", "unknown"),
}
# A value that differs from its limit by a smaller share is equal to it: outlines are kept to a tenth of a millimetre.
_SAME = 5e-5
_LARGEST = 1e7


@dataclass(frozen=True)
class Rule:
    """A limit of one indicator; ``id`` is also the column of the limit in the layer of plots."""

    id: str
    indicator: str
    title: Title
    at_most: bool


RULES = (
    Rule("max_height_m", "height_m", Title("建筑限高", "height limit"), at_most=True),
    Rule("max_storeys", "storeys", Title("层数上限", "most storeys"), at_most=True),
    Rule("max_far", "far", Title("容积率上限", "highest floor area ratio"), at_most=True),
    Rule("max_density_pct", "density_pct", Title("建筑密度上限", "highest building density"), at_most=True),
    Rule("min_green_pct", "green_pct", Title("绿地率下限", "lowest green ratio"), at_most=False),
    Rule("min_setback_m", "setback_m", Title("退界下限", "least setback"), at_most=False),
    *(
        Rule(
            f"min_setback_{side}_m",
            f"setback_{side}_m",
            Title(f"{zh}侧退界下限", f"least setback to the {side}"),
            at_most=False,
        )
        for side, zh in zip(SIDES, "北东南西", strict=True)
    ),
    Rule("min_spacing_m", "spacing_m", Title("建筑间距下限", "least spacing of buildings"), at_most=False),
)
_IDS = tuple(rule.id for rule in RULES)


@dataclass(frozen=True)
class Limits:
    """Limits by the id of their rule, what states them, since when they are known, and how they were found."""

    values: Mapping[str, float]
    source: str
    date: datetime | None
    found: Title

    def json(self) -> dict[str, Any]:
        """Return them as JSON."""
        return {
            "values": dict(self.values),
            "source": self.source,
            "date": None if self.date is None else rfc3339(self.date),
            "found": self.found.json(),
        }


NO_LIMITS = Limits({}, "", None, Title("没有规划条件", "there are no limits"))


@dataclass(frozen=True)
class Verdict:
    """Whether a design keeps one limit; ``margin`` is how much it is from breaking it, below 0 where it does.

    ``in_doubt`` tells that the margin is no larger than the uncertainty that is stated.
    """

    rule: Rule
    limit: float
    figure: Figure
    state: State
    margin: float | None
    limits: Limits

    @property
    def in_doubt(self) -> bool:
        """Tell whether the uncertainty of the value could turn the verdict."""
        return None not in (self.margin, self.figure.uncertainty) and abs(self.margin or 0.0) <= (
            self.figure.uncertainty or 0.0
        )

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "rule": self.rule.id,
            "title": self.rule.title.json(),
            "state": self.state,
            "state_title": STATES[self.state].json(),
            "value": self.figure.value,
            "limit": self.limit,
            "unit": self.figure.unit,
            "at_most": self.rule.at_most,
            "margin": self.margin,
            "uncertainty": self.figure.uncertainty,
            "in_doubt": self.in_doubt,
            "basis": self.figure.basis.json(),
            "source": self.limits.source,
            "date": None if self.limits.date is None else rfc3339(self.limits.date),
        }


def judge(figures: Iterable[Figure], limits: Limits) -> tuple[Verdict, ...]:
    """Return a verdict for each limit that there is, in the order of the rules."""
    by_name = {figure.name: figure for figure in figures}
    return tuple(
        _verdict(rule, limits.values[rule.id], by_name[rule.indicator], limits)
        for rule in RULES
        if rule.id in limits.values
    )


def _verdict(rule: Rule, limit: float, figure: Figure, limits: Limits) -> Verdict:
    if figure.value is None:
        return Verdict(rule, limit, figure, "unknown", None, limits)
    margin = limit - figure.value if rule.at_most else figure.value - limit
    keeps = margin >= -_SAME * abs(limit)
    return Verdict(rule, limit, figure, "meets" if keeps else "breaks", margin, limits)


def limits_of(document: Mapping[str, Any], parameter: str = "limits") -> dict[str, float]:
    """Read limits by the ids of their rules; raises ParameterError for one that is unknown, or no number."""
    strange = sorted(set(document) - set(_IDS))
    if strange:
        raise ParameterError(parameter, f"there is no limit {named(strange)}; there are {', '.join(_IDS)}")
    for name, value in document.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value) or not 0 <= value <= _LARGEST:
            raise ParameterError(parameter, f"{name} is {str(value)[:40]!r}; a number from 0 to {_LARGEST:g} can be")
    return {name: float(value) for name, value in document.items()}
