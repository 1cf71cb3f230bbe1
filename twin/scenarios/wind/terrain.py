"""Terrain roughness classes of GB 50009-2012 and their wind profiles.

Heights are metres above ground; every function takes a number or an array and returns an array of that shape.
"""

from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray

AIR_DENSITY = 1.25
"""Air density behind the Chinese basic wind pressures, kg/m³ (GB 50009-2012 E.2.4: w0 = v0²/1600 kPa)."""

W0_KPA = {10: 0.40, 50: 0.55, 100: 0.60}
"""Basic wind pressure of Shanghai by return period in years, kPa (GB 50009-2012 table E.5)."""

PEAK_FACTOR = 2.5
"""Peak factor g of the gust (GB 50009-2012 8.4.3 and 8.6.1)."""

_MU_Z_CAP = 2.91  # value at gradient height, GB 50009-2012 table 8.2.1


class Terrain(Enum):
    """Roughness class of the ground upwind (GB 50009-2012 8.2.1 and 8.4.3)."""

    A = "A"
    """Sea, islands, coast, desert."""
    B = "B"
    """Fields, villages, scattered houses: the class in which basic wind is given."""
    C = "C"
    """Dense urban area."""
    D = "D"
    """Dense urban area with tall buildings."""

    @property
    def exponent(self) -> float:
        """Return the exponent α of the power law of mean speed."""
        return {"A": 0.12, "B": 0.15, "C": 0.22, "D": 0.30}[self.value]

    @property
    def gradient_m(self) -> float:
        """Return the height above which mean speed no longer grows, m."""
        return {"A": 300.0, "B": 350.0, "C": 450.0, "D": 550.0}[self.value]

    @property
    def floor_m(self) -> float:
        """Return the height below which the profile is constant, m."""
        return {"A": 5.0, "B": 10.0, "C": 15.0, "D": 30.0}[self.value]

    @property
    def i10(self) -> float:
        """Return the nominal turbulence intensity at 10 m."""
        return {"A": 0.12, "B": 0.14, "C": 0.23, "D": 0.39}[self.value]

    def mu_z(self, z_m: ArrayLike) -> NDArray[np.float64]:
        """Return the height factor μ_z of wind pressure, with its floor and its cap (8.2.1)."""
        at_ten = {"A": 1.284, "B": 1.000, "C": 0.544, "D": 0.262}[self.value]
        lowest = {"A": 1.09, "B": 1.00, "C": 0.65, "D": 0.51}[self.value]
        power = at_ten * (self._relative(z_m)) ** (2.0 * self.exponent)
        return np.clip(power, lowest, _MU_Z_CAP)

    def mean_ratio(self, z_m: ArrayLike) -> NDArray[np.float64]:
        """Return mean speed at a height over the ten-minute mean at 10 m over category B."""
        return np.sqrt(self.mu_z(z_m))

    def turbulence(self, z_m: ArrayLike) -> NDArray[np.float64]:
        """Return turbulence intensity I = I10 (z/10)^-α, constant below the floor height (8.4.6).

        The commentary prints the exponent as +α; only -α gives table 8.6.1.
        """
        return self.i10 * self._relative(z_m) ** -self.exponent

    def gust_factor(self, z_m: ArrayLike) -> NDArray[np.float64]:
        """Return the gust factor β_gz = 1 + 2 g I of cladding pressure (8.6.1); a factor of pressure, not of speed."""
        return 1.0 + 2.0 * PEAK_FACTOR * self.turbulence(z_m)

    def gust_speed_factor(self, z_m: ArrayLike) -> NDArray[np.float64]:
        """Return the ratio of gust speed to mean speed that gives β_gz: its square root."""
        return np.sqrt(self.gust_factor(z_m))

    def _relative(self, z_m: ArrayLike) -> NDArray[np.float64]:
        """Return z/10 between the floor and the gradient height."""
        return np.clip(np.asarray(z_m, dtype=np.float64), self.floor_m, self.gradient_m) / 10.0
