"""The approach flow: mean speed, turbulence and roughness by height."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.scenarios.wind.field.kernels import C_MU, KAPPA
from twin.scenarios.wind.terrain import Terrain

F64 = NDArray[np.float64]
# The wind never decreases with height, and turbulence is produced everywhere: least d log U / d log z.
_LEAST_SLOPE = 0.02


@dataclass(frozen=True)
class Inflow:
    """A profile by points of height (m, rising): mean speed (m/s), turbulent kinetic energy (m2/s2); ``z0`` in m.

    Below the lowest point the speed follows the log law with ``z0`` and k is constant. Above the highest both are
    constant.
    """

    z: F64
    speed: F64
    tke: F64
    z0: float

    def u(self, z: F64) -> F64:
        """Return the mean speed at heights."""
        lowest = self.z[0]
        interpolated = np.interp(z, self.z, self.speed)
        below = self.speed[0] * np.log((z + self.z0) / self.z0) / np.log((lowest + self.z0) / self.z0)
        return np.asarray(np.where(z < lowest, below, interpolated))

    def k(self, z: F64) -> F64:
        """Return the turbulent kinetic energy at heights."""
        return np.asarray(np.interp(z, self.z, self.tke))

    def times(self, factor: float) -> "Inflow":
        """Return the same flow, ``factor`` times as fast."""
        return Inflow(self.z, self.speed * factor, self.tke * factor**2, self.z0)

    def shear(self, z: F64) -> F64:
        """Return dU/dz at heights, by a cubic through log U over log(z + z0): measured points alone are too rough.

        Above the highest point and below the lowest the slope of log U is that at the point.
        """
        log_z = np.log(self.z + self.z0)
        slopes = np.polyder(np.polyfit(log_z, np.log(self.speed), 3 if len(log_z) > 6 else 1))
        at = np.clip(np.log(z + self.z0), log_z[0], log_z[-1])
        return np.asarray(np.maximum(np.polyval(slopes, at), _LEAST_SLOPE) * self.u(z) / (z + self.z0))

    def epsilon(self, z: F64) -> F64:
        """Return the dissipation in balance with production: sqrt(C_mu) k dU/dz; bounded by the log law's far above."""
        least = C_MU**0.75 * self.k(z) ** 1.5 / (KAPPA * np.maximum(z, 1e-9)) * 0.1
        return np.asarray(np.maximum(np.sqrt(C_MU) * self.k(z) * self.shear(z), least))


def measured(z: F64, speed: F64, tke: F64) -> Inflow:
    """Return the profile of measurements; z0 by the log law at the lowest point, u* from k there."""
    friction = np.sqrt(np.sqrt(C_MU) * tke[0])
    return Inflow(z, speed, tke, float(z[0] / np.exp(KAPPA * speed[0] / friction)))


# GB 50009 gives exponents and turbulence, but no z0; these are the usual roughness lengths of its categories.
ROUGHNESS_M = {Terrain.A: 0.01, Terrain.B: 0.05, Terrain.C: 0.3, Terrain.D: 1.0}
_HEIGHTS = np.concatenate([np.arange(2.0, 20.0, 1.0), np.arange(20.0, 1000.0, 10.0)])


def of_terrain(terrain: Terrain) -> Inflow:
    """Return the approach flow of a category of GB 50009, for one metre a second over open country (B) at 10 m.

    The speed is the square root of mu_z without its floors, which are meant for loads; k = 1.5 (I U)^2 x 0.6, since the
    code's turbulence is the longitudinal one and the other two components are smaller (0.8 and 0.5 of it).
    """
    gradient = terrain.gradient_m
    speed = terrain.mean_ratio(gradient) * np.minimum(_HEIGHTS / gradient, 1.0) ** terrain.exponent
    sigma = terrain.turbulence(_HEIGHTS) * speed
    tke = 0.5 * (1.0 + 0.8**2 + 0.5**2) * sigma**2
    return Inflow(_HEIGHTS, speed, tke, ROUGHNESS_M[terrain])
