"""A synthetic town of about four million cells with towers to 500 m, the same for all measurements."""

import numpy as np
from shapely import box

from layers.space.plane import LocalPlane
from twin.scenarios.wind.block import Block
from twin.scenarios.wind.district import District
from twin.scenarios.wind.field.solve import Setup
from twin.scenarios.wind.library.quality import Quality, setup_for

_SEED, _BLOCKS, _REACH_M = 20261124, 400, 500.0
# Cells of 5 m up to 120 m over a square kilometre, growing outwards.
_GRID = Quality("town", 5.0, 5.0, 120.0, 1.12, 1.08, 1, 0.0)
FROM_DEG = 270.0


def town() -> Setup:
    """Return the solve of a west wind over blocks of 20 to 50 m side, most of them low, one in forty a tower."""
    random = np.random.default_rng(_SEED)
    side = round(_BLOCKS**0.5)
    pitch = 2 * _REACH_M / side
    blocks = []
    for n in range(_BLOCKS):
        west, south = (-_REACH_M + pitch * cell for cell in divmod(n, side))
        width, depth = random.uniform(20.0, pitch, 2)
        top = random.uniform(150.0, 500.0) if n % 40 == 0 else random.gamma(2.0, 16.0) + 6.0
        blocks.append(Block(f"block/{n}", box(west, south, west + width, south + depth), 0.0, float(top)))
    core = (-_REACH_M, -_REACH_M, _REACH_M, _REACH_M)
    return setup_for(District(LocalPlane(121.5, 31.2), core, tuple(blocks)), FROM_DEG, _GRID)
