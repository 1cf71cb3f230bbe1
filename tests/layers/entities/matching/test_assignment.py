"""Who belongs to whom."""

from itertools import permutations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.entities.matching.likeness.assignment import Pairs, filled, one_to_one, part_of
from layers.entities.matching.likeness.evidence import EVIDENCE, weigh
from layers.entities.matching.likeness.shapes import spatial_relation


def pairs(rows: list[tuple[int, int, float]]) -> Pairs:
    a, b, score = (np.array(column) for column in zip(*rows, strict=True))
    nothing = np.zeros(len(rows))
    return Pairs(a.astype(np.int64), b.astype(np.int64), score.astype(float), nothing, nothing, nothing > 1)


def taken(rows: list[tuple[int, int, float]]) -> set[tuple[int, int]]:
    found = pairs(rows)
    chosen = one_to_one(found, np.ones(len(rows), bool))
    return {(a, b) for (a, b, _), kept in zip(rows, chosen, strict=True) if kept}


def test_the_sum_decides_and_not_the_best_pair() -> None:
    # Greedily 1-11 (0.9) would leave 2 without a partner.
    assert taken([(1, 11, 0.9), (1, 12, 0.8), (2, 11, 0.8)]) == {(1, 12), (2, 11)}


def test_among_duplicates_of_one_set_the_best_pair_is_taken_first() -> None:
    assert taken([(1, 2, 0.9), (2, 3, 0.95), (1, 3, 0.6)]) == {(2, 3)}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(10, 13)), unique=True, min_size=1, max_size=10), st.randoms())
def test_no_other_choice_of_partners_is_better(edges: list[tuple[int, int]], random: object) -> None:
    rows = [(a, b, random.random()) for a, b in edges]  # type: ignore[attr-defined]
    gain = {(a, b): score for a, b, score in rows}
    found = taken(rows)
    assert len({a for a, _ in found}) == len({b for _, b in found}) == len(found)
    best = max(
        sum(gain.get(pair, 0) for pair in zip(range(4), order, strict=True)) for order in permutations(range(10, 14))
    )
    assert sum(gain[pair] for pair in found) == pytest.approx(best)


def test_three_houses_on_one_outline_are_its_parts() -> None:
    block = shapely.box(121.5, 31.2, 121.503, 31.201)
    houses = [shapely.box(121.5 + i / 1000, 31.2, 121.501 + i / 1000, 31.201) for i in range(3)]
    far = shapely.box(121.5029, 31.2, 121.504, 31.201)
    relations = spatial_relation(np.array([block] * 4), np.array([*houses, far]))
    numbers = np.array([1, 1, 1, 1]), np.array([11, 12, 13, 14])
    found = Pairs(*numbers, np.ones(4), relations.inside, relations.size, relations.a_larger)
    assert part_of(found).tolist() == filled(found).tolist() == [True, True, True, False]
    assert found.whole.tolist() == [1, 1, 1, 1]


def test_distances_are_metres_on_the_ellipsoid() -> None:
    # One thousandth of a degree at 31.2356° N is 95.23 m of longitude.
    relations = spatial_relation(np.array([shapely.Point(121.5, 31.2356)]), np.array([shapely.Point(121.501, 31.2356)]))
    assert relations.distance_m[0] == pytest.approx(95.28, abs=0.1)
    assert np.isnan(relations.overlap[0])


def test_lines_are_one_where_they_run_together() -> None:
    road = shapely.LineString([(121.5, 31.23), (121.51, 31.23)])
    beside = shapely.LineString([(121.5, 31.23003), (121.51, 31.23003)])
    across = shapely.LineString([(121.505, 31.225), (121.505, 31.235)])
    relations = spatial_relation(np.array([road, road]), np.array([beside, across]))
    assert relations.overlap[0] == pytest.approx(1)
    assert relations.overlap[1] < 0.05
    assert relations.away_m[0] == pytest.approx(3.3, abs=0.1)


def test_a_score_is_the_sum_of_its_parts() -> None:
    known = {
        "overlap": np.array([0.9]),
        "distance_m": np.array([1.0]),
        "size": np.array([0.95]),
        "name": np.array([np.nan]),
    }
    scored = weigh(known, 2)
    parts = scored.parts(0)
    assert "name" not in parts
    odds = parts["before"] + sum(part["points"] for name, part in parts.items() if name != "before")
    assert scored.score[0] == pytest.approx(1 / (1 + np.exp(-odds)), abs=1e-3)


@pytest.mark.parametrize("dimension", [0, 1, 2])
def test_each_piece_of_evidence_moves_the_score_one_way(dimension: int) -> None:
    for piece in EVIDENCE[dimension]:
        _, points = zip(*piece.curve, strict=True)
        steps = np.sign(np.diff(points))
        assert set(steps) <= ({-1.0, 0.0} if piece.name.endswith("_m") else {1.0, 0.0}), piece.name
