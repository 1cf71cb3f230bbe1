"""The effect of the age of glass curtain walls 玻璃幕墙 on a demand."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

# JGJ 102-2003 has the adhesion of structural sealant sampled for the first time after ten years of use, and curtain
# walls are designed for 25 years. No standard gives the strength lost by then: a fifth is our judgement.
FIRST_SAMPLING_YEARS = 10.0
DESIGN_LIFE_YEARS = 25.0
STRENGTH_AT_DESIGN_LIFE = 0.8
SOURCE = "JGJ 102-2003: sealant sampled after 10 years, design life 25 years; strength left of 0.8 is judgement"

# Share of the design resistance by type of wall: judgement, for what an inspection of the type usually finds.
TYPE_FACTORS = {
    "framed": 1.0,  # 明框: glass held by caps
    "semi_hidden": 1.05,  # 半隐框
    "hidden": 1.1,  # 隐框: held by sealant alone
    "point": 1.0,  # 点支承
    "unitised": 1.0,  # 单元式
}


def age_factor(built_year: ArrayLike, year: int) -> NDArray[np.float64]:
    """Return the factor of a demand for the age of the sealant; 1 where the year is unknown (NaN).

    One up to ten years, 1.25 from 25 years on, between them with strength falling evenly.
    """
    age = year - np.asarray(built_year, dtype=np.float64)
    strength = np.interp(age, (FIRST_SAMPLING_YEARS, DESIGN_LIFE_YEARS), (1.0, STRENGTH_AT_DESIGN_LIFE))
    return np.where(np.isnan(age), 1.0, 1.0 / strength)


def type_factor(wall_type: str | None) -> float:
    """Return the factor of a demand for the type of wall; 1 where it is unknown."""
    return TYPE_FACTORS.get(wall_type or "", 1.0)
