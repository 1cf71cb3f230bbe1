"""Which warnings start which scenario, and the wind to assume where a text has no figures: data, not code.

A rule names a kind. Gale and typhoon warnings start the wind scenario. 雷雨大风 starts it as a kind of its own and only
when its text states gusts of grade 8 or more; thunder, rain, fog and heat do not, whatever else their texts mention:
the office would issue its gale signal beside them. Warnings at sea, cancellations and exercises start nothing.
"""

from dataclasses import dataclass
from datetime import timedelta

from layers.errors import InputError
from layers.title import Title
from twin.hazard import Level
from twin.warnings.beaufort import Grades
from twin.warnings.kinds import KINDS
from twin.warnings.warning import Status, WeatherWarning


@dataclass(frozen=True)
class Rule:
    """A kind of warning that starts a scenario, from a level on and, where given, from a stated grade of gust on."""

    kind: str
    scenario: str
    least: Level = Level.BLUE
    least_gust: int | None = None


@dataclass(frozen=True)
class Decision:
    """The decision on a warning: the id of the scenario that it starts or None, and why."""

    scenario: str | None
    reason: Title


@dataclass(frozen=True)
class AssumedWind:
    """The wind that a signal stands for: ranges of grades of the mean and the gust, and within how many hours."""

    mean: Grades
    gust: Grades
    within: timedelta


RULES: tuple[Rule, ...] = (
    Rule("gale", "wind"),
    Rule("typhoon", "wind"),
    Rule("thunderstorm_gale", "wind", least_gust=8),
)

# The signals' criteria (CMA order no. 16, 2007, and its guide): lowest mean and lowest gust of blue to red. A level
# ends where the next begins; red is open and takes one grade.
_CRITERIA: dict[str, tuple[tuple[int, int], ...]] = {
    "typhoon": ((6, 8), (8, 10), (10, 12), (12, 14)),
    "gale": ((6, 7), (8, 9), (10, 11), (12, 13)),
    "thunderstorm_gale": ((6, 7), (8, 9), (10, 11), (12, 13)),
}


def _assumed(kind: str) -> dict[tuple[str, Level], AssumedWind]:
    lowest = _CRITERIA[kind]
    table = {}
    for level in list(Level)[1:]:
        (mean, gust), is_red = lowest[level - 1], level is Level.RED
        ends = (mean + 1, gust + 1) if is_red else (lowest[level][0] - 1, lowest[level][1] - 1)
        table[kind, level] = AssumedWind(
            Grades(mean, ends[0], open=is_red),
            Grades(gust, max(ends[1], gust), open=is_red),
            timedelta(hours=KINDS[kind].horizon_h(level)),
        )
    return table


ASSUMED: dict[tuple[str, Level], AssumedWind] = {
    key: wind for kind in _CRITERIA for key, wind in _assumed(kind).items()
}


def assumed_wind(kind: str, level: Level) -> AssumedWind:
    """Return the wind that a signal stands for by its criterion; kinds without wind have none."""
    wind = ASSUMED.get((kind, level))
    if wind is None:
        raise InputError(
            f"a {level.title.en} warning of {kind!r} stands for no wind; kinds that do: {sorted(_CRITERIA)}"
        )
    return wind


def scenario_of(warning: WeatherWarning) -> str | None:
    """Return the id of the scenario that a warning starts, or None."""
    return decide(warning).scenario


def decide(warning: WeatherWarning) -> Decision:
    """Decide what a warning starts, with the reason in a sentence."""
    if not warning.actual:
        return Decision(None, Title("演练或测试，不启动推演", "an exercise or test starts nothing"))
    if warning.status is Status.CANCELLED:
        return Decision(None, Title("预警已解除，不启动推演", "a cancellation starts nothing"))
    rule = next((rule for rule in RULES if rule.kind == warning.kind and warning.level >= rule.least), None)
    kind = KINDS[warning.kind].title
    if rule is None:
        return Decision(None, Title(f"{kind.zh}预警不启动推演", f"{kind.en} warnings start nothing"))
    gust = warning.wind.strongest_gust
    if rule.least_gust is not None and (gust is None or gust < rule.least_gust):
        return Decision(
            None,
            Title(
                f"{kind.zh}预警未写明阵风{rule.least_gust}级及以上，不启动推演",
                f"the text states no gust of grade {rule.least_gust} or more",
            ),
        )
    return Decision(rule.scenario, Title(f"{warning.title.zh}启动推演", f"{warning.title.en}: starts the run"))
