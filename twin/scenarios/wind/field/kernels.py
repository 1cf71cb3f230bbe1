"""The inner loops: transport of momentum, of k and epsilon, strain and divergence, compiled by Numba.

All arrays are padded alike (``Grid.padded``): cell (i, j, k) is at that index plus two; ``u[i]`` lies on the west face
of cell i, ``v[j]`` on its south face, ``w[k]`` on its lower face. ``hx`` are cell widths, ``gx`` distances between
the centres of a cell and the one before it. Solid cells have ``fluid`` 0, so have the ghosts under the ground.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, prange

KAPPA = 0.41
C_MU = 0.09


def momentum(c: int) -> Callable[..., None]:
    """Return the kernel of one velocity component (0: u, 1: v, 2: w).

    One zebra sweep: rows of even j, then of odd j (each row its own thread), marching along x, a tridiagonal solve up
    each column. Implicit upwind, with van Leer's limited correction and the pressure of the previous iteration.
    """

    @njit(parallel=True, fastmath=True, cache=True, error_model="numpy")
    def sweep(
        q: Any, q0: Any, u: Any, v: Any, w: Any, p: Any, nu: Any, tke: Any,
        opened: Any, wall: Any, drag: Any, hx: Any, hy: Any, hz: Any, gx: Any, gy: Any, gz: Any,
        rate: float, forward: bool,
    ) -> None:  # fmt: skip
        ni, nj, nk = q.shape
        first_i = 3 if c == 0 else 2
        first_j = 3 if c == 1 else 2
        first_k = 3 if c == 2 else 2
        last_i, last_j, last_k = ni - 3, nj - 3, nk - 3
        for colour in range(2):
            rows = (last_j - first_j - colour + 1) // 2
            for row in prange(rows):
                j = first_j + colour + 2 * row
                diag = np.empty(nk, np.float32)
                up = np.empty(nk, np.float32)
                low = np.empty(nk, np.float32)
                rhs = np.empty(nk, np.float32)
                for step in range(last_i - first_i):
                    i = first_i + step if forward else last_i - 1 - step
                    ie = i - 1 if c == 0 else i
                    je = j - 1 if c == 1 else j
                    wx = gx[i] if c == 0 else hx[i]
                    wy = gy[j] if c == 1 else hy[j]
                    d_e = hx[i] if c == 0 else gx[i + 1]
                    d_w = hx[i - 1] if c == 0 else gx[i]
                    d_n = hy[j] if c == 1 else gy[j + 1]
                    d_s = hy[j - 1] if c == 1 else gy[j]
                    for k in range(first_k, last_k):
                        if opened[i, j, k] == 0:
                            diag[k] = 1.0
                            up[k] = 0.0
                            low[k] = 0.0
                            rhs[k] = 0.0
                            continue
                        ke = k - 1 if c == 2 else k
                        wz = gz[k] if c == 2 else hz[k]
                        d_t = hz[k] if c == 2 else gz[k + 1]
                        d_b = hz[k - 1] if c == 2 else gz[k]
                        if c == 0:
                            f_e = 0.5 * (u[i, j, k] + u[i + 1, j, k]) * wy * wz
                            f_w = 0.5 * (u[i, j, k] + u[i - 1, j, k]) * wy * wz
                            f_n = 0.5 * (hx[i] * v[i, j + 1, k] + hx[i - 1] * v[i - 1, j + 1, k]) * wz
                            f_s = 0.5 * (hx[i] * v[i, j, k] + hx[i - 1] * v[i - 1, j, k]) * wz
                            f_t = 0.5 * (hx[i] * w[i, j, k + 1] + hx[i - 1] * w[i - 1, j, k + 1]) * wy
                            f_b = 0.5 * (hx[i] * w[i, j, k] + hx[i - 1] * w[i - 1, j, k]) * wy
                            n_e = nu[i, j, k]
                            n_w = nu[i - 1, j, k]
                            mid = nu[i, j, k] + nu[i - 1, j, k]
                            n_n = 0.25 * (mid + nu[i, j + 1, k] + nu[i - 1, j + 1, k])
                            n_s = 0.25 * (mid + nu[i, j - 1, k] + nu[i - 1, j - 1, k])
                            n_t = 0.25 * (mid + nu[i, j, k + 1] + nu[i - 1, j, k + 1])
                            n_b = 0.25 * (mid + nu[i, j, k - 1] + nu[i - 1, j, k - 1])
                        elif c == 1:
                            f_e = 0.5 * (hy[j] * u[i + 1, j, k] + hy[j - 1] * u[i + 1, j - 1, k]) * wz
                            f_w = 0.5 * (hy[j] * u[i, j, k] + hy[j - 1] * u[i, j - 1, k]) * wz
                            f_n = 0.5 * (v[i, j, k] + v[i, j + 1, k]) * wx * wz
                            f_s = 0.5 * (v[i, j, k] + v[i, j - 1, k]) * wx * wz
                            f_t = 0.5 * (hy[j] * w[i, j, k + 1] + hy[j - 1] * w[i, j - 1, k + 1]) * wx
                            f_b = 0.5 * (hy[j] * w[i, j, k] + hy[j - 1] * w[i, j - 1, k]) * wx
                            mid = nu[i, j, k] + nu[i, j - 1, k]
                            n_e = 0.25 * (mid + nu[i + 1, j, k] + nu[i + 1, j - 1, k])
                            n_w = 0.25 * (mid + nu[i - 1, j, k] + nu[i - 1, j - 1, k])
                            n_n = nu[i, j, k]
                            n_s = nu[i, j - 1, k]
                            n_t = 0.25 * (mid + nu[i, j, k + 1] + nu[i, j - 1, k + 1])
                            n_b = 0.25 * (mid + nu[i, j, k - 1] + nu[i, j - 1, k - 1])
                        else:
                            f_e = 0.5 * (hz[k] * u[i + 1, j, k] + hz[k - 1] * u[i + 1, j, k - 1]) * wy
                            f_w = 0.5 * (hz[k] * u[i, j, k] + hz[k - 1] * u[i, j, k - 1]) * wy
                            f_n = 0.5 * (hz[k] * v[i, j + 1, k] + hz[k - 1] * v[i, j + 1, k - 1]) * wx
                            f_s = 0.5 * (hz[k] * v[i, j, k] + hz[k - 1] * v[i, j, k - 1]) * wx
                            f_t = 0.5 * (w[i, j, k] + w[i, j, k + 1]) * wx * wy
                            f_b = 0.5 * (w[i, j, k] + w[i, j, k - 1]) * wx * wy
                            mid = nu[i, j, k] + nu[i, j, k - 1]
                            n_e = 0.25 * (mid + nu[i + 1, j, k] + nu[i + 1, j, k - 1])
                            n_w = 0.25 * (mid + nu[i - 1, j, k] + nu[i - 1, j, k - 1])
                            n_n = 0.25 * (mid + nu[i, j + 1, k] + nu[i, j + 1, k - 1])
                            n_s = 0.25 * (mid + nu[i, j - 1, k] + nu[i, j - 1, k - 1])
                            n_t = nu[i, j, k]
                            n_b = nu[i, j, k - 1]
                        here = q0[i, j, k]
                        d_q_w = here - q0[i - 1, j, k]
                        d_q_e = q0[i + 1, j, k] - here
                        d_q_s = here - q0[i, j - 1, k]
                        d_q_n = q0[i, j + 1, k] - here
                        d_q_b = here - q0[i, j, k - 1]
                        d_q_t = q0[i, j, k + 1] - here
                        # van Leer's harmonic mean of two slopes along the axis, on the upwind side of each face.
                        a = d_q_w if f_e > 0 else q0[i + 2, j, k] - q0[i + 1, j, k]
                        s_e = abs(f_e) * a * d_q_e / (a + d_q_e) if a * d_q_e > 0 else 0.0
                        a = q0[i - 1, j, k] - q0[i - 2, j, k] if f_w > 0 else d_q_e
                        s_w = abs(f_w) * a * d_q_w / (a + d_q_w) if a * d_q_w > 0 else 0.0
                        a = d_q_s if f_n > 0 else q0[i, j + 2, k] - q0[i, j + 1, k]
                        s_n = abs(f_n) * a * d_q_n / (a + d_q_n) if a * d_q_n > 0 else 0.0
                        a = q0[i, j - 1, k] - q0[i, j - 2, k] if f_s > 0 else d_q_n
                        s_s = abs(f_s) * a * d_q_s / (a + d_q_s) if a * d_q_s > 0 else 0.0
                        a = d_q_b if f_t > 0 else q0[i, j, k + 2] - q0[i, j, k + 1]
                        s_t = abs(f_t) * a * d_q_t / (a + d_q_t) if a * d_q_t > 0 else 0.0
                        a = q0[i, j, k - 1] - q0[i, j, k - 2] if f_b > 0 else d_q_t
                        s_b = abs(f_b) * a * d_q_b / (a + d_q_b) if a * d_q_b > 0 else 0.0
                        a_e = n_e * wy * wz / d_e * opened[i + 1, j, k] + max(-f_e, 0.0)
                        a_w = n_w * wy * wz / d_w * opened[i - 1, j, k] + max(f_w, 0.0)
                        a_n = n_n * wx * wz / d_n * opened[i, j + 1, k] + max(-f_n, 0.0)
                        a_s = n_s * wx * wz / d_s * opened[i, j - 1, k] + max(f_s, 0.0)
                        a_t = n_t * wx * wy / d_t * opened[i, j, k + 1] + max(-f_t, 0.0)
                        a_b = n_b * wx * wy / d_b * opened[i, j, k - 1] + max(f_b, 0.0)
                        volume = wx * wy * wz
                        area = wy * wz if c == 0 else (wx * wz if c == 1 else wx * wy)
                        push = (p[ie, je, ke] - p[i, j, k]) * area
                        friction = wall[i, j, k] * np.sqrt(0.5 * (tke[i, j, k] + tke[ie, je, ke]))
                        sink = friction + volume * 0.5 * (drag[i, j, k] + drag[ie, je, ke])
                        diag[k] = a_e + a_w + a_n + a_s + a_t + a_b + volume * rate + sink
                        up[k] = a_t
                        low[k] = a_b
                        bend = (s_w - s_e) + (s_s - s_n) + (s_b - s_t)
                        around = (
                            a_e * q[i + 1, j, k] + a_w * q[i - 1, j, k] + a_n * q[i, j + 1, k] + a_s * q[i, j - 1, k]
                        )
                        rhs[k] = around + bend + push + volume * rate * here
                    # The ends of the column are known: they go to the right-hand side.
                    rhs[first_k] += low[first_k] * q[i, j, first_k - 1]
                    rhs[last_k - 1] += up[last_k - 1] * q[i, j, last_k]
                    solve_column(q, i, j, first_k, last_k, low, diag, up, rhs)

    return sweep


@njit(fastmath=True, cache=True, error_model="numpy", inline="always")
def solve_column(q: Any, i: int, j: int, first: int, last: int, low: Any, diag: Any, up: Any, rhs: Any) -> None:
    """Solve ``diag q[k] - low q[k-1] - up q[k+1] = rhs`` up one column (Thomas), and write it into ``q``."""
    up[first] /= diag[first]
    rhs[first] /= diag[first]
    for k in range(first + 1, last):
        pivot = 1.0 / (diag[k] - low[k] * up[k - 1])
        up[k] *= pivot
        rhs[k] = (rhs[k] + low[k] * rhs[k - 1]) * pivot
    q[i, j, last - 1] = rhs[last - 1]
    for k in range(last - 2, first - 1, -1):
        rhs[k] += up[k] * rhs[k + 1]
        q[i, j, k] = rhs[k]


@njit(parallel=True, fastmath=True, cache=True, error_model="numpy")
def transport(
    q: Any, q0: Any, u: Any, v: Any, w: Any, nu: Any, fluid: Any, source: Any, sink: Any, fixed: Any,
    hx: Any, hy: Any, hz: Any, gx: Any, gy: Any, gz: Any, rate: float, sigma: float, forward: bool,
) -> None:  # fmt: skip
    """Transport a cell quantity (k or epsilon) by one zebra sweep: first-order upwind, implicit sinks.

    ``source`` is per volume and time, ``sink`` per time; where ``fixed`` is positive the cell takes that value.
    """
    ni, nj, nk = q.shape
    for colour in range(2):
        rows = (nj - 5 - colour + 1) // 2
        for row in prange(rows):
            j = 2 + colour + 2 * row
            diag = np.empty(nk, np.float32)
            up = np.empty(nk, np.float32)
            low = np.empty(nk, np.float32)
            rhs = np.empty(nk, np.float32)
            wy = hy[j]
            for step in range(ni - 5):
                i = 2 + step if forward else ni - 4 - step
                wx = hx[i]
                for k in range(2, nk - 3):
                    if fluid[i, j, k] == 0 or fixed[i, j, k] > 0.0:
                        diag[k] = 1.0
                        up[k] = 0.0
                        low[k] = 0.0
                        rhs[k] = fixed[i, j, k] if fluid[i, j, k] else 0.0
                        continue
                    wz = hz[k]
                    half = 0.5 / sigma
                    mine = nu[i, j, k]
                    f_e, f_w = u[i + 1, j, k] * wy * wz, u[i, j, k] * wy * wz
                    f_n, f_s = v[i, j + 1, k] * wx * wz, v[i, j, k] * wx * wz
                    f_t, f_b = w[i, j, k + 1] * wx * wy, w[i, j, k] * wx * wy
                    g_e = half * (mine + nu[i + 1, j, k]) * wy * wz / gx[i + 1] * fluid[i + 1, j, k]
                    g_w = half * (mine + nu[i - 1, j, k]) * wy * wz / gx[i] * fluid[i - 1, j, k]
                    g_n = half * (mine + nu[i, j + 1, k]) * wx * wz / gy[j + 1] * fluid[i, j + 1, k]
                    g_s = half * (mine + nu[i, j - 1, k]) * wx * wz / gy[j] * fluid[i, j - 1, k]
                    g_t = half * (mine + nu[i, j, k + 1]) * wx * wy / gz[k + 1] * fluid[i, j, k + 1]
                    g_b = half * (mine + nu[i, j, k - 1]) * wx * wy / gz[k] * fluid[i, j, k - 1]
                    a_e, a_w = g_e + max(-f_e, 0.0), g_w + max(f_w, 0.0)
                    a_n, a_s = g_n + max(-f_n, 0.0), g_s + max(f_s, 0.0)
                    a_t, a_b = g_t + max(-f_t, 0.0), g_b + max(f_b, 0.0)
                    volume = wx * wy * wz
                    diag[k] = a_e + a_w + a_n + a_s + a_t + a_b + volume * (rate + sink[i, j, k])
                    up[k] = a_t
                    low[k] = a_b
                    around = a_e * q[i + 1, j, k] + a_w * q[i - 1, j, k] + a_n * q[i, j + 1, k] + a_s * q[i, j - 1, k]
                    rhs[k] = around + volume * (rate * q0[i, j, k] + source[i, j, k])
                rhs[2] += low[2] * q[i, j, 1]
                rhs[nk - 4] += up[nk - 4] * q[i, j, nk - 3]
                solve_column(q, i, j, 2, nk - 3, low, diag, up, rhs)


@njit(inline="always")
def _slope(back: float, mid: float, ahead: float, g0: float, g1: float, before: int, behind: int, log: float) -> float:
    """Return the slope of a cell velocity across an axis; beside a wall the log law's own slope."""
    if before and behind:
        return (ahead - back) / (g0 + g1)
    if behind:
        return mid * log
    if before:
        return -mid * log
    return 0.0


