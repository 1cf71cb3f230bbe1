"""Compares neighbours of two datasets: which pairs are the same object, and which are a whole and its part."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from layers.base import Layer
from layers.entities.matching.likeness.assignment import Pairs, filled, one_to_one, part_of
from layers.entities.matching.likeness.evidence import Scored, weigh
from layers.entities.matching.likeness.names import likeness
from layers.entities.matching.likeness.places import agreement
from layers.entities.matching.likeness.shapes import ALONG_M, ALONG_ONE_M, SpatialRelation, spatial_relation
from layers.entities.matching.objects import Object, count_of, neighbours, objects
from layers.ops.jobs.progress import Progress
from layers.store.dataset_layer import DatasetLayer

Values = NDArray[np.float64]
_DIMENSIONS = {"Point": 0, "MultiPoint": 0, "LineString": 1, "MultiLineString": 1, "Polygon": 2, "MultiPolygon": 2}
# How far apart the same thing may lie in two sources, metres between the nearest points of both.
REACH_M = {0: 60.0, 1: 25.0, 2: 15.0}
# The least score of a proposal, and that of a candidate in the choice among rivals.
LEAST, LEAST_CANDIDATE = 0.5, 0.2


@dataclass(frozen=True)
class MatchedPair:
    """A pair of objects: ``relation`` is same, or contains with the fid of the ``whole``."""

    a: int
    b: int
    relation: str
    whole: int | None
    score: float
    parts: dict[str, Any]
    marks: dict[str, str]


@dataclass(frozen=True)
class Comparison:
    """The result of comparing two datasets; ``crowded`` objects have more neighbours than are compared."""

    datasets: tuple[str, str]
    objects: int
    pairs: int
    crowded: int
    found: tuple[MatchedPair, ...]

    def count(self, relation: str) -> int:
        """Return how many pairs of a relation were found."""
        return sum(each.relation == relation for each in self.found)


@dataclass(frozen=True)
class _Candidate:
    """A candidate pair, with its score and measures."""

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
    """Compare two datasets of a layer, or one with itself, and return likely pairs: the same object, or whole and part.

    ``reach_m`` is how far apart two shapes may be, metres; ``least`` the lowest score that is returned.
    """
    total = count_of(connection, layer, datasets[0])
    reach = REACH_M[dimension_of(layer)] if reach_m is None else reach_m
    along = ALONG_ONE_M if datasets[0] == datasets[1] else ALONG_M
    candidates: list[_Candidate] = []
    done = pairs = crowded = 0
    for count, chunk, many in neighbours(connection, layer, datasets, reach):
        by_fid = objects(connection, layer, np.unique(chunk).tolist()) if len(chunk) else {}
        candidates += _candidates(chunk, by_fid, dimension_of(layer), along)
        done, pairs, crowded = done + count, pairs + len(chunk), crowded + many
        progress.report(done, total, f"comparing {datasets[0]} with {datasets[1]}")
    return Comparison(datasets, total, pairs, crowded, tuple(_choose(candidates, least)))


def score(
    chunk: NDArray[np.int64], by_fid: dict[int, Object], dimension: int, along_m: float = ALONG_M
) -> tuple[Scored, SpatialRelation]:
    """Return the scores of pairs (n, 2) of objects, and the spatial relations of their shapes."""
    a, b = ([by_fid[int(fid)] for fid in chunk[:, side]] for side in (0, 1))
    relations = spatial_relation(np.array([each.shape for each in a]), np.array([each.shape for each in b]), along_m)
    both = list(zip(a, b, strict=True))

    def values_of(compare_one: Callable[[Object, Object], float | None]) -> Values:
        results = (compare_one(one, other) for one, other in both)
        return np.array([np.nan if value is None else value for value in results], float)

    values = {
        "overlap": relations.overlap,
        "distance_m": relations.distance_m,
        "away_m": relations.away_m,
        "size": relations.size,
        "height": values_of(_height),
        "name": values_of(lambda one, other: likeness(one.named, other.named)),
        "address": values_of(lambda one, other: agreement(one.address, other.address)),
        "identifier": values_of(lambda one, other: _same(one.identifier, other.identifier)),
        "class": values_of(lambda one, other: _same(one.kind, other.kind)),
    }
    return weigh(values, dimension), relations


def _height(one: Object, other: Object) -> float | None:
    """Return the lower over the higher of two heights, or of two numbers of floors where a height is not known."""
    pairs = ((one.height_m, other.height_m), (one.floors, other.floors))
    ordered = [sorted(pair) for pair in pairs if min(pair) > 0]
    return ordered[0][0] / ordered[0][1] if ordered else None


def _same(one: str | None, other: str | None) -> float | None:
    return None if one is None or other is None else float(one == other)


def _candidates(
    chunk: NDArray[np.int64], by_fid: dict[int, Object], dimension: int, along_m: float
) -> Iterator[_Candidate]:
    # An object may have ended between the two queries.
    chunk = chunk[[int(a) in by_fid and int(b) in by_fid for a, b in chunk]] if len(chunk) else chunk
    if not len(chunk):
        return
    scored, relations = score(chunk, by_fid, dimension, along_m)
    larger = relations.a_larger
    pairs = Pairs(chunk[:, 0], chunk[:, 1], scored.score, relations.inside, relations.size, larger)
    parted = part_of(pairs) if dimension == 2 else np.zeros(len(chunk), bool)
    for at in np.flatnonzero((scored.score >= LEAST_CANDIDATE) | parted):
        fids = int(chunk[at, 0]), int(chunk[at, 1])
        marks = {str(fid): by_fid[fid].mark for fid in fids}
        value = float(scored.score[at])
        measures = float(relations.inside[at]), float(relations.size[at]), bool(larger[at])
        yield _Candidate(fids, value, *measures, scored.parts(int(at)), marks)


def _choose(candidates: list[_Candidate], least: float) -> Iterator[MatchedPair]:
    if not candidates:
        return
    pairs = Pairs(
        np.array([each.pair[0] for each in candidates], np.int64),
        np.array([each.pair[1] for each in candidates], np.int64),
        np.array([each.score for each in candidates]),
        np.array([each.inside for each in candidates]),
        np.array([each.size for each in candidates]),
        np.array([each.a_larger for each in candidates], bool),
    )
    parted, together = part_of(pairs), filled(pairs)
    taken = one_to_one(pairs, (pairs.score >= least) & ~together)
    for at in np.flatnonzero(taken | together | (parted & ~taken)):
        yield _matched_pair(candidates[at], same=bool(taken[at]))


def _matched_pair(candidate: _Candidate, *, same: bool) -> MatchedPair:
    a, b = sorted(candidate.pair)
    if same:
        return MatchedPair(a, b, "same", None, round(candidate.score, 6), candidate.parts, candidate.marks)
    whole = candidate.pair[0] if candidate.a_larger else candidate.pair[1]
    parts = {"inside": round(candidate.inside, 4), "size": round(candidate.size, 4)}
    return MatchedPair(a, b, "contains", whole, round(min(candidate.inside, 1.0), 6), parts, candidate.marks)
