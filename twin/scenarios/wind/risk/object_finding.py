"""The finding on one outdoor object, in numbers and as a sentence."""

from dataclasses import dataclass
from typing import Any

from layers.title import Title
from twin.scenarios.wind.risk.fragility import WORK_STOP_MS, Fragility
from twin.scenarios.wind.risk.levels import level_rule

WORK_STOP_SOURCE = "JGJ 80-2016: work at height stops from Beaufort 6 on, 10.8 m/s"

KIND_TITLES = {
    "sign": Title("户外广告牌", "outdoor sign"),
    "scaffold": Title("脚手架", "scaffold"),
    "tower_crane": Title("塔吊", "tower crane"),
    "tree": Title("行道树", "street tree"),
    "temporary": Title("临时构筑物", "temporary structure"),
    "rooftop_plant": Title("屋顶设备", "rooftop plant"),
    "canopy": Title("雨棚", "canopy"),
}


@dataclass(frozen=True)
class ObjectFinding:
    """An object, the gust on it, and its probability of failure in its present state."""

    curve: Fragility
    height_m: float | None
    built_year: int | None
    state: str
    gust_ms: float
    gust_error_ms: float
    probability: float
    error: float
    share: float  # of the median gust that age has left
    wind_from_deg: float
    work_stops: bool
    if_secured: float | None  # probability once the state is no longer in_use, where that makes a difference

    def reason(self) -> Title:
        """Write why: the gust, the median gust of the curve, the probability, the stop of work."""
        title = KIND_TITLES.get(self.curve.kind, Title(self.curve.kind, self.curve.kind))
        height = "" if self.height_m is None else f"{self.height_m:.0f} m "
        gust, median = f"{self.gust_ms:.1f}±{self.gust_error_ms:.1f} m/s", self.curve.median_ms * self.share
        zh = f"{title.zh} {height}处阵风 {gust}，半数失效阵风 {median:.1f} m/s，失效概率 {self.probability:.0%}"
        en = (
            f"{title.en}: gust {gust} at {height or 'its height'}".rstrip()
            + f", median failure gust {median:.1f} m/s, probability of failure {self.probability:.0%}"
        )
        if self.if_secured is not None:
            zh += f"（停用并自由回转后 {self.if_secured:.0%}）"
            en += f" ({self.if_secured:.0%} once out of service and free to weathervane)"
        if self.work_stops:
            zh += f"；阵风达六级（≥{WORK_STOP_MS} m/s），应停止高处作业和吊装"
            en += f"; gust of Beaufort 6 (≥{WORK_STOP_MS} m/s): stop work at height and hoisting"
        return Title(zh, en)

    def evidence(self) -> dict[str, Any]:
        """Return the numbers, ready for JSON."""
        numbers = {
            "gust_ms": round(self.gust_ms, 1),
            "gust_error_ms": round(self.gust_error_ms, 1),
            "probability": round(self.probability, 4),
            "probability_error": round(self.error, 4),
            "median_ms": round(self.curve.median_ms * self.share, 1),
            "dispersion": self.curve.dispersion,
            "age_share": round(self.share, 3),
            "wind_from_deg": round(self.wind_from_deg, 1),
        }
        optional = {"height_m": self.height_m, "built_year": self.built_year, "probability_secured": self.if_secured}
        sources = [self.curve.source, *([WORK_STOP_SOURCE] if self.work_stops else [])]
        return {
            **numbers,
            **{name: value for name, value in optional.items() if value is not None},
            "state": self.state,
            "work_stops": self.work_stops,
            "basis": self.curve.basis,
            "levels_basis": level_rule("fragility").basis,
            "source": "; ".join(sources),
        }
