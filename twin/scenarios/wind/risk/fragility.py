"""Fragility of outdoor objects: probability of failure by the gust at the object.

The numbers are data with a source for each row: ``fragility.csv``. A median is a design gust times a reserve; both
are recorded, with their basis: a standard, a paper, or judgement.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from layers.errors import InputError, SourceError
from twin.scenarios.wind.risk.levels import BASES

ANY_STATE = "*"
WORK_STOP_MS = 10.8
"""Beaufort 6 begins here: work at height and hoisting stop (JGJ 80-2016; 建筑施工高处作业安全技术规范)."""

WORK_STOP_KINDS = frozenset({"scaffold", "tower_crane"})

# Unmaintained steel and timber lose resistance outdoors: judgement, 1 % of speed a year after ten years.
AGEING_KINDS = frozenset({"sign", "canopy", "temporary", "rooftop_plant"})
_YOUNG_YEARS, _LOSS_PER_YEAR, _LEAST_SHARE = 10.0, 0.01, 0.75

_FILE = Path(__file__).with_name("fragility.csv")


@dataclass(frozen=True)
class Fragility:
    """A lognormal curve P(v) = Φ[(ln v - ln median)/dispersion] of the 3 s gust at a thing's own height."""

    kind: str
    state: str
    design_gust_ms: float
    reserve: float
    dispersion: float
    basis: str  # "standard" | "literature" | "judgement"
    source: str
    derivation: str
    measure: str = "probability"

    @property
    def median_ms(self) -> float:
        """Return the gust at which half of such things fail, m/s."""
        return self.design_gust_ms * self.reserve

    def demand(self, intensity: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of failure for gusts in m/s; NaN stays NaN."""
        return self.probability(intensity, 1.0)

    def probability(self, gust_ms: ArrayLike, share: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of failure where ``share`` of the median's speed is left."""
        gusts = np.maximum(np.asarray(gust_ms, dtype=np.float64), 1e-6)
        return np.asarray(ndtr(np.log(gusts / (self.median_ms * np.asarray(share))) / self.dispersion))

    def slope(self, gust_ms: ArrayLike, share: ArrayLike = 1.0) -> NDArray[np.float64]:
        """Return the change of the probability per m/s of gust."""
        gusts = np.maximum(np.asarray(gust_ms, dtype=np.float64), 1e-6)
        z = np.log(gusts / (self.median_ms * np.asarray(share))) / self.dispersion
        return np.asarray(np.exp(-0.5 * z * z) / (np.sqrt(2.0 * np.pi) * self.dispersion * gusts))


@cache
def fragilities(path: Path = _FILE) -> dict[tuple[str, str], Fragility]:
    """Return the curves by kind and state; raises ``SourceError`` naming the line that cannot be used."""
    with path.open(encoding="utf-8") as file:
        rows = [_fragility(row, path, number) for number, row in enumerate(csv.DictReader(file), 2)]
    return {(row.kind, row.state): row for row in rows}


def fragility_of(kind: str, state: str | None = None) -> Fragility:
    """Return the curve of a kind in a state, or the kind's general one."""
    curves = fragilities()
    curve = curves.get((kind, state or ANY_STATE)) or curves.get((kind, ANY_STATE))
    if curve is None:
        kinds = ", ".join(sorted({each for each, _ in curves}))
        raise InputError(f"there is no fragility curve for the kind {kind!r}; there are curves for {kinds}")
    return curve


def remaining_share(kind: str, built_year: Iterable[float | None] | ArrayLike, year: int) -> NDArray[np.float64]:
    """Return the share of the median gust that age has left; 1 for kinds that do not age and unknown years (NaN)."""
    built = np.asarray(built_year, dtype=np.float64)
    if kind not in AGEING_KINDS:
        return np.ones(built.shape)
    age = np.nan_to_num(year - built, nan=0.0)
    return np.clip(1.0 - _LOSS_PER_YEAR * (age - _YOUNG_YEARS), _LEAST_SHARE, 1.0)


def _fragility(row: dict[str, str], path: Path, number: int) -> Fragility:
    place = f"line {number}"
    if row["basis"] not in BASES:
        raise SourceError(path.name, f"basis {row['basis']!r} is none of {', '.join(BASES)}", place)
    if not row["source"]:
        raise SourceError(path.name, "source is empty", place)
    try:
        design, reserve, dispersion = (float(row[name]) for name in ("design_gust_ms", "reserve", "dispersion"))
    except ValueError as error:
        raise SourceError(path.name, str(error), place) from error
    if min(design, reserve, dispersion) <= 0.0:
        raise SourceError(path.name, "gust, reserve and dispersion must be above zero", place)
    return Fragility(
        row["kind"], row["state"], design, reserve, dispersion, row["basis"], row["source"], row["derivation"]
    )
