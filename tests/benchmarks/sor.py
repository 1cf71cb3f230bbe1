"""The peer of the pressure equation: red-black successive over-relaxation, as in common diagnostic models."""

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from twin.scenarios.wind.field.grid import Grid

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]
OMEGA = 1.78


class Relaxation:
    """``-div(grad phi) = b`` on the same cells, with the same conditions at walls, sides and outlet."""

    def __init__(self, grid: Grid, fluid: U8, b: F32) -> None:
        self.b, self.phi = b, np.zeros_like(b)
        self._mask = np.pad(fluid, 1).astype(np.uint8)
        self._frame = tuple(part for axis in (grid.x, grid.y, grid.z) for part in _frame(axis.widths, axis.centres))
        self._pull = np.zeros_like(b)
        _diagonal(self._pull, self._mask, self._frame)

    def sweep(self, count: int) -> None:
        """Sweep ``count`` times over all cells, the red ones first."""
        for _ in range(count):
            for colour in range(2):
                _sweep(self.phi, self.b, self._pull, self._mask, self._frame, colour)

    def residual(self) -> float:
        """Return the residual relative to that of phi = 0."""
        return float(_residual(self.phi, self.b, self._pull, self._mask, self._frame)) ** 0.5 / float(
            np.linalg.norm(self.b)
        )


def _frame(widths: NDArray[np.float64], centres: NDArray[np.float64]) -> tuple[F32, F32]:
    gaps = np.concatenate([[1.0], np.diff(centres), [widths[-1]]])
    return widths.astype(np.float32), (1.0 / gaps).astype(np.float32)


@njit(inline="always")
def _around(phi: Any, mask: Any, frame: Any, i: int, j: int, k: int) -> float:
    """Return the neighbours' sum, weighted by their conductances."""
    hx, gx, hy, gy, hz, gz = frame
    weighted_sum = np.float32(0.0)
    yz, xz, xy = hy[j] * hz[k], hx[i] * hz[k], hx[i] * hy[j]
    if mask[i, j + 1, k + 1]:
        weighted_sum += yz * gx[i] * phi[i - 1, j, k]
    if mask[i + 2, j + 1, k + 1]:
        weighted_sum += yz * gx[i + 1] * phi[i + 1, j, k]
    if mask[i + 1, j, k + 1]:
        weighted_sum += xz * gy[j] * phi[i, j - 1, k]
    if mask[i + 1, j + 2, k + 1]:
        weighted_sum += xz * gy[j + 1] * phi[i, j + 1, k]
    if mask[i + 1, j + 1, k]:
        weighted_sum += xy * gz[k] * phi[i, j, k - 1]
    if mask[i + 1, j + 1, k + 2]:
        weighted_sum += xy * gz[k + 1] * phi[i, j, k + 1]
    return weighted_sum


@njit(parallel=True, fastmath=True, cache=True)
def _diagonal(pull: Any, mask: Any, frame: Any) -> None:
    """Write one over the sum of the conductances; zero in solid cells. Behind the last cell along x phi is zero."""
    hx, gx, hy, gy, hz, gz = frame
    nx, ny, nz = pull.shape
    for i in prange(nx):
        for j in range(ny):
            for k in range(nz):
                yz, xz, xy = hy[j] * hz[k], hx[i] * hz[k], hx[i] * hy[j]
                total = yz * (gx[i] * mask[i, j + 1, k + 1] + gx[i + 1] * mask[i + 2, j + 1, k + 1])
                total += xz * (gy[j] * mask[i + 1, j, k + 1] + gy[j + 1] * mask[i + 1, j + 2, k + 1])
                total += xy * (gz[k] * mask[i + 1, j + 1, k] + gz[k + 1] * mask[i + 1, j + 1, k + 2])
                if i == nx - 1:
                    total += yz * gx[nx]
                if mask[i + 1, j + 1, k + 1] and total > 0.0:
                    pull[i, j, k] = 1.0 / total


@njit(parallel=True, fastmath=True, cache=True)
def _sweep(phi: Any, b: Any, pull: Any, mask: Any, frame: Any, colour: int) -> None:
    nx, ny, nz = phi.shape
    omega = np.float32(OMEGA)
    for i in prange(nx):
        for j in range(ny):
            for k in range((i + j + colour) % 2, nz, 2):
                if mask[i + 1, j + 1, k + 1]:
                    relaxed = (b[i, j, k] + _around(phi, mask, frame, i, j, k)) * pull[i, j, k]
                    phi[i, j, k] += omega * (relaxed - phi[i, j, k])


@njit(parallel=True, fastmath=True, cache=True)
def _residual(phi: Any, b: Any, pull: Any, mask: Any, frame: Any) -> float:
    total = 0.0
    for i in prange(phi.shape[0]):
        part = 0.0
        for j in range(phi.shape[1]):
            for k in range(phi.shape[2]):
                if mask[i + 1, j + 1, k + 1] and pull[i, j, k] > 0.0:
                    diagonal = phi[i, j, k] / pull[i, j, k]
                    rest = b[i, j, k] + _around(phi, mask, frame, i, j, k) - diagonal
                    part += rest * rest
        total += part
    return total
