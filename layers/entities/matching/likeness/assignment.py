"""Assignment: one partner for each object, and wholes with their parts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
# The least share of a part inside its whole, and the most that its size may be of the whole's.
INSIDE, SMALLER = 0.8, 0.6
# Parts that fill this share of a whole replace it together, so that none of them is the same object.
FILLED = 0.7
# Larger components are solved greedily, the best pair first.
MOST_HUNGARIAN = 1500


@dataclass(frozen=True)
class Pairs:
    """Candidate pairs: fids of the objects, their score and spatial relation, (n,) each.

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
    """Return which pairs are a whole and a part of it by their shapes."""
    return (pairs.inside >= INSIDE) & (pairs.size < SMALLER)


def filled(pairs: Pairs) -> Flags:
    """Return which pairs are a whole and one of several parts that together fill it."""
    parts = part_of(pairs)
    whole = pairs.whole
    numbers, at = np.unique(whole, return_inverse=True)
    share = np.bincount(at, weights=np.where(parts, pairs.size * pairs.inside, 0), minlength=len(numbers))
    count = np.bincount(at, weights=parts, minlength=len(numbers))
    return parts & (share[at] >= FILLED) & (count[at] >= 2)


def one_to_one(pairs: Pairs, allowed: Flags) -> Flags:
    """Return which of the allowed pairs are taken: each object has one partner, and the sum of scores is highest.

    Where objects of one set are matched among themselves, or more than 1500 are connected, the best pair is taken
    first, then the next best of those left; of equal ones that with the smaller fids.
    """
    taken = np.zeros(len(pairs.a), bool)
    candidates = np.flatnonzero(allowed)
    if not len(candidates):
        return taken
    a, b, score = pairs.a[candidates], pairs.b[candidates], pairs.score[candidates]
    two_sets = not len(np.intersect1d(a, b))
    for members in _components(a, b):
        hungarian = two_sets and len(members) <= MOST_HUNGARIAN
        best = _best(a[members], b[members], score[members]) if hungarian else _greedy(a, b, score, members)
        taken[candidates[members[best] if hungarian else best]] = True
    return taken


def _components(a: Numbers, b: Numbers) -> list[Numbers]:
    """Return the connected components of the pairs, as indices into the arrays."""
    # Imported here and below: every load imports this room's face, and few loads match anything.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    numbers, at = np.unique(np.concatenate([a, b]), return_inverse=True)
    first, second = at[: len(a)], at[len(a) :]
    graph = coo_array((np.ones(len(a)), (first, second)), shape=(len(numbers), len(numbers)))
    _, label = connected_components(graph, directed=False)
    order = np.argsort(label[first], kind="stable")
    return np.split(order, np.flatnonzero(np.diff(label[first][order])) + 1)


def _best(a: Numbers, b: Numbers, score: Values) -> Numbers:
    if len(a) == 1:
        return np.zeros(1, np.int64)
    from scipy.optimize import linear_sum_assignment

    rows, row = np.unique(a, return_inverse=True)
    columns, column = np.unique(b, return_inverse=True)
    gain = np.zeros((len(rows), len(columns)))
    index = np.full(gain.shape, -1)
    gain[row, column], index[row, column] = score, np.arange(len(a))
    assigned = index[linear_sum_assignment(gain, maximize=True)]
    return np.asarray(assigned[assigned >= 0])


def _greedy(a: Numbers, b: Numbers, score: Values, members: Numbers) -> Numbers:
    order = members[np.lexsort((b[members], a[members], -score[members]))]
    partnered: set[int] = set()
    best = []
    for index in order:
        ends = {int(a[index]), int(b[index])}
        if partnered.isdisjoint(ends):
            partnered |= ends
            best.append(index)
    return np.asarray(best, np.int64)
