"""The pressure equation: conjugate gradients, preconditioned by the exact inverse of the domain without buildings.

On any stretched tensor-product grid that inverse is three small dense products and their transposes: with
``K v = lambda M v`` along each axis (K: conductances, M: cell widths), the Laplacian is diagonal in the
eigenvectors. Normal gradients vanish everywhere but behind the outlet, where the pressure is zero.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from twin.scenarios.wind.field.grid import Axis, Grid
from twin.scenarios.wind.field.threads import one_blas_thread, run_in_parts

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]


@dataclass(frozen=True)
class Modes:
    """Eigenvectors (n, n), scaled by the widths, and eigenvalues (n,) of the second difference along one axis."""

    vectors: F32
    values: F32


def modes(axis: Axis, *, outlet: bool) -> Modes:
    """Solve the small eigenvalue problem of an axis; with ``outlet`` the pressure is zero behind its far end."""
    widths = axis.widths
    conductances = 1.0 / np.diff(axis.centres)
    main = np.zeros(axis.n)
    main[:-1] += conductances
    main[1:] += conductances
    if outlet:
        main[-1] += 1.0 / widths[-1]
    stiffness = np.diag(main) - np.diag(conductances, 1) - np.diag(conductances, -1)
    root = 1.0 / np.sqrt(widths)
    values, turned = np.linalg.eigh(stiffness * root[:, None] * root[None, :])
    return Modes((turned * root[:, None]).astype(np.float32), np.maximum(values, 0.0).astype(np.float32))


class Poisson:
    """Solves ``-div(grad phi) = b`` (both times the cells' volumes) in the fluid cells of one grid."""

    def __init__(self, grid: Grid, fluid: U8, *, skewed: bool = False) -> None:
        """Prepare for a grid and its air (nx, ny, nz), 1 or 0; where it is ``skewed`` the wind leaves along y too."""
        self.grid, self.skewed = grid, skewed
        self.mask = np.pad(fluid, 1).astype(np.uint8)
        self._x, self._y, self._z = (
            modes(grid.x, outlet=True),
            modes(grid.y, outlet=skewed),
            modes(grid.z, outlet=False),
        )

    @cached_property
    def _inverse(self) -> F32:
        sums = self._x.values[:, None, None] + self._y.values[None, :, None] + self._z.values[None, None, :]
        return (1.0 / sums).astype(np.float32)

    @cached_property
    def _geometry(self) -> tuple[F32, ...]:
        axes = (self.grid.x, self.grid.y, self.grid.z)
        widths = [axis.widths.astype(np.float32) for axis in axes]
        gaps = [np.concatenate([[1.0], np.diff(axis.centres), [axis.widths[-1]]]).astype(np.float32) for axis in axes]
        return (*widths, *gaps)

    def precondition(self, residual: F32) -> F32:
        """Return the exact solution for ``residual`` in the domain without buildings."""
        nx, ny, nz = self.grid.shape
        x, y, z = self._x.vectors, self._y.vectors, self._z.vectors
        flat, turned, solution = self._buffers
        _product(x.T, residual.reshape(nx, ny * nz), turned.reshape(nx, ny * nz), 1)

        def middle(rows: slice) -> None:
            """Turn some planes of x along y and z, divide, and turn them back."""
            part, other = turned[rows], flat[rows]
            np.matmul(y.T, part, out=other)
            np.matmul(other.reshape(-1, nz), z, out=part.reshape(-1, nz))
            part *= self._inverse[rows]
            np.matmul(part.reshape(-1, nz), z.T, out=other.reshape(-1, nz))
            np.matmul(y, other, out=part)

        run_in_parts(middle, nx)
        _product(x, turned.reshape(nx, ny * nz), solution.reshape(nx, ny * nz), 1)
        return solution

    def _image(self, phi: F32, image: F32) -> float:
        hx, hy, hz, gx, gy, gz = self._geometry
        return float(_apply(phi, image, self.mask, hx, hy, hz, gx, gy, gz, self.skewed))

    @cached_property
    def _buffers(self) -> tuple[F32, F32, F32]:
        return tuple(np.empty(self.grid.shape, np.float32) for _ in range(3))  # type: ignore[return-value]

    def solve(self, b: F32, tolerance: float, most: int, watch: Callable[[int, float], None] | None = None) -> F32:
        """Return phi with a residual of at most ``tolerance`` times that of zero, or after ``most`` iterations."""
        phi = np.zeros_like(b)
        residual = b.copy()
        start = float(np.vdot(residual, residual)) ** 0.5
        if start == 0.0:
            return phi
        step = np.zeros_like(b)
        image = np.empty_like(b)
        previous = 1.0
        for count in range(most):
            with one_blas_thread():
                preconditioned = self.precondition(residual)
            product = _masked_dot(residual, preconditioned, self.mask)
            _advance(step, preconditioned, self.mask, product / previous if count else 0.0)
            previous = product
            curvature = self._image(step, image)
            norm = _descend(phi, residual, step, image, product / curvature) ** 0.5
            if watch is not None:
                watch(count + 1, norm / start)
            if norm <= tolerance * start:
                break
        return phi


def _product(a: F32, b: F32, out: F32, axis: int) -> None:
    """Write ``a @ b``, with the columns of ``b`` divided among the threads."""
    run_in_parts(lambda part: np.matmul(a, b[:, part], out=out[:, part]), b.shape[axis])


@njit(parallel=True, fastmath=True, cache=True)
def _masked_dot(a: Any, b: Any, mask: Any) -> float:
    total = 0.0
    for i in prange(a.shape[0]):
        part = 0.0
        for j in range(a.shape[1]):
            for k in range(a.shape[2]):
                part += a[i, j, k] * b[i, j, k] * mask[i + 1, j + 1, k + 1]
        total += part
    return total


@njit(parallel=True, fastmath=True, cache=True)
def _advance(step: Any, preconditioned: Any, mask: Any, beta: float) -> None:
    share = np.float32(beta)
    for i in prange(step.shape[0]):
        for j in range(step.shape[1]):
            for k in range(step.shape[2]):
                step[i, j, k] = preconditioned[i, j, k] * mask[i + 1, j + 1, k + 1] + share * step[i, j, k]


@njit(parallel=True, fastmath=True, cache=True)
def _descend(phi: Any, residual: Any, step: Any, image: Any, alpha: float) -> float:
    share = np.float32(alpha)
    total = 0.0
    for i in prange(phi.shape[0]):
        part = 0.0
        for j in range(phi.shape[1]):
            for k in range(phi.shape[2]):
                phi[i, j, k] += share * step[i, j, k]
                rest = residual[i, j, k] - share * image[i, j, k]
                residual[i, j, k] = rest
                part += rest * rest
        total += part
    return total


@njit(parallel=True, fastmath=True, cache=True)
def _apply(
    phi: Any, image: Any, mask: Any, hx: Any, hy: Any, hz: Any, gx: Any, gy: Any, gz: Any, skewed: bool
) -> float:
    """Write the Laplacian of phi, with the outlet's condition, and return its product with phi."""
    nx, ny, nz = phi.shape
    total = 0.0
    for i in prange(nx):
        part = 0.0
        for j in range(ny):
            for k in range(nz):
                if mask[i + 1, j + 1, k + 1] == 0:
                    image[i, j, k] = 0.0
                    continue
                here = phi[i, j, k]
                laplacian = np.float32(0.0)
                yz, xz, xy = hy[j] * hz[k], hx[i] * hz[k], hx[i] * hy[j]
                if mask[i, j + 1, k + 1]:
                    laplacian += yz / gx[i] * (here - phi[i - 1, j, k])
                if mask[i + 2, j + 1, k + 1]:
                    laplacian += yz / gx[i + 1] * (here - phi[i + 1, j, k])
                elif i == nx - 1:
                    laplacian += yz / gx[nx] * here
                if mask[i + 1, j, k + 1]:
                    laplacian += xz / gy[j] * (here - phi[i, j - 1, k])
                if mask[i + 1, j + 2, k + 1]:
                    laplacian += xz / gy[j + 1] * (here - phi[i, j + 1, k])
                elif skewed and j == ny - 1:
                    laplacian += xz / gy[ny] * here
                if mask[i + 1, j + 1, k]:
                    laplacian += xy / gz[k] * (here - phi[i, j, k - 1])
                if mask[i + 1, j + 1, k + 2]:
                    laplacian += xy / gz[k + 1] * (here - phi[i, j, k + 1])
                image[i, j, k] = laplacian
                part += laplacian * here
        total += part
    return total
