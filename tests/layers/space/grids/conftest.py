"""Points that Python and the database are compared on."""

import numpy as np
import pytest
from grid_points import points_on_lines, random_points


@pytest.fixture(scope="session")
def places() -> tuple[np.ndarray, np.ndarray]:
    """Return 20 000 random points and 5 000 on lines, where BeiDou and GeoSOT both have cells."""
    random, on_lines = random_points(20_000, 87.999), points_on_lines(5_000, 87)
    return np.concatenate([random[0], on_lines[0]]), np.concatenate([random[1], on_lines[1]])
