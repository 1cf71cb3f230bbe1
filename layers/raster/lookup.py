"""Pixels of shifted coordinates or of a local grid, resampled to a grid in EPSG:4490.

GDAL knows neither GCJ-02 nor BD-09, and no pipeline of a city's own; their field is no affine one, so pixels cannot
stay as they are. Classes take the nearest pixel; numbers are interpolated between four, those without a value left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.windows import Window

from layers.raster.blocks import Block, read_block, windows
from layers.raster.survey import Survey, opened
from layers.space.crs import MAP_CRS
from layers.space.gcj02_bd09 import Shift
from layers.space.local_grid import LocalGrid

Floats = NDArray[np.float64]
# A metre of the meridian in degrees, near enough for choosing a size of pixels.
_DEGREES_PER_M = 1 / 111_320


@dataclass(frozen=True)
class PixelsLookedUp:
    """The pixels of a file in a frame that is not GDAL's, on a north-up grid of about the same size of pixels."""

    survey: Survey
    nodata: tuple[float | None, ...]
    nearest: bool

    @cached_property
    def transform(self) -> Affine:
        """Return what leads from column and row to degrees."""
        west, _, _, north = self.survey.bounds
        lon_step, lat_step = self._steps
        return Affine(lon_step, 0.0, west, 0.0, -lat_step, north)

    @property
    def width(self) -> int:
        """Return the number of columns."""
        west, _, east, _ = self.survey.bounds
        return max(1, round((east - west) / self._steps[0]))

    @property
    def height(self) -> int:
        """Return the number of rows."""
        _, south, _, north = self.survey.bounds
        return max(1, round((north - south) / self._steps[1]))

    @property
    def crs(self) -> CRS:
        """Return the system of the map."""
        return CRS.from_user_input(MAP_CRS)

    def blocks(self) -> Iterator[Block]:
        """Resample block by block."""
        with opened(self.survey.path, self.survey.format.driver) as dataset:
            for window in windows(self.width, self.height):
                yield self._block(dataset, window)

    @property
    def _steps(self) -> tuple[float, float]:
        """Return the width and height of a pixel in degrees."""
        across, down = self.survey.pixel_m
        _, south, _, north = self.survey.bounds
        return across * _DEGREES_PER_M / np.cos(np.radians((south + north) / 2)), down * _DEGREES_PER_M

    def _block(self, dataset: Any, window: Window) -> Block:
        cols, rows = np.meshgrid(
            window.col_off + 0.5 + np.arange(window.width), window.row_off + 0.5 + np.arange(window.height)
        )
        x, y = self._source(np.column_stack(self.transform @ (cols.ravel(), rows.ravel())))
        part = _around(x, y, self.survey)
        if part is None:
            return self._nothing(window)
        source = read_block(self.survey, dataset, part, self.nodata)
        shape = (int(window.height), int(window.width))
        # From corners of pixels to their middles.
        at = (y - part.row_off - 0.5).reshape(shape), (x - part.col_off - 0.5).reshape(shape)
        pick = _nearest if self.nearest else _between
        pairs = [pick(values, valid, *at) for values, valid in zip(source.values, source.valid, strict=True)]
        return Block(window, np.stack([pair[0] for pair in pairs]), np.stack([pair[1] for pair in pairs]))

    def _source(self, lonlat: Floats) -> tuple[Floats, Floats]:
        """Return columns and rows of the file, in pixels from its corner, of places of the map."""
        frame = self.survey.frame
        assert isinstance(frame, Shift | LocalGrid)  # noqa: S101 - others stay in place
        own = frame.forward(lonlat) if isinstance(frame, Shift) else frame.xy(lonlat)
        x, y = ~self.survey.transform @ (own[:, 0], own[:, 1])
        return x, y

    def _nothing(self, window: Window) -> Block:
        shape = (len(self.survey.types), int(window.height), int(window.width))
        return Block(window, np.zeros(shape, dtype=self.survey.types[0]), np.zeros(shape, dtype=bool))


def _around(x: Floats, y: Floats, survey: Survey) -> Window | None:
    """Return the part of the file in which places lie, with a pixel more on each side."""
    left, right = max(0, int(np.floor(x.min())) - 1), min(survey.width, int(np.ceil(x.max())) + 1)
    top, low = max(0, int(np.floor(y.min())) - 1), min(survey.height, int(np.ceil(y.max())) + 1)
    return Window(left, top, right - left, low - top) if right > left and low > top else None


def _nearest(values: NDArray[Any], valid: NDArray[np.bool_], row: Floats, col: Floats) -> tuple[Any, Any]:
    rows, cols = np.rint(row).astype(int), np.rint(col).astype(int)
    inside = (rows >= 0) & (rows < values.shape[0]) & (cols >= 0) & (cols < values.shape[1])
    rows, cols = np.where(inside, rows, 0), np.where(inside, cols, 0)
    return values[rows, cols], valid[rows, cols] & inside


def _between(values: NDArray[Any], valid: NDArray[np.bool_], row: Floats, col: Floats) -> tuple[Any, Any]:
    """Interpolate between the four pixels around each place; there is no value where the nearest has none."""
    top, left = np.floor(row).astype(int), np.floor(col).astype(int)
    total, weights = np.zeros(row.shape), np.zeros(row.shape)
    for down in (0, 1):
        for right in (0, 1):
            rows, cols = top + down, left + right
            weight = np.abs(1 - down - (row - top)) * np.abs(1 - right - (col - left))
            value, has_value = _nearest(values, valid, rows.astype(float), cols.astype(float))
            weight = np.where(has_value, weight, 0.0)
            total += np.where(has_value, value, 0.0) * weight
            weights += weight
    is_valid = _nearest(values, valid, row, col)[1] & (weights > 0)
    mean = np.divide(total, weights, out=np.zeros(row.shape), where=is_valid)
    kind = values.dtype
    return (np.rint(mean) if kind.kind in "iu" else mean).astype(kind), is_valid