@njit(parallel=True, fastmath=True, cache=True, error_model="numpy")
def strain(
    s2: Any, u: Any, v: Any, w: Any, fluid: Any, lx: Any, ly: Any, lz: Any,
    hx: Any, hy: Any, hz: Any, gx: Any, gy: Any, gz: Any,
) -> None:  # fmt: skip
    """Write the squared strain rate 2 S_ij S_ij of each fluid cell, 1/s2.

    ``lx[i]`` = 1/((d + z0) ln((d + z0)/z0)), d half the cell: a wall cell takes the log law's slope and not the
    average with the outer difference, which would lose two fifths of the approaching k.
    """
    ni, nj, nk = s2.shape
    for j in prange(2, nj - 3):
        for i in range(2, ni - 3):
            for k in range(2, nk - 3):
                if fluid[i, j, k] == 0:
                    continue
                uc = 0.5 * (u[i, j, k] + u[i + 1, j, k])
                vc = 0.5 * (v[i, j, k] + v[i, j + 1, k])
                wc = 0.5 * (w[i, j, k] + w[i, j, k + 1])
                xx = (u[i + 1, j, k] - u[i, j, k]) / hx[i]
                yy = (v[i, j + 1, k] - v[i, j, k]) / hy[j]
                zz = (w[i, j, k + 1] - w[i, j, k]) / hz[k]
                xl, xr = fluid[i - 1, j, k], fluid[i + 1, j, k]
                yl, yr = fluid[i, j - 1, k], fluid[i, j + 1, k]
                zl, zr = fluid[i, j, k - 1], fluid[i, j, k + 1]
                back = 0.5 * (u[i, j - 1, k] + u[i + 1, j - 1, k])
                ahead = 0.5 * (u[i, j + 1, k] + u[i + 1, j + 1, k])
                uy = _slope(back, uc, ahead, gy[j], gy[j + 1], yl, yr, ly[j])
                back = 0.5 * (u[i, j, k - 1] + u[i + 1, j, k - 1])
                ahead = 0.5 * (u[i, j, k + 1] + u[i + 1, j, k + 1])
                uz = _slope(back, uc, ahead, gz[k], gz[k + 1], zl, zr, lz[k])
                back = 0.5 * (v[i - 1, j, k] + v[i - 1, j + 1, k])
                ahead = 0.5 * (v[i + 1, j, k] + v[i + 1, j + 1, k])
                vx = _slope(back, vc, ahead, gx[i], gx[i + 1], xl, xr, lx[i])
                back = 0.5 * (v[i, j, k - 1] + v[i, j + 1, k - 1])
                ahead = 0.5 * (v[i, j, k + 1] + v[i, j + 1, k + 1])
                vz = _slope(back, vc, ahead, gz[k], gz[k + 1], zl, zr, lz[k])
                back = 0.5 * (w[i - 1, j, k] + w[i - 1, j, k + 1])
                ahead = 0.5 * (w[i + 1, j, k] + w[i + 1, j, k + 1])
                wx = _slope(back, wc, ahead, gx[i], gx[i + 1], xl, xr, lx[i])
                back = 0.5 * (w[i, j - 1, k] + w[i, j - 1, k + 1])
                ahead = 0.5 * (w[i, j + 1, k] + w[i, j + 1, k + 1])
                wy = _slope(back, wc, ahead, gy[j], gy[j + 1], yl, yr, ly[j])
                s2[i, j, k] = 2 * (xx * xx + yy * yy + zz * zz) + (uy + vx) ** 2 + (uz + wx) ** 2 + (vz + wy) ** 2


