"""A raster's pixels, block by block, as they will be stored: in place, with one representation of "no value"."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.errors import RasterioIOError
from rasterio.windows import Window

from layers.errors import SourceError
from layers.raster.survey import Survey, opened

SIDE = 512


@dataclass(frozen=True)
class Block:
    """Values (bands, rows, columns) at a place of the raster, and which of them are values at all."""

    window: Window
    values: NDArray[Any]
    valid: NDArray[np.bool_]


class Pixels(Protocol):
    """Where pixels come from: the size, place and system that they are kept in, and their blocks."""

    @property
    def width(self) -> int:
        """Return the number of columns."""

    @property
    def height(self) -> int:
        """Return the number of rows."""

    @property
    def transform(self) -> Affine:
        """Return what leads from column and row to coordinates."""

    @property
    def crs(self) -> CRS:
        """Return the system of the coordinates."""

    def blocks(self) -> Iterator[Block]:
        """Go through all blocks, row by row."""


@dataclass(frozen=True)
class PixelsInPlace(Pixels):
    """The pixels of a file whose system GDAL knows: unchanged and in place."""

    survey: Survey
    nodata: tuple[float | None, ...]

    @property
    def width(self) -> int:
        """Return the number of columns."""
        return self.survey.width

    @property
    def height(self) -> int:
        """Return the number of rows."""
        return self.survey.height

    @property
    def transform(self) -> Affine:
        """Return what leads from column and row to coordinates."""
        return self.survey.transform

    @property
    def crs(self) -> CRS:
        """Return the system of the coordinates."""
        frame = self.survey.frame
        assert isinstance(frame, CRS)  # noqa: S101 - others are resampled
        return frame

    def blocks(self) -> Iterator[Block]:
        """Read block by block; raises SourceError at the place where the file cannot be read."""
        with opened(self.survey.path, self.survey.format.driver) as dataset:
            for window in windows(self.width, self.height):
                yield read_block(self.survey, dataset, window, self.nodata)


def windows(width: int, height: int) -> Iterator[Window]:
    """Go through square windows that cover a raster, row by row."""
    for row in range(0, height, SIDE):
        for col in range(0, width, SIDE):
            yield Window(col, row, min(SIDE, width - col), min(SIDE, height - row))


def read_block(survey: Survey, dataset: Any, window: Window, nodata: tuple[float | None, ...]) -> Block:
    """Read one window of an opened file."""
    try:
        values = dataset.read(list(survey.indexes), window=window)
        mask = dataset.dataset_mask(window=window) > 0 if survey.has_mask else None
    except RasterioIOError as error:
        place = f"rows from {window.row_off}, columns from {window.col_off}"
        raise SourceError(str(survey.path), f"its pixels cannot be read: {error}", place) from error
    valid = np.stack([_valid(band, none) for band, none in zip(values, nodata, strict=True)])
    return Block(window, values, valid if mask is None else valid & mask)


def _valid(values: NDArray[Any], nodata: float | None) -> NDArray[np.bool_]:
    """Return which numbers are values: neither the one that stands for none, nor what is no number."""
    valid = np.isfinite(values) if values.dtype.kind == "f" else np.ones(values.shape, dtype=bool)
    if nodata is not None and np.isfinite(nodata):
        # In the band's own type: -3.4e38 as it is written is not always the float that stands in the file.
        valid &= values != np.array(nodata).astype(values.dtype)
    return valid
