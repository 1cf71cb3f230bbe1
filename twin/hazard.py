"""Hazard, exposure, vulnerability, impact: the four concepts that all scenarios share.

A *hazard* is an intensity at a place; *exposure* is the object there and the people at it; *vulnerability* turns
the intensity into a demand on the object; an *impact* is the resulting level with the sentence for the duty officer.

    hazard × exposure × vulnerability = impact
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.grades import Grade
from layers.title import Title

SCREENING = Title("筛查结论，须现场核实", "screening, verify on site")
"""Added to every impact whose demand rests on judgement or on data that were not verified on site."""


class Level(IntEnum):
    """The four colours of Chinese warnings and responses 四色预警, and none."""

    NONE = 0
    BLUE = 1
    YELLOW = 2
    ORANGE = 3
    RED = 4

    @property
    def title(self) -> Title:
        """Return the display name of the level."""
        zh, en = ("无", "蓝色", "黄色", "橙色", "红色"), ("none", "blue", "yellow", "orange", "red")
        return Title(zh[self], en[self])

    @property
    def color(self) -> str:
        """Return the colour of maps and lists as #rrggbb."""
        return ("#9aa5b1", "#1e6fff", "#f2c300", "#ff7a00", "#e02020")[self]

    @property
    def response(self) -> str:
        """Return the response level in Roman numerals, IV for blue to I for red, empty for none."""
        return ("", "IV", "III", "II", "I")[self]

    @classmethod
    def from_response(cls, roman: str) -> "Level":
        """Return the level of a response in Roman numerals; raises ``ValueError`` for anything else."""
        for level in cls:
            if level.response == roman and roman:
                return level
        raise ValueError(f"{roman!r} is not a response level; the levels are IV, III, II, I")


@dataclass(frozen=True)
class Hazard:
    """The worst intensity at each of n things, with its unit and uncertainty."""

    measure: str  # "gust_ms", "visibility_m", "depth_m"
    unit: str
    values: NDArray[np.float64]  # (n,); NaN where it does not reach
    sigma: NDArray[np.float64]  # (n,) standard uncertainty, same unit
    at: Sequence[datetime]  # (n,) aware, UTC


@dataclass(frozen=True)
class Exposure:
    """One thing that can be harmed, its owner, and the people at it.

    ``grade`` is the highest of the thing's own and those of ``sources``, other things that its description draws on.
    """

    key: str  # "buildings/12": layer and fid
    kind: str
    name: str
    people: float = 0.0
    owner: str = ""
    phone: str = ""
    grade: Grade = Grade.OPEN
    sources: tuple[str, ...] = ()


class Vulnerability(Protocol):
    """How a kind of thing responds to an intensity."""

    @property
    def measure(self) -> str:
        """Return the measure of the demand: ``eta``, ``probability``, or the hazard's own measure."""
        ...

    def demand(self, intensity: ArrayLike) -> NDArray[np.float64]:
        """Return the demand on a thing for each intensity, same shape; never falls as the intensity worsens."""
        ...

    def slope(self, intensity: ArrayLike) -> NDArray[np.float64]:
        """Return the change of the demand per unit of intensity."""
        ...


@dataclass(frozen=True)
class Direct:
    """A vulnerability for direct exposure, as of pedestrians: the intensity itself is the demand."""

    measure: str

    def demand(self, intensity: ArrayLike) -> NDArray[np.float64]:
        """Return the intensity."""
        return np.asarray(intensity, dtype=np.float64)

    def slope(self, intensity: ArrayLike) -> NDArray[np.float64]:
        """Return one for each intensity."""
        return np.ones_like(np.asarray(intensity, dtype=np.float64))


@dataclass(frozen=True)
class LevelRule:
    """Bounds of a demand at which blue, yellow, orange and red begin (closed below)."""

    measure: str
    bounds: tuple[float, float, float, float]  # rising
    basis: str  # "standard" | "literature" | "judgement"
    source: str

    def __post_init__(self) -> None:
        """Refuse bounds that do not rise."""
        if any(low >= high for low, high in zip(self.bounds, self.bounds[1:], strict=False)):
            raise ValueError(f"{self.measure}: the level bounds {self.bounds} do not rise")

    def levels(self, demand: ArrayLike) -> NDArray[np.int8]:
        """Return the level of each demand, as ``Level`` numbers; NaN has none."""
        values = np.nan_to_num(np.asarray(demand, dtype=np.float64), nan=-np.inf)
        return np.searchsorted(np.asarray(self.bounds), values, side="right").astype(np.int8)

    def level(self, demand: float) -> Level:
        """Return the level of one demand."""
        return Level(int(self.levels(demand)))

    def severity(self, demand: ArrayLike) -> NDArray[np.float64]:
        """Return the level of each demand as a continuous number: 0 for none, 1 where blue begins, 4 at red, below 5.

        Above red it is 5 - red/demand, so that it still ranks.
        """
        values = np.nan_to_num(np.asarray(demand, dtype=np.float64), nan=0.0)
        red = self.bounds[3]
        inside = np.interp(values, (0.0, *self.bounds), (0.0, 1.0, 2.0, 3.0, 4.0))
        return np.where(values > red, 5.0 - red / np.maximum(values, red), inside)