@njit(parallel=True, fastmath=True, cache=True)
def divergence(b: Any, u: Any, v: Any, w: Any, fluid: Any, hx: Any, hy: Any, hz: Any) -> float:
    """Write minus the outflow of each cell (m3/s) into the unpadded ``b``; return the largest |div u| (1/s)."""
    nx, ny, nz = b.shape
    worst = np.zeros(nx)
    for i in prange(nx):
        most = 0.0
        for j in range(ny):
            for k in range(nz):
                i2, j2, k2 = i + 2, j + 2, k + 2
                if fluid[i2, j2, k2] == 0:
                    b[i, j, k] = 0.0
                    continue
                out = (
                    (u[i2 + 1, j2, k2] - u[i2, j2, k2]) * hy[j2] * hz[k2]
                    + (v[i2, j2 + 1, k2] - v[i2, j2, k2]) * hx[i2] * hz[k2]
                    + (w[i2, j2, k2 + 1] - w[i2, j2, k2]) * hx[i2] * hy[j2]
                )
                b[i, j, k] = -out
                most = max(most, abs(out) / (hx[i2] * hy[j2] * hz[k2]))
        worst[i] = most
    return float(worst.max())


@njit(parallel=True, fastmath=True, cache=True)
def correct(
    phi: Any, u: Any, v: Any, w: Any, p: Any, fluid: Any, gx: Any, gy: Any, gz: Any, rate: float, skewed: bool
) -> None:
    """Take the gradient of ``phi`` (m2/s) from the velocities at open faces, and add ``phi * rate`` to the pressure."""
    nx, ny, nz = phi.shape
    for i in prange(nx):
        for j in range(ny):
            for k in range(nz):
                i2, j2, k2 = i + 2, j + 2, k + 2
                if fluid[i2, j2, k2] == 0:
                    continue
                here = phi[i, j, k]
                p[i2, j2, k2] += here * rate
                if i > 0 and fluid[i2 - 1, j2, k2]:
                    u[i2, j2, k2] -= (here - phi[i - 1, j, k]) / gx[i2]
                if i == nx - 1:
                    u[i2 + 1, j2, k2] += here / gx[i2 + 1]
                if skewed and j == ny - 1:
                    v[i2, j2 + 1, k2] += here / gy[j2 + 1]
                if j > 0 and fluid[i2, j2 - 1, k2]:
                    v[i2, j2, k2] -= (here - phi[i, j - 1, k]) / gy[j2]
                if k > 0 and fluid[i2, j2, k2 - 1]:
                    w[i2, j2, k2] -= (here - phi[i, j, k - 1]) / gz[k2]


