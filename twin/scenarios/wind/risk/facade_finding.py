"""The finding on one building's façades, in numbers and as a sentence."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.space import POINTS
from layers.title import Title
from twin.scenarios.wind.risk.glass import SOURCE as GLASS_SOURCE
from twin.scenarios.wind.risk.levels import level_rule

_ZONES = {
    1.0: Title("迎风面", "windward wall"),
    -1.4: Title("侧风面边缘（负压）", "edge strip of a side wall (suction)"),
    -1.0: Title("侧风面（负压）", "side wall (suction)"),
    -0.6: Title("背风面（负压）", "leeward wall (suction)"),
}


@dataclass(frozen=True)
class FacadeFinding:
    """The worst cell of a building, the heights on its side that share its level, and how many cells reach a level."""

    eta: float
    eta_error: float
    gust_ms: float
    design_gust_ms: float
    design_pressure_kpa: float
    side: int
    azimuth_deg: float
    base_m: float
    top_m: float
    factor: float  # external μ_sl of the worst cell in that wind
    wind_from_deg: float
    age_factor: float
    cells: tuple[int, int, int, int]  # at blue, yellow, orange, red

    def reason(self) -> Title:
        """Write why: where on the façade, demand over design, gust against design, and how many cells."""
        side, zone, many = POINTS[self.side], _ZONES[self.factor], sum(self.cells)
        band, index = f"{self.base_m:.0f}–{self.top_m:.0f} m", f"η={self.eta:.2f}±{self.eta_error:.2f}"
        least = level_rule("facade").bounds[0]
        zh = (
            f"{side.zh}立面 {band}：风压需求/设计 {index}，阵风 {self.gust_ms:.1f} m/s，"
            f"设计阵风 {self.design_gust_ms:.1f} m/s，{zone.zh}；{many} 个单元 η≥{least:g}"
        )
        en = (
            f"{side.en} façade {band}: demand/design {index}, gust {self.gust_ms:.1f} m/s, "
            f"design gust {self.design_gust_ms:.1f} m/s, {zone.en}; {many} cells with η≥{least:g}"
        )
        if self.age_factor > 1.0:
            zh += f"；已计结构胶老化系数 {self.age_factor:.2f}"
            en += f"; age factor of the sealant {self.age_factor:.2f} included"
        return Title(zh, en)

    def evidence(self) -> dict[str, Any]:
        """Return the numbers, ready for JSON."""
        rule = level_rule("facade")
        numbers = {name: round(value, 3) for name, value in vars(self).items() if isinstance(value, float)}
        source = {"age_source": GLASS_SOURCE} if self.age_factor > 1.0 else {}
        return {
            **numbers,
            "side": POINTS[self.side].json(),
            "zone": _ZONES[self.factor].json(),
            "cells": dict(zip(("blue", "yellow", "orange", "red"), self.cells, strict=True)),
            "basis": rule.basis,
            "source": rule.source,
            **source,
        }


def side_index(azimuth_deg: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the eighth of the compass that a wall faces: 0 north, 1 north-east, to 7 north-west."""
    return np.floor((azimuth_deg + 22.5) / 45.0).astype(np.int64) % 8
