"""All neighbours of two datasets, compared: which are one object, and which are a whole and its part."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from layers.base import Layer
from layers.ingest.progress import Progress
from layers.matching.likeness.assignment import Pairs, filled, one_to_one, part_of
from layers.matching.likeness.evidence import Scored, weigh
from layers.matching.likeness.names import likeness
from layers.matching.likeness.places import agreement
from layers.matching.likeness.shapes import ALONG_M, ALONG_ONE_M, Lie, lie
from layers.matching.objects import Object, count_of, neighbours, objects
from layers.store.dataset_layer import DatasetLayer

Values = NDArray[np.float64]
_DIMENSIONS = {"Point": 0, "MultiPoint": 0, "LineString": 1, "MultiLineString": 1, "Polygon": 2, "MultiPolygon": 2}
# How far apart the same thing may lie in two sources, metres between the nearest points of both.
REACH_M = {0: 60.0, 1: 25.0, 2: 15.0}
# From which score on a pair is proposed, and from which it is kept at all for the choice among rivals.
LEAST, KEPT = 0.5, 0.2


@dataclass(frozen=True)
class Found:
    """One pair that was found: ``relation`` is same, or contains with the number of the ``whole``."""

    a: int
    b: int
    relation: str
    whole: int | None
    score: float
    parts: dict[str, Any]
    marks: dict[str, str]


@dataclass(frozen=True)
class Comparison:
    """What was compared of two datasets: ``crowded`` objects have more neighbours than are looked at."""

    datasets: tuple[str, str]
    objects: int
    pairs: int
    crowded: int
    found: tuple[Found, ...]

    def count(self, relation: str) -> int:
        """Return how many pairs of a relation were found."""
        return sum(each.relation == relation for each in self.found)


@dataclass(frozen=True)
class _Kept:
    """A pair that may count, with what it is made of."""

    pair: tuple[int, int]
    score: float
    inside: float
    size: float
    a_larger: bool
    parts: dict[str, Any]
    marks: dict[str, str]


def dimension_of(layer: Layer) -> int:
    """Return the dimension of a layer's shapes; mixed ones are compared as areas."""
    return _DIMENSIONS.get(layer.geometry, 2)


def compare(
    connection: Connection,
    layer: DatasetLayer,
    datasets: tuple[str, str],
    progress: Progress,
    reach_m: float | None = None,
    least: float = LEAST,
) -> Comparison:
    """Compare two datasets of a layer, or one with itself, and return what is likely one and what is a part of what.

    ``reach_m`` is how far apart two shapes may be, metres; ``least`` the lowest score that is told.
    """
    total = count_of(connection, layer, datasets[0])
    reach = REACH_M[dimension_of(layer)] if reach_m is None else reach_m
    along = ALONG_ONE_M if datasets[0] == datasets[1] else ALONG_M
    kept: list[_Kept] = []
    done = pairs = crowded = 0
    for count, chunk, many in neighbours(connection, layer, datasets, reach):
        known = objects(connection, layer, np.unique(chunk).tolist()) if len(chunk) else {}
        kept += _keep(chunk, known, dimension_of(layer), along)
        done, pairs, crowded = done + count, pairs + len(chunk), crowded + many
        progress.report(done, total, f"comparing {datasets[0]} with {datasets[1]}")
    return Comparison(datasets, total, pairs, crowded, tuple(_choose(kept, least)))


def score(
    chunk: NDArray[np.int64], known: dict[int, Object], dimension: int, along_m: float = ALONG_M
) -> tuple[Scored, Lie]:
    """Return the scores of pairs (n, 2) of objects, and how their shapes lie."""
    a, b = ([known[int(fid)] for fid in chunk[:, side]] for side in (0, 1))
    lying = lie(np.array([each.shape for each in a]), np.array([each.shape for each in b]), along_m)
    both = list(zip(a, b, strict=True))

    def told(compare_one: Callable[[Object, Object], float | None]) -> Values:
        found = (compare_one(one, other) for one, other in both)
        return np.array([np.nan if value is None else value for value in found], float)

    values = {
        "overlap": lying.overlap,
        "distance_m": lying.distance_m,
        "away_m": lying.away_m,
        "size": lying.size,
        "height": told(_height),
        "name": told(lambda one, other: likeness(one.named, other.named)),
        "address": told(lambda one, other: agreement(one.address, other.address)),
        "identifier": told(lambda one, other: _same(one.identifier, other.identifier)),
        "class": told(lambda one, other: _same(one.kind, other.kind)),
    }
    return weigh(values, dimension), lying


def _height(one: Object, other: Object) -> float | None:
    """Return the lower over the higher of two heights, or of two numbers of floors where a height is not known."""
    pairs = ((one.height_m, other.height_m), (one.floors, other.floors))
    known = [sorted(pair) for pair in pairs if min(pair) > 0]
    return known[0][0] / known[0][1] if known else None


def _same(one: str | None, other: str | None) -> float | None:
    return None if one is None or other is None else float(one == other)


def _keep(chunk: NDArray[np.int64], known: dict[int, Object], dimension: int, along_m: float) -> Iterator[_Kept]:
    # An object may have ended between the two questions.
    chunk = chunk[[int(a) in known and int(b) in known for a, b in chunk]] if len(chunk) else chunk
    if not len(chunk):
        return
    scored, lying = score(chunk, known, dimension, along_m)
    larger = lying.a_larger
    pairs = Pairs(chunk[:, 0], chunk[:, 1], scored.score, lying.inside, lying.size, larger)
    parted = part_of(pairs) if dimension == 2 else np.zeros(len(chunk), bool)
    for at in np.flatnonzero((scored.score >= KEPT) | parted):
        fids = int(chunk[at, 0]), int(chunk[at, 1])
        marks = {str(fid): known[fid].mark for fid in fids}
        value = float(scored.score[at])
        lay = float(lying.inside[at]), float(lying.size[at]), bool(larger[at])
        yield _Kept(fids, value, *lay, scored.parts(int(at)), marks)


def _choose(kept: list[_Kept], least: float) -> Iterator[Found]:
    if not kept:
        return
    pairs = Pairs(
        np.array([each.pair[0] for each in kept], np.int64),
        np.array([each.pair[1] for each in kept], np.int64),
        np.array([each.score for each in kept]),
        np.array([each.inside for each in kept]),
        np.array([each.size for each in kept]),
        np.array([each.a_larger for each in kept], bool),
    )
    parted, together = part_of(pairs), filled(pairs)
    taken = one_to_one(pairs, (pairs.score >= least) & ~together)
    for at in np.flatnonzero(taken | together | (parted & ~taken)):
        yield _found(kept[at], same=bool(taken[at]))


def _found(kept: _Kept, *, same: bool) -> Found:
    a, b = sorted(kept.pair)
    if same:
        return Found(a, b, "same", None, round(kept.score, 6), kept.parts, kept.marks)
    whole = kept.pair[0] if kept.a_larger else kept.pair[1]
    parts = {"inside": round(kept.inside, 4), "size": round(kept.size, 4)}
    return Found(a, b, "contains", whole, round(min(kept.inside, 1.0), 6), parts, kept.marks)
