import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twin.scenarios.wind.skill.scores import NAMES, intervals, scores

OBSERVED = np.array([1.0, 0.5, 0.8, 0.1])
SPEEDS = arrays(float, st.integers(3, 30), elements=st.floats(0.05, 3.0))


def test_scores_of_pairs_made_by_hand() -> None:
    found = scores(np.array([1.2, 1.1, 0.4, 0.14]), OBSERVED)
    assert found.n == 4
    assert found.fac2 == 3 / 4  # 1.1 is more than twice 0.5; 0.4 is just half of 0.8
    assert found.q == 2 / 4  # 1.2 by a quarter, 0.14 by the absolute 0.05
    assert found.fb == pytest.approx(2 * (0.6 - 0.71) / (0.6 + 0.71))
    assert found.nmse == pytest.approx((0.04 + 0.36 + 0.16 + 0.0016) / 4 / (0.6 * 0.71))
    assert found.r == pytest.approx(np.corrcoef([1.2, 1.1, 0.4, 0.14], OBSERVED)[0, 1])


def test_a_perfect_model_scores_best() -> None:
    assert scores(OBSERVED, OBSERVED).values == pytest.approx((1, 1, 1, 0, 0))


def test_a_model_that_is_too_low_has_a_positive_bias() -> None:
    assert scores(0.5 * OBSERVED, OBSERVED).fb == pytest.approx(2 / 3)
    assert scores(0.5 * OBSERVED, OBSERVED).r == pytest.approx(1)


def test_a_constant_has_no_correlation() -> None:
    assert np.isnan(scores(np.full(4, 0.6), OBSERVED).r)


@given(SPEEDS, st.floats(0.3, 3.0))
def test_scores_stay_in_their_ranges(observed: np.ndarray, factor: float) -> None:
    found = scores(observed[::-1] * factor, observed)
    assert 0 <= found.q <= 1
    assert 0 <= found.fac2 <= 1
    assert -2 <= found.fb <= 2
    assert found.nmse >= 0
    assert np.isnan(found.r) or -1.0001 <= found.r <= 1.0001


def test_intervals_hold_the_score_and_narrow_with_more_pairs() -> None:
    rng = np.random.default_rng(5)
    observed = rng.uniform(0.2, 1.5, 400)
    predicted = observed * rng.normal(1.0, 0.3, 400)
    few, many = intervals(predicted[:40], observed[:40]), intervals(predicted, observed)
    assert len(many) == len(NAMES)
    for (low, high), value in zip(many, scores(predicted, observed).values, strict=True):
        assert low <= value <= high
    assert all(b[1] - b[0] < a[1] - a[0] for a, b in zip(few, many, strict=True))


def test_the_same_pairs_have_the_same_intervals_every_time() -> None:
    assert intervals(OBSERVED * 1.1, OBSERVED) == intervals(OBSERVED * 1.1, OBSERVED)
