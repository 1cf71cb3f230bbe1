"""Who belongs to whom: one partner each, and wholes with their parts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Numbers = NDArray[np.int64]
Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
# A part lies in its whole with so much of itself, and is so much smaller at the least.
INSIDE, SMALLER = 0.8, 0.6
# Parts that fill so much of a whole stand for it, and none of them is the same thing as it.
FILLED = 0.7
# Larger tangles are settled by taking the best pair first.
MOST_TANGLED = 1500


@dataclass(frozen=True)
class Pairs:
    """Candidates: numbers of the objects, their score, and how they lie, (n,) each.

    ``inside`` is the share of the smaller one in the larger, ``size`` the smaller over the larger.
    """

    a: Numbers
    b: Numbers
    score: Values
    inside: Values
    size: Values
    a_larger: Flags

    @property
    def whole(self) -> Numbers:
        """Return the larger one of each pair."""
        return np.where(self.a_larger, self.a, self.b)


def part_of(pairs: Pairs) -> Flags:
    """Return which pairs are a whole and a part of it, as they lie."""
    return (pairs.inside >= INSIDE) & (pairs.size < SMALLER)


def filled(pairs: Pairs) -> Flags:
    """Return which pairs are a whole and one of several parts that together stand for it."""
    parts = part_of(pairs)
    whole = pairs.whole
    numbers, at = np.unique(whole, return_inverse=True)
    share = np.bincount(at, weights=np.where(parts, pairs.size * pairs.inside, 0), minlength=len(numbers))
    count = np.bincount(at, weights=parts, minlength=len(numbers))
    return parts & (share[at] >= FILLED) & (count[at] >= 2)


def one_to_one(pairs: Pairs, allowed: Flags) -> Flags:
    """Return which of the allowed pairs are taken, so that each object has one partner and the sum of scores is most.

    Where objects of one set are matched among themselves, or more than 1500 hang together, the best pair is taken
    first, then the next best of those left; of equal ones that with the smaller numbers.
    """
    taken = np.zeros(len(pairs.a), bool)
    chosen = np.flatnonzero(allowed)
    if not len(chosen):
        return taken
    a, b, score = pairs.a[chosen], pairs.b[chosen], pairs.score[chosen]
    two_sets = not len(np.intersect1d(a, b))
    for members in _components(a, b):
        hungarian = two_sets and len(members) <= MOST_TANGLED
        best = _best(a[members], b[members], score[members]) if hungarian else _greedy(a, b, score, members)
        taken[chosen[members[best] if hungarian else best]] = True
    return taken


def _components(a: Numbers, b: Numbers) -> list[Numbers]:
    """Return the pairs that hang together, as places in the arrays."""
    numbers, at = np.unique(np.concatenate([a, b]), return_inverse=True)
    first, second = at[: len(a)], at[len(a) :]
    graph = coo_array((np.ones(len(a)), (first, second)), shape=(len(numbers), len(numbers)))
    _, label = connected_components(graph, directed=False)
    order = np.argsort(label[first], kind="stable")
    return np.split(order, np.flatnonzero(np.diff(label[first][order])) + 1)


def _best(a: Numbers, b: Numbers, score: Values) -> Numbers:
    if len(a) == 1:
        return np.zeros(1, np.int64)
    rows, row = np.unique(a, return_inverse=True)
    columns, column = np.unique(b, return_inverse=True)
    gain = np.zeros((len(rows), len(columns)))
    place = np.full(gain.shape, -1)
    gain[row, column], place[row, column] = score, np.arange(len(a))
    found = place[linear_sum_assignment(gain, maximize=True)]
    return np.asarray(found[found >= 0])


def _greedy(a: Numbers, b: Numbers, score: Values, members: Numbers) -> Numbers:
    order = members[np.lexsort((b[members], a[members], -score[members]))]
    used: set[int] = set()
    best = []
    for place in order:
        ends = {int(a[place]), int(b[place])}
        if used.isdisjoint(ends):
            used |= ends
            best.append(place)
    return np.asarray(best, np.int64)
