"""Colours between the space that people state them in and the one that they are kept in."""

import numpy as np
from numpy.typing import NDArray


def linear(srgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return linear intensities of sRGB ones, both from 0 to 1."""
    bright = ((srgb + 0.055) / 1.055) ** 2.4
    converted: NDArray[np.float32] = np.where(srgb <= 0.04045, srgb / 12.92, bright).astype(np.float32)
    return converted