@njit(parallel=True, fastmath=True, cache=True)
def budget_k(source: Any, sink: Any, more: Any, less: Any, tke: Any, eps: Any, nu: Any, s2: Any) -> None:
    """Write production (m2/s3) and the linearised sink (1/s) of k, with the terms that maintain the approach flow."""
    for i in prange(2, tke.shape[0] - 3):
        for j in range(2, tke.shape[1] - 3):
            for k in range(2, tke.shape[2] - 3):
                source[i, j, k] = nu[i, j, k] * s2[i, j, k] + more[k]
                sink[i, j, k] = eps[i, j, k] / tke[i, j, k] + less[k]


@njit(parallel=True, fastmath=True, cache=True)
def budget_eps(
    source: Any,
    sink: Any,
    fixed: Any,
    more: Any,
    less: Any,
    tke: Any,
    eps: Any,
    nu: Any,
    s2: Any,
    near: Any,
    c1: float,
    c2: float,
) -> None:
    """Write production and the linearised sink of epsilon, and its value in cells beside a wall.

    ``near`` is 1/(kappa (d + z0)) there and 0 elsewhere: epsilon = C_mu^0.75 k^1.5 / (kappa (d + z0)).
    """
    c34 = C_MU**0.75
    for i in prange(2, tke.shape[0] - 3):
        for j in range(2, tke.shape[1] - 3):
            for k in range(2, tke.shape[2] - 3):
                pace = eps[i, j, k] / tke[i, j, k]
                source[i, j, k] = c1 * pace * nu[i, j, k] * s2[i, j, k] + more[k]
                sink[i, j, k] = c2 * pace + less[k]
                fixed[i, j, k] = near[i, j, k] * c34 * tke[i, j, k] ** 1.5


