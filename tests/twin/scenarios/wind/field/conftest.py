"""Small solves that several tests look at."""

import pytest
from small_wind import one_block, setup_of

from twin.scenarios.wind.field.solve import Field, solve


@pytest.fixture(scope="session")
def straight() -> Field:
    """Return the wind from the west about the block."""
    return solve(setup_of(one_block()))


@pytest.fixture(scope="session")
def skewed() -> Field:
    """Return a wind that blows at 30 degrees to the walls."""
    return solve(setup_of(one_block(), from_deg=240.0))
