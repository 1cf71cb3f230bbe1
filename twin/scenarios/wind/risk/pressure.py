"""Wind pressure on cladding by GB 50009-2012, chapter 8.

``w_k = β_gz μ_sl μ_z w0`` (8.1.1-2), in kPa; suction is negative.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.errors import InputError
from twin.scenarios.wind.terrain import AIR_DENSITY, W0_KPA, Terrain

# Local factors μ_sl of a closed rectangular building (GB 50009-2012 8.3.3, item 1 and its table).
WINDWARD = 1.0
SIDE_EDGE = -1.4
SIDE = -1.0
LEEWARD = -0.6
PROJECTION = -2.0
"""Eaves, canopies, sunshades, edge trims (8.3.3, item 2)."""
INTERNAL = 0.2
"""Inside a closed building, of the sign that is worse (8.3.5, item 1)."""

# Internal factor with one dominant opening, by the opening's share of the wall (8.3.5, item 2).
_OPENING_SHARES = (0.02, 0.10, 0.30)
_OPENING_FACTORS = (INTERNAL, 0.4, 0.6, 0.8)
_WHOLE_AREA_M2, _REDUCED_AREA_M2 = 1.0, 25.0
_WALL_REDUCTION, _ROOF_REDUCTION = 0.8, 0.6


def velocity_pressure_kpa(speed_ms: ArrayLike) -> NDArray[np.float64]:
    """Return ½ρv² in kPa of a speed in m/s."""
    return 0.5e-3 * AIR_DENSITY * np.square(np.asarray(speed_ms, dtype=np.float64))


def basic_pressure_kpa(years: int) -> float:
    """Return the basic wind pressure w0 of Shanghai for a return period of 10, 50 or 100 years, kPa."""
    if years not in W0_KPA:
        raise InputError(f"no basic wind pressure for a return period of {years} years; there are {sorted(W0_KPA)}")
    return W0_KPA[years]


def gust_pressure_kpa(z_m: ArrayLike, terrain: Terrain, years: int = 50) -> NDArray[np.float64]:
    """Return the design gust pressure β_gz μ_z w0 at a height, before any shape factor, kPa."""
    return terrain.gust_factor(z_m) * terrain.mu_z(z_m) * basic_pressure_kpa(years)


def cladding_pressure_kpa(z_m: ArrayLike, mu_sl: ArrayLike, terrain: Terrain, years: int = 50) -> NDArray[np.float64]:
    """Return the characteristic pressure w_k = β_gz μ_sl μ_z w0 on cladding, kPa (8.1.1-2)."""
    return gust_pressure_kpa(z_m, terrain, years) * np.asarray(mu_sl, dtype=np.float64)


def design_gust_ms(z_m: ArrayLike, terrain: Terrain, years: int = 50) -> NDArray[np.float64]:
    """Return the gust whose pressure is the design gust pressure at a height, m/s."""
    return np.sqrt(2000.0 * gust_pressure_kpa(z_m, terrain, years) / AIR_DENSITY)


def edge_strip_m(height_m: ArrayLike, across_m: ArrayLike) -> NDArray[np.float64]:
    """Return the width E/5 of the edge strip of a side wall: E = min(2H, B), B the width that meets the wind."""
    twice = 2.0 * np.asarray(height_m, dtype=np.float64)
    return np.minimum(twice, np.asarray(across_m, dtype=np.float64)) / 5.0


def worst_factor(external: ArrayLike, internal: float = INTERNAL) -> NDArray[np.float64]:
    """Return |μ_sl| with the internal factor of the worse sign added."""
    return np.abs(np.asarray(external, dtype=np.float64)) + internal


def internal_factor(opening_share: ArrayLike) -> NDArray[np.float64]:
    """Return the internal factor for the share of a wall that one dominant opening takes (8.3.5, item 2)."""
    shares = np.asarray(opening_share, dtype=np.float64)
    return np.asarray(_OPENING_FACTORS)[np.searchsorted(_OPENING_SHARES, shares, side="right")]


def area_factor(area_m2: ArrayLike, roof: bool = False) -> NDArray[np.float64]:
    """Return the reduction of μ_sl by the area that a member carries (8.3.4).

    One up to 1 m², 0.8 from 25 m² on for walls and 0.6 for roofs with |μ_sl| above 1, logarithmic between.
    """
    reduction = _ROOF_REDUCTION if roof else _WALL_REDUCTION
    bounded = np.clip(np.asarray(area_m2, dtype=np.float64), _WHOLE_AREA_M2, _REDUCED_AREA_M2)
    return np.asarray(1.0 + (reduction - 1.0) * np.log(bounded) / np.log(_REDUCED_AREA_M2))
