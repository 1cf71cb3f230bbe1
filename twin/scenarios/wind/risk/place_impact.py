"""Impacts on places with people: streets, squares, metro exits, ferries, footbridges, sky-decks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.title import Title
from twin.hazard import Direct, Exposure, Finding, Hazard, Impact, Level, LevelRule, assess
from twin.scenarios.wind.risk.levels import level_rule
from twin.scenarios.wind.risk.steps import Worst

_HARM = (
    Title("", ""),
    Title("行走困难", "walking is hard"),
    Title("可吹倒体弱者和骑行者", "may blow over the frail and cyclists"),
    Title("可吹倒健康成人", "may blow over able-bodied people"),
    Title("人员不可停留", "nobody may stay"),
)
_HARM_DECK = Title("达到观光层停止开放条件", "the deck must close")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PlaceLoad:
    """The worst gust at each place, at the height where its people are, NaN where nobody can be outdoors.

    ``share`` is the part of a street that has the worst gust's level, or None.
    """

    gust: Worst
    share: Floats | None = None

    def of(self, mask: NDArray[np.bool_]) -> "PlaceLoad":
        """Return the load of some of the places."""
        gust = Worst(self.gust.values[mask], self.gust.step[mask], self.gust.winds)
        return PlaceLoad(gust, None if self.share is None else self.share[mask])


def place_impacts(places: Sequence[Exposure], load: PlaceLoad) -> list[Impact]:
    """Return an impact for each place at blue or above; kinds without bounds of their own have those of streets."""
    kinds = np.array([place.kind for place in places], dtype=object)
    return [
        impact
        for kind in dict.fromkeys(kinds.tolist())
        for impact in _impacts([places[i] for i in np.flatnonzero(kinds == kind).tolist()], load.of(kinds == kind))
    ]


def _impacts(places: Sequence[Exposure], load: PlaceLoad) -> list[Impact]:
    """Return the impacts on places of one kind, for whom the gust itself is the demand."""
    rule = level_rule(places[0].kind)
    gust, times, from_deg = load.gust.values, load.gust.times(), load.gust.from_deg()

    def describe(finding: Finding) -> tuple[Title, dict[str, Any]]:
        share = None if load.share is None else float(load.share[finding.index])
        reason = _reason(places[finding.index], finding, rule, share)
        return reason, _evidence(rule, finding, share, float(from_deg[finding.index]))

    hazard = Hazard("gust_ms", "m/s", gust, load.gust.gust_error() * gust, times)
    return assess(hazard, places, Direct("gust_ms"), rule, describe)


def _reason(place: Exposure, finding: Finding, rule: LevelRule, share: float | None) -> Title:
    """Write the reason: the gust against the bound of its level, its effect on people, and how many there are."""
    level, bound = finding.level.title, rule.bounds[finding.level - 1]
    closes = place.kind == "sky_deck" and finding.level >= Level.ORANGE
    harm = _HARM_DECK if closes else _HARM[finding.level]
    value = f"{finding.demand:.1f}±{finding.uncertainty:.1f} m/s"
    zh = f"阵风 {value}（{level.zh} ≥{bound:g} m/s），{harm.zh}；约 {place.people:.0f} 人"
    en = f"gust {value} ({level.en} from {bound:g} m/s): {harm.en}; about {place.people:.0f} persons"
    if share is not None:
        zh, en = f"{zh}；{share:.0%} 路段同级", f"{en}; {share:.0%} of the street is at this level"
    return Title(zh, en)


def _evidence(rule: LevelRule, finding: Finding, share: float | None, from_deg: float) -> dict[str, Any]:
    return {
        "gust_ms": round(finding.demand, 1),
        "gust_error_ms": round(finding.uncertainty, 1),
        "wind_from_deg": round(from_deg, 1),
        **({} if share is None else {"share": round(share, 2)}),
        "bounds_ms": list(rule.bounds),
        "basis": rule.basis,
        "source": rule.source,
    }