@njit(parallel=True, fastmath=True, cache=True)
def viscosity(nu: Any, tke: Any, eps: Any, fluid: Any, least_k: float, least_eps: float, share: float) -> None:
    """Bound k and epsilon from below, and move nu by ``share`` of the way to C_mu k2 / epsilon (m2/s)."""
    for i in prange(2, tke.shape[0] - 3):
        for j in range(2, tke.shape[1] - 3):
            for k in range(2, tke.shape[2] - 3):
                if fluid[i, j, k] == 0:
                    continue
                tke[i, j, k] = max(tke[i, j, k], least_k)
                eps[i, j, k] = max(eps[i, j, k], least_eps)
                nu[i, j, k] += share * (C_MU * tke[i, j, k] ** 2 / eps[i, j, k] - nu[i, j, k])


@njit(parallel=True, fastmath=True, cache=True)
def change(a: Any, b: Any) -> float:
    """Return the sum of |a - b| over all cells."""
    total = 0.0
    for i in prange(a.shape[0]):
        part = 0.0
        for j in range(a.shape[1]):
            for k in range(a.shape[2]):
                part += abs(a[i, j, k] - b[i, j, k])
        total += part
    return total


@njit(parallel=True, fastmath=True, cache=True)
def resistance(drag: Any, leaf: Any, pull: Any, u: Any, v: Any, w: Any) -> None:
    """Write the resistance of each cell, 1/s: speed times ``leaf`` of vegetation and ``pull`` of the height, 1/m."""
    for i in prange(2, leaf.shape[0] - 3):
        for j in range(2, leaf.shape[1] - 3):
            for k in range(2, leaf.shape[2] - 3):
                uc = 0.5 * (u[i, j, k] + u[i + 1, j, k])
                vc = 0.5 * (v[i, j, k] + v[i, j + 1, k])
                wc = 0.5 * (w[i, j, k] + w[i, j, k + 1])
                drag[i, j, k] = (leaf[i, j, k] + pull[k]) * np.sqrt(uc * uc + vc * vc + wc * wc)