@dataclass(frozen=True)
class Impact:
    """The effect of a hazard on one thing at the worst time, with reason, uncertainty and the grade of the thing."""

    key: str
    kind: str
    name: str
    level: Level
    score: float  # ranks inside a run, higher is worse
    demand: float
    measure: str  # what ``demand`` is: "eta", "gust_ms", "probability", ...
    at: datetime  # aware, UTC: when worst
    reason: Title  # with numbers and units
    uncertainty: float = 0.0  # standard, in units of demand
    people: float = 0.0  # persons exposed at that time
    owner: str = ""
    phone: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)  # the numbers behind it, ready for JSON
    screening: bool = True  # then ``SCREENING`` belongs to the reason
    grade: Grade = Grade.OPEN
    sources: tuple[str, ...] = ()

    def sentence(self) -> Title:
        """Return the reason, with the screening sentence where it belongs."""
        if not self.screening:
            return self.reason
        return Title(f"{self.reason.zh}（{SCREENING.zh}）", f"{self.reason.en} ({SCREENING.en})")


def score(severity: ArrayLike, people: ArrayLike) -> NDArray[np.float64]:
    """Return severity plus a quarter for every tenfold of people: a thousand persons weigh three quarters of a level.

    The weight is a judgement; it orders things of one level, since ``rank`` puts the level first.
    """
    persons = np.maximum(np.nan_to_num(np.asarray(people, dtype=np.float64)), 0.0)
    return np.asarray(severity, dtype=np.float64) + 0.25 * np.log10(1.0 + persons)


@dataclass(frozen=True)
class Finding:
    """The numbers that ``assess`` computed for one thing, from which its reason is written."""

    index: int
    level: Level
    intensity: float
    demand: float
    uncertainty: float  # standard, in units of demand


Describe = Callable[[Finding], tuple[Title, Mapping[str, Any]]]
"""Writes the reason of a finding, and returns the numbers behind it."""


def assess(
    hazard: Hazard, exposed: Sequence[Exposure], vulnerability: Vulnerability, rule: LevelRule, describe: Describe
) -> list[Impact]:
    """Return hazard × exposure × vulnerability: an impact for each exposed thing at blue or above.

    The uncertainty of the hazard is carried to the demand by the slope; an impact is a screening conclusion unless
    the bounds of its level are a standard's.
    """
    demand = vulnerability.demand(hazard.values)
    error = np.abs(vulnerability.slope(hazard.values)) * hazard.sigma
    levels = rule.levels(demand)
    scores = score(rule.severity(demand), [each.people for each in exposed])
    impacts = []
    for i in np.flatnonzero(levels >= Level.BLUE).tolist():
        each, level = exposed[i], Level(int(levels[i]))
        finding = Finding(i, level, float(hazard.values[i]), float(demand[i]), float(error[i]))
        reason, evidence = describe(finding)
        impacts.append(
            Impact(
                key=each.key,
                kind=each.kind,
                name=each.name,
                level=level,
                score=float(scores[i]),
                demand=finding.demand,
                measure=vulnerability.measure,
                at=hazard.at[i],
                reason=reason,
                uncertainty=finding.uncertainty,
                people=each.people,
                owner=each.owner,
                phone=each.phone,
                evidence=evidence,
                screening=rule.basis != "standard",
                grade=each.grade,
                sources=each.sources,
            )
        )
    return impacts


def rank(impacts: Iterable[Impact]) -> tuple[Impact, ...]:
    """Return impacts, the worst first: by level, then score, then key, so that equal runs give equal lists."""
    return tuple(sorted(impacts, key=lambda impact: (-impact.level, -impact.score, impact.key)))


def count_levels(impacts: Sequence[Impact]) -> dict[Level, int]:
    """Return how many impacts there are of each level, none excluded."""
    levels = [impact.level for impact in impacts]
    return {level: levels.count(level) for level in Level if level is not Level.NONE}
