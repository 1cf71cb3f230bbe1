"""Reads a field at points: interpolated in the air, from the nearest air in the same layer inside walls."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from scipy.special import erf

from twin.scenarios.wind.field.grid import GHOSTS, Axis, Grid
from twin.scenarios.wind.field.rans import State

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]
Nearest = tuple[NDArray[np.int16], NDArray[np.int16]]


def nearest_air(fluid: U8) -> Nearest:
    """Return for each cell the indices i and j of the nearest air in its layer: itself where it is air."""
    i, j = np.empty(fluid.shape, np.int16), np.empty(fluid.shape, np.int16)
    for k in range(fluid.shape[2]):
        solid = fluid[:, :, k] == 0
        where = np.indices(solid.shape)
        if solid.any() and not solid.all():
            where = distance_transform_edt(solid, return_distances=False, return_indices=True)
        i[:, :, k], j[:, :, k] = where
    return i, j


class Probe:
    """Points (n, 3) in the frame of a grid, with the weights of the eight cells around each."""

    def __init__(self, grid: Grid, nearest: Nearest, points: F64, z0: float) -> None:
        """Prepare to read at ``points``; below the lowest cell's centre speeds follow the log law with ``z0``."""
        self.grid = grid
        self.points = np.asarray(points, dtype=float)
        self._nearest = nearest
        self._z0 = z0
        lowest = grid.z.centres[0]
        z = np.clip(self.points[:, 2], 0.0, None)
        shallow = np.log((z + z0) / z0) / np.log((lowest + z0) / z0)
        self.slowed = np.where(z < lowest, shallow, 1.0)

    @cached_property
    def _corners(self) -> tuple[list[tuple[NDArray[np.int64], ...]], F64]:
        axes = (self.grid.x, self.grid.y, self.grid.z)
        low, part = zip(*(_place(axis, self.points[:, d]) for d, axis in enumerate(axes)), strict=True)
        part = (part[0], part[1], self._log_share(low[2]))
        corners, weights = [], []
        for bits in np.ndindex(2, 2, 2):
            corners.append(self._to_air(*(low[d] + bits[d] for d in range(3))))
            factors = [part[d] if bits[d] else 1 - part[d] for d in range(3)]
            weights.append(factors[0] * factors[1] * factors[2])
        return corners, np.stack(weights)

    def _log_share(self, low: NDArray[np.int64]) -> F64:
        """Return the position of each point between the layers below and above (0 to 1), by the log law as speeds."""
        at = np.log(np.maximum(self.points[:, 2], self.grid.z.centres[0]) + self._z0)
        layers = np.log(self.grid.z.centres + self._z0)
        return np.asarray(np.clip((at - layers[low]) / (layers[low + 1] - layers[low]), 0.0, 1.0))

    def _to_air(
        self, i: NDArray[np.int64], j: NDArray[np.int64], k: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], ...]:
        near_i, near_j = self._nearest
        return near_i[i, j, k].astype(np.int64), near_j[i, j, k].astype(np.int64), k

    def read(self, cells: F32) -> F64:
        """Return a cell quantity (nx, ny, nz) at the points (n,)."""
        corners, weights = self._corners
        parts = [weight * cells[corner] for corner, weight in zip(corners, weights, strict=True)]
        return np.asarray(np.sum(parts, axis=0))

    def velocity(self, state: State) -> F64:
        """Return the mean velocity at the points (n, 3), slowed below the lowest cell's centre."""
        return np.stack([self.read(cells) for cells in centred(self.grid, state)], axis=1) * self.slowed[:, None]


def _place(axis: Axis, at: F64) -> tuple[NDArray[np.int64], F64]:
    """Return the cell before each place, and its position between that cell and the next (0 to 1)."""
    centres = axis.centres
    if axis.n == 1:
        return np.zeros(len(at), np.int64), np.zeros(len(at))
    low = np.clip(np.searchsorted(centres, at) - 1, 0, axis.n - 2)
    return low, np.clip((at - centres[low]) / (centres[low + 1] - centres[low]), 0.0, 1.0)


def centred(grid: Grid, state: State) -> tuple[F32, F32, F32]:
    """Return the velocities in the cells' centres, each (nx, ny, nz)."""
    return tuple(_averaged(grid, field, axis) for axis, field in enumerate((state.u, state.v, state.w)))  # type: ignore[return-value]


def _averaged(grid: Grid, field: F32, axis: int) -> F32:
    first = tuple(slice(GHOSTS, GHOSTS + n) for n in grid.shape)
    second = tuple(slice(s.start + (d == axis), s.stop + (d == axis)) for d, s in enumerate(first))
    return 0.5 * (field[first] + field[second])


def scalar_speed(speed: F64, tke: F64) -> F64:
    """Return the mean of the instantaneous speed, as omnidirectional probes measure it.

    For Gaussian fluctuation alike in all directions, with sigma = sqrt(2k/3) and m = |U|/sigma, the mean length of the
    vector is sigma (sqrt(2/pi) exp(-m2/2) + (m + 1/m) erf(m/sqrt 2)): a Maxwell distribution about a shifted centre.
    """
    sigma = np.sqrt(np.maximum(2.0 / 3.0 * tke, 1e-12))
    m = np.maximum(speed / sigma, 1e-6)
    mean = np.sqrt(2 / np.pi) * np.exp(-0.5 * m * m) + (m + 1 / m) * erf(m / np.sqrt(2))
    return np.asarray(sigma * mean)
