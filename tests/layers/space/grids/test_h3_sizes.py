"""How large H3's cells are: what tiles go by when they look beyond their edges."""

import h3
import numpy as np
import pytest
from pyproj import Geod

from layers.space.grids.h3 import H3


@pytest.mark.parametrize("level", [0, 1, 2])
def test_no_cell_reaches_over_the_span_of_its_level(level: int) -> None:
    coarsest = h3.get_res0_cells()
    cells = [cell for base in coarsest for cell in ([base] if level == 0 else h3.cell_to_children(base, level))]
    widest = 0.0
    for cell in cells:
        lat, lon = np.array(h3.cell_to_boundary(cell)).T
        one, other = np.triu_indices(len(lat), 1)
        widest = max(widest, Geod(ellps="GRS80").inv(lon[one], lat[one], lon[other], lat[other])[2].max())
    assert H3.span(level) / 2 < widest < H3.span(level)
    # The mean is of hexagons alone, and the twelve pentagons are smaller.
    assert H3.area(level) * len(cells) == pytest.approx(5.1e14, rel=0.05)
