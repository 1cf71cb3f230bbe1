"""Scores by run, by height and by case, of the model and of the trivial models beside it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.scenarios.wind.skill.compare import Comparison
from twin.scenarios.wind.skill.scores import NAMES, Scores, intervals, scores

F64 = NDArray[np.float64]
Pick = Callable[[Comparison], NDArray[np.bool_]]
MODEL, CONSTANT = "model", "constant"
# Fewer points at one height get no row of their own: their interval would span the whole scale.
_FEW = 20


@dataclass(frozen=True)
class Row:
    """The scores of the points of a case, of one ``run`` or of "all", at one height or at "all"."""

    case: str
    run: str
    height: str
    model: Scores
    intervals: tuple[tuple[float, float], ...]
    beside: dict[str, Scores]

    def json(self) -> dict[str, Any]:
        """Return it with nulls where a score does not exist."""
        bounds = dict(zip(NAMES, ([_number(a), _number(b)] for a, b in self.intervals), strict=True))
        trivial = {name: _scores(scores) for name, scores in self.beside.items()}
        place = {"case": self.case, "run": self.run, "height": self.height, "n": self.model.n}
        return {**place, MODEL: _scores(self.model), "interval95": bounds, "baselines": trivial}


def rows(comparisons: Sequence[Comparison]) -> list[Row]:
    """Return the rows of all cases: each run, its heights where there are several, and all runs of a case together."""
    return [row for name, group in by_case(comparisons) for row in _rows_of_case(name, group)]


def by_case(comparisons: Sequence[Comparison]) -> list[tuple[str, list[Comparison]]]:
    """Return the comparisons of each case by its name."""
    ordered = sorted(comparisons, key=lambda one: one.case.name)
    return [(name, list(group)) for name, group in groupby(ordered, key=lambda one: one.case.name)]


def pooled(name: str, group: Sequence[Comparison]) -> Row:
    """Return the row of all points of some runs."""
    return _row(name, "all", "all", group, _everywhere)


def _rows_of_case(name: str, group: list[Comparison]) -> Iterator[Row]:
    for one in group:
        run = f"{one.case.variant} {one.case.from_deg:g}°".strip()
        yield _row(name, run, "all", [one], _everywhere)
        yield from (_row(name, run, label, [one], pick) for label, pick in _heights(one))
    if len(group) > 1:
        yield pooled(name, group)


def _heights(one: Comparison) -> list[tuple[str, Pick]]:
    """Return the heights with enough points, and the others together."""
    values, counts = np.unique(one.heights, return_counts=True)
    frequent = values[counts >= _FEW]
    if len(values) == 1 or not len(frequent):
        return []
    heights: list[tuple[str, Pick]] = [(f"{z:g} {one.case.unit}", _at(float(z))) for z in frequent]
    if len(frequent) < len(values):
        heights.append((f"{len(values) - len(frequent)} others", lambda c: ~np.isin(c.heights, frequent)))
    return heights


def _everywhere(one: Comparison) -> NDArray[np.bool_]:
    return np.ones(len(one.predicted), bool)


def _at(z: float) -> Pick:
    return lambda one: one.heights == z


def _row(case: str, run: str, height: str, group: Sequence[Comparison], pick: Pick) -> Row:
    observed = np.concatenate([one.case.observed[pick(one)] for one in group])
    model = np.concatenate([one.predicted[pick(one)] for one in group])
    beside = {CONSTANT: scores(np.full(len(observed), observed.mean()), observed)}
    for name in group[0].beside:
        beside[name] = scores(np.concatenate([one.beside[name][pick(one)] for one in group]), observed)
    return Row(case, run, height, scores(model, observed), tuple(intervals(model, observed)), beside)


def _scores(scores: Scores) -> dict[str, float | None]:
    return {name: _number(value) for name, value in zip(NAMES, scores.values, strict=True)}


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)
