"""Colour ramps by name: perceptually uniform ones alone, so that equal steps of a value look equal.

The tables are matplotlib's (viridis, magma, inferno and plasma by van der Walt and Smith; cividis by Nuñez, Anderton
and Renslow 2018, made for colour-blind readers). A name that ends in ``_r`` runs the other way.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from layers.errors import ParameterError

NAMES = ("viridis", "cividis", "magma", "inferno", "plasma", "gray")
STEPS = 256
Rgb = NDArray[np.uint8]


def require_ramp(name: str, parameter: str = "colormap") -> str:
    """Return the name, or raise ParameterError where no ramp has it."""
    if name.removesuffix("_r") not in NAMES:
        choices = ", ".join(NAMES)
        raise ParameterError(parameter, f"{name!r} is none of {choices}; append _r to reverse a ramp")
    return name


@lru_cache(maxsize=2 * len(NAMES))
def ramp(name: str) -> Rgb:
    """Return the colours (256, 3) of a ramp, from low to high."""
    from matplotlib import colormaps

    colors = colormaps[require_ramp(name)](np.arange(STEPS), bytes=True)[:, :3]
    return np.ascontiguousarray(colors, dtype=np.uint8)


def stops(name: str, count: int = 9) -> list[str]:
    """Return ``count`` colours along a ramp as #rrggbb, for legends."""
    places = np.linspace(0, STEPS - 1, count).round().astype(int)
    return [as_hex(color) for color in ramp(name)[places]]


def as_hex(color: Rgb) -> str:
    """Return a colour as #rrggbb."""
    return "#" + "".join(f"{part:02x}" for part in color.tolist())


def from_hex(text: str, parameter: str = "color") -> tuple[int, int, int]:
    """Read #rrggbb."""
    digits = text.removeprefix("#")
    if len(digits) != 6 or not digits.isascii() or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        raise ParameterError(parameter, f"{text!r} is not a colour of the form #rrggbb")
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
