"""Scores of pairs: each piece of evidence gives points, and their sum is a log-odds.

The form is that of Fellegi and Sunter (1969): independent pieces of evidence for and against add up as logarithms of
likelihood ratios. The points are set by hand, in the tables below, and not trained. A missing piece gives
none. The score is 1 / (1 + exp(-sum)), so that 0.5 is even odds; it ranks pairs and is no measured probability.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
# Linear between these (value, points), and constant beyond their ends.
Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Evidence:
    """One piece of evidence: its name, and the points that its values give."""

    name: str
    curve: Curve

    def points(self, values: Values) -> Values:
        """Return the points of values (n,); NaN gives 0."""
        at, height = zip(*self.curve, strict=True)
        return np.where(np.isnan(values), 0.0, np.interp(np.nan_to_num(values), at, height))


# Prior: neighbours without other evidence are more often two objects than one.
BEFORE: dict[int, float] = {0: -2.0, 1: -1.5, 2: -1.5}
_AREAS = (
    Evidence("overlap", ((0, -3), (0.1, -1.5), (0.3, 0.5), (0.5, 2), (0.8, 4), (1, 5))),
    Evidence("distance_m", ((0, 1), (5, 0.5), (15, -0.5), (30, -2), (60, -4))),
    Evidence("size", ((0.02, -4), (0.2, -2), (0.5, -0.3), (0.8, 0.3), (1, 0.5))),
)
_LINES = (
    Evidence("overlap", ((0, -4), (0.3, -1.5), (0.6, 0.5), (0.9, 2.5), (1, 3.5))),
    Evidence("away_m", ((0, 1.5), (8, 0.5), (30, -1), (100, -3))),
    Evidence("size", ((0.1, -2), (0.5, -0.5), (0.9, 0.5), (1, 0.5))),
)
_POINTS = (Evidence("distance_m", ((0, 2.5), (3, 1.5), (10, 0), (25, -2), (60, -4))),)
_ATTRIBUTES = (
    Evidence("height", ((0, -2.5), (0.5, -1.2), (0.8, 0), (0.95, 1), (1, 1))),
    Evidence("name", ((0, -3), (0.4, -2), (0.6, 0), (0.75, 1.5), (0.95, 4), (1, 4.5))),
    Evidence("address", ((0, -1), (0.3, -0.7), (1, 1.5))),
    Evidence("identifier", ((0, -4), (1, 6))),
    Evidence("class", ((0, -1.5), (1, 0.3))),
)
# By the dimension of the shapes. Names weigh as much for buildings as for shops; the class counts only where shapes
# give little evidence.
EVIDENCE: dict[int, tuple[Evidence, ...]] = {
    0: (*_POINTS, *_ATTRIBUTES),
    1: (*_LINES, *_ATTRIBUTES),
    2: (*_AREAS, *(each for each in _ATTRIBUTES if each.name != "class")),
}


@dataclass(frozen=True)
class Scored:
    """Scores (n,), and their components: values and points (n,) by the name of the evidence."""

    score: Values
    values: dict[str, Values]
    points: dict[str, Values]
    before: float

    def parts(self, number: int) -> dict[str, Any]:
        """Return the components of one score as JSON; missing evidence is left out."""
        pieces = {
            name: {"value": round(float(values[number]), 4), "points": round(float(self.points[name][number]), 3)}
            for name, values in self.values.items()
            if not np.isnan(values[number])
        }
        return {"before": self.before, **pieces}


def weigh(measures: dict[str, Values], dimension: int) -> Scored:
    """Return the scores of pairs of shapes of a dimension (0 points, 1 lines, 2 areas) from their measures."""
    pieces = [piece for piece in EVIDENCE[dimension] if piece.name in measures]
    points = {piece.name: piece.points(measures[piece.name]) for piece in pieces}
    odds = BEFORE[dimension] + np.sum(list(points.values()), axis=0)
    values = {piece.name: measures[piece.name] for piece in pieces}
    return Scored(1 / (1 + np.exp(-odds)), values, points, BEFORE[dimension])
