"""Noise that has no state."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twin.simulator.noise import normal, smooth, uniform

NAMES = st.text(max_size=20)
SEEDS = st.integers(0, 2**31 - 1)


def test_numbers_are_spread_as_they_should_be() -> None:
    drawn = normal(1, "a", np.arange(200_000))
    assert abs(drawn.mean()) < 0.01
    assert abs(drawn.std() - 1.0) < 0.01
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.01
    even = uniform(1, "a", np.arange(200_000))
    assert 0.0 < even.min() < 1e-4
    assert 1.0 - 1e-4 < even.max() < 1.0


def test_seeds_and_names_have_nothing_in_common() -> None:
    index = np.arange(100_000)
    for seed, name in ((2, "a"), (1, "b")):
        assert abs(np.corrcoef(normal(1, "a", index), normal(seed, name, index))[0, 1]) < 0.02


@given(SEEDS, NAMES, st.integers(0, 2**40))
def test_a_number_does_not_depend_on_what_is_drawn_with_it(seed: int, name: str, index: int) -> None:
    assert uniform(seed, name, [index - 5, index, index + 7])[1] == uniform(seed, name, index)


def test_a_smooth_process_is_continuous_and_as_wide_everywhere() -> None:
    times = np.arange(0.0, 4e6, 50.0)
    values = smooth(1, "wind", times, 3600.0)
    assert np.abs(np.diff(values)).max() < 0.15
    middle = np.abs(times / 3600.0 % 1.0 - 0.5) < 0.1
    assert abs(values[middle].std() - 1.0) < 0.1
    assert abs(values[~middle].std() - 1.0) < 0.1
