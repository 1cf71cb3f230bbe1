"""A measured configuration: blocks, approach flow, and measurements at points, for one variant and direction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twin.scenarios.wind.block import Block
from twin.scenarios.wind.field.inflow import Inflow

F64 = NDArray[np.float64]
# Models are scaled so that a typical block has this size, m: neutral flow does not depend on it, but readers do.
FULL_SIZE_M = 20.0
Quantity = Literal["vector", "scalar"]


@dataclass(frozen=True)
class Case:
    """One run to compare: everything in metres at full scale, speeds in m/s as measured.

    ``observed`` (n,) is over ``reference_ms``: the length of the mean velocity (``vector``), or the mean of the
    instantaneous speed (``scalar``), which omnidirectional probes measure. ``components`` are those of the mean
    velocity (0: east, 1: north, 2: up) that were measured. ``unit_m`` is how many metres at full scale one unit of
    length in the files is, ``unit`` its name; ``size_m`` the size of a typical block, by which resolutions are stated.
    """

    name: str
    variant: str
    from_deg: float
    blocks: tuple[Block, ...]
    inflow: Inflow
    points: F64
    observed: F64
    reference_ms: float
    quantity: Quantity
    unit_m: float
    size_m: float
    components: tuple[int, ...] = (0, 1, 2)
    unit: str = "m"

    @property
    def title(self) -> str:
        """Return the name with variant and direction."""
        return f"{self.name} {self.variant} {self.from_deg:g}°".replace("  ", " ")


def usual_size(blocks: Sequence[Block]) -> float:
    """Return the size by which a group of blocks is resolved: the median of the smaller of height and width."""
    return float(np.median([min(b.top_m - b.base_m, b.outline.area**0.5) for b in blocks]))
