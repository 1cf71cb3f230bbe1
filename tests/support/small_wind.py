"""Small solves shared by several tests: a block of 20 x 20 x 40 m in a log-law wind, on coarse cells."""

import numpy as np
from shapely import affinity, box

from twin.scenarios.wind.block import Block
from twin.scenarios.wind.field.domain import Extent, Resolution
from twin.scenarios.wind.field.frame import frame_for
from twin.scenarios.wind.field.grid import Stretch
from twin.scenarios.wind.field.inflow import Inflow
from twin.scenarios.wind.field.kernels import C_MU, KAPPA
from twin.scenarios.wind.field.solve import Setup

HEIGHTS = np.geomspace(0.5, 300.0, 60)


def log_law(friction: float = 0.4, z0: float = 0.1) -> Inflow:
    """Return a layer in balance: U = u*/kappa ln((z + z0)/z0), k = u*^2 / sqrt(C_mu)."""
    speed = friction / KAPPA * np.log((HEIGHTS + z0) / z0)
    return Inflow(HEIGHTS, speed, np.full(len(HEIGHTS), friction**2 / C_MU**0.5), z0)


def one_block(turned: float = 0.0) -> tuple[Block, ...]:
    """Return the block, turned counter-clockwise, and a low one beside it, so that nothing is symmetric."""
    tall = affinity.rotate(box(-10, -10, 10, 10), turned)
    low = affinity.rotate(box(-10, 20, 10, 35), turned, origin=(0, 0))
    return Block("tall", tall, 0.0, 40.0), Block("low", low, 0.0, 15.0)


def mirrored(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return blocks mirrored at the x axis."""
    return tuple(Block(b.key, affinity.scale(b.outline, 1, -1, origin=(0, 0)), b.base_m, b.top_m) for b in blocks)


def setup_of(
    blocks: tuple[Block, ...], *, from_deg: float = 270.0, wall_deg: float = 0.0, cells: int = 4,
    iterations: int = 60, inflow: Inflow | None = None,
) -> Setup:  # fmt: skip
    """Return a solve with ``cells`` to 20 m in a small domain about the origin."""
    h = 20.0 / cells
    extent = Extent((-40.0, -50.0, 60.0, 50.0), 50.0, 100.0, 120.0, 100.0, 100.0)
    stretch = Stretch(1.2, 25.0)
    frame = frame_for(from_deg, wall_deg)
    return Setup(blocks, inflow or log_law(), frame, extent, Resolution(h, h, stretch, stretch), iterations)
