"""Colours of pixels: by a ramp, by classes, or as they are."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.raster.ramps import STEPS, from_hex, ramp
from layers.raster.raster import RasterClass

Rgba = NDArray[np.uint8]


@dataclass(frozen=True)
class Look:
    """How a request wants a raster coloured: the ramp's name and the values at its ends."""

    colormap: str
    low: float
    high: float


def by_ramp(values: Any, look: Look) -> Rgba:
    """Return colours (rows, columns, 4) of masked numbers; beyond the ends the end's colour holds."""
    numbers = np.ma.filled(values.astype(np.float32), look.low)
    share = (numbers - np.float32(look.low)) * np.float32((STEPS - 1) / (look.high - look.low))
    place = np.clip(share + np.float32(0.5), 0, STEPS - 1).astype(np.intp)
    place[np.ma.getmaskarray(values)] = STEPS
    return np.asarray(_table(look.colormap)[place])


def by_classes(values: Any, classes: tuple[RasterClass, ...]) -> Rgba:
    """Return colours (rows, columns, 4) of masked whole numbers; a number without a class is transparent."""
    ordered = sorted(classes, key=lambda one: one.value)
    class_values = np.array([one.value for one in ordered])
    colors = np.array([from_hex(one.color) for one in ordered], dtype=np.uint8)
    numbers = np.ma.filled(values, class_values[0] if len(class_values) else 0)
    place = np.clip(np.searchsorted(class_values, numbers), 0, max(len(class_values) - 1, 0))
    has_class: NDArray[np.bool_] = np.equal(class_values[place], numbers) & ~np.ma.getmaskarray(values)
    return _with_alpha(colors[place], has_class)


def as_image(values: Any) -> Rgba:
    """Return colours (rows, columns, 4) of masked red, green and blue (3, rows, columns)."""
    valid = np.asarray(~np.ma.getmaskarray(values).any(axis=0))
    return _with_alpha(np.moveaxis(np.ma.filled(values, 0), 0, -1), valid)


def as_terrain(values: Any) -> Rgba:
    """Return heights in metres as Mapbox's terrain-RGB: height = −10000 + (R·65536 + G·256 + B) / 10.

    Where there is no height it is 0 m, since such a tile has no way of saying so
    (docs.mapbox.com/data/tilesets/reference/mapbox-terrain-rgb-v1).
    """
    heights = np.ma.filled(values.astype(np.float64), 0.0)
    code = np.clip(np.rint((heights + 10_000.0) * 10.0), 0, 2**24 - 1).astype(np.uint32)
    colors = np.stack([code >> 16, (code >> 8) & 255, code & 255], axis=-1).astype(np.uint8)
    return _with_alpha(colors, np.ones(heights.shape, dtype=bool))


@lru_cache(maxsize=16)
def _table(colormap: str) -> Rgba:
    """Return a ramp's colours, and after them the one of no value."""
    return np.vstack([_with_alpha(ramp(colormap), np.ones(STEPS, dtype=bool)), np.zeros((1, 4), dtype=np.uint8)])


def _with_alpha(colors: NDArray[np.uint8], valid: NDArray[np.bool_]) -> Rgba:
    colors = np.where(valid[..., None], colors, np.uint8(0))
    return np.concatenate([colors, (valid * np.uint8(255)).astype(np.uint8)[..., None]], axis=-1)
