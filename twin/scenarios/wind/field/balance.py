"""Source terms that maintain the approach flow: measured and coded profiles are not steady states of the equations.

Over open ground a solve would change any profile to its own equilibrium, so that a wind other than the requested one
would reach the buildings. The residual of each equation for the undisturbed column is therefore added to it with the
opposite sign: to momentum as a resistance that scales with the square of the local speed (none in a calm), to k and
epsilon as sources or, where they are negative, as sinks in proportion to the local value.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.scenarios.wind.field.grid import GHOSTS, Axis
from twin.scenarios.wind.field.inflow import Inflow
from twin.scenarios.wind.field.kernels import C_MU, KAPPA

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
C1, C2, SIGMA_K, SIGMA_EPS = 1.44, 1.92, 1.0, 1.3  # Launder and Spalding 1974


@dataclass(frozen=True)
class SourceSink:
    """A source (per time) and a sink rate (1/s) by padded height."""

    source: F32
    sink: F32


@dataclass(frozen=True)
class Balance:
    """Resistance by padded height, 1/m (times the speed: 1/s; negative where the flow is driven), and k and epsilon."""

    pull: F32
    k: SourceSink
    eps: SourceSink


def balance(z: Axis, inflow: Inflow, exchange: float) -> Balance:
    """Return the terms that balance an undisturbed column of these cells; ``exchange`` as in ``Numerics``."""
    centres, h = z.centres, z.widths
    u, k = inflow.u(centres), inflow.k(centres)
    reach = 0.5 * h[0] + inflow.z0
    eps = inflow.epsilon(centres)
    eps[0] = C_MU**0.75 * k[0] ** 1.5 / (KAPPA * reach)
    nu = C_MU * k**2 / eps
    law = KAPPA * C_MU**0.25 / np.log(reach / inflow.z0)
    drive = _diffusion(z, u, nu * exchange)
    drive[0] -= law * np.sqrt(k[0]) * u[0] / h[0]
    production = nu * _shear(z, u, 1.0 / (reach * np.log(reach / inflow.z0))) ** 2
    residual_k = production - eps + _diffusion(z, k, nu / SIGMA_K)
    residual_eps = C1 * eps / k * production - C2 * eps**2 / k + _diffusion(z, eps, nu / SIGMA_EPS)
    residual_eps[0] = 0.0  # the wall's own law holds there
    return Balance(_padded(drive / u**2), _source_sink(-residual_k, k), _source_sink(-residual_eps, eps))


def _diffusion(z: Axis, q: F64, nu: F64) -> F64:
    """Return the divergence of the diffusive flux up a column, with zero flux at its ends."""
    flux = 0.5 * (nu[1:] + nu[:-1]) * np.diff(q) / np.diff(z.centres)
    return np.asarray(np.diff(np.concatenate([[0.0], flux, [0.0]])) / z.widths)


def _shear(z: Axis, u: F64, log: float) -> F64:
    """Return dU/dz as in the strain kernel: by the log law in the lowest cell, and zero beyond the top."""
    gaps = np.diff(z.centres)
    shear = np.empty_like(u)
    shear[0] = u[0] * log
    shear[1:-1] = (u[2:] - u[:-2]) / (gaps[1:] + gaps[:-1])
    shear[-1] = (u[-1] - u[-2]) / (gaps[-1] + z.widths[-1])
    return shear


def _source_sink(lacking: F64, level: F64) -> SourceSink:
    return SourceSink(_padded(np.maximum(lacking, 0.0)), _padded(np.maximum(-lacking, 0.0) / level))


def _padded(values: F64) -> F32:
    return np.pad(values, (GHOSTS, GHOSTS + 1)).astype(np.float32)
