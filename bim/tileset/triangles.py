"""Triangles of one material as a graphics card takes them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Triangles:
    """Triangles of one material.

    ``positions`` and ``normals`` (n, 3) float32, y up; ``features`` (n,) the number of the element of each vertex;
    ``indices`` (m,) uint32; ``color`` linear red, green, blue and opacity from 0 to 1.
    """

    positions: NDArray[np.float32]
    normals: NDArray[np.float32]
    features: NDArray[np.float32]
    indices: NDArray[np.uint32]
    color: tuple[float, float, float, float]
