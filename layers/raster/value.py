"""The value of a raster at a place, and along a line."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod, Transformer
from rasterio.windows import Window

from layers.raster.pool import DatasetPool
from layers.raster.raster import Raster
from layers.space.crs import MAP_CRS

Floats = NDArray[np.float64]
_GEOD = Geod(ellps="GRS80")


@dataclass(frozen=True)
class PixelValue:
    """The values of all bands in one pixel, None where there is none, and the pixel's middle in degrees.

    ``inside`` is False where the place lies beside the raster; there is no pixel then.
    """

    inside: bool
    values: tuple[float | None, ...]
    centre: tuple[float, float] | None = None
    column: int | None = None
    row: int | None = None


@dataclass(frozen=True)
class Profile:
    """Values along a line: places (n, 2) in degrees, metres from the beginning, and values, NaN where there is none."""

    lonlat: Floats
    along_m: Floats
    values: Floats


def value_at(pool: DatasetPool, raster: Raster, lon: float, lat: float) -> PixelValue:
    """Return the values in the pixel in which a place lies."""
    with pool.lend(raster.file) as dataset:
        to_raster, to_degrees = transformers(dataset.crs.to_wkt())
        column, row = _pixel(dataset, np.array([to_raster.transform(lon, lat)]))[0]
        if not (0 <= column < dataset.width and 0 <= row < dataset.height):
            return PixelValue(False, (None,) * len(raster.bands))
        pixel = dataset.read(window=Window(int(column), int(row), 1, 1), masked=True)[:, 0, 0]
        centre = to_degrees.transform(*(dataset.transform @ (column + 0.5, row + 0.5)))
    values = tuple(None if value is np.ma.masked else value.item() for value in pixel)
    return PixelValue(True, values, (float(centre[0]), float(centre[1])), int(column), int(row))


def profile_along(pool: DatasetPool, raster: Raster, line: Floats, samples: int, band: int) -> Profile:
    """Return the values at ``samples`` places at equal steps along a line (n, 2), which follows geodesics."""
    lonlat, along = places_along(line, samples)
    with pool.lend(raster.file) as dataset:
        forth, _ = transformers(dataset.crs.to_wkt())
        pixels = _pixel(dataset, np.column_stack(forth.transform(lonlat[:, 0], lonlat[:, 1])))
        inside = ((pixels >= 0) & (pixels < [dataset.width, dataset.height])).all(axis=1)
        values = np.full(len(pixels), np.nan)
        values[inside] = _read_pixels(dataset, pixels[inside].astype(int), band)
    return Profile(lonlat, along, values)


def places_along(line: Floats, samples: int) -> tuple[Floats, Floats]:
    """Return ``samples`` places (n, 2) along a line at equal steps, its ends among them, and how far along they are."""
    azimuth, _, length = _GEOD.inv(line[:-1, 0], line[:-1, 1], line[1:, 0], line[1:, 1])
    ends = np.concatenate([[0.0], np.cumsum(length)])
    along = np.linspace(0.0, ends[-1], samples)
    leg = np.clip(np.searchsorted(ends, along, side="right") - 1, 0, len(length) - 1)
    lon, lat, _ = _GEOD.fwd(line[leg, 0], line[leg, 1], np.asarray(azimuth)[leg], along - ends[leg])
    return np.column_stack([lon, lat]), along


def _read_pixels(dataset: Any, pixels: NDArray[np.int64], band: int) -> Floats:
    """Return the values of some pixels (n, 2), column first, read by the blocks in which they lie."""
    values = np.full(len(pixels), np.nan)
    high, wide = dataset.block_shapes[band - 1]
    blocks = pixels // [wide, high]
    for col, row in np.unique(blocks, axis=0):
        in_block = (blocks == [col, row]).all(axis=1)
        window = Window(col * wide, row * high, wide, high).intersection(Window(0, 0, dataset.width, dataset.height))
        block = dataset.read(band, window=window, masked=True).astype(np.float64).filled(np.nan)
        values[in_block] = block[pixels[in_block, 1] - row * high, pixels[in_block, 0] - col * wide]
    return values


def _pixel(dataset: Any, coordinates: Floats) -> Floats:
    """Return whole columns and rows (n, 2) of coordinates; places that cannot be placed lie far outside."""
    columns, rows = ~dataset.transform @ (coordinates[:, 0], coordinates[:, 1])
    return np.asarray(np.floor(np.nan_to_num(np.column_stack([columns, rows]), nan=-1.0, posinf=-1.0, neginf=-1.0)))


@lru_cache(maxsize=64)
def transformers(wkt: str) -> tuple[Transformer, Transformer]:
    """Return the ways from degrees of the map to a raster's coordinates, and back."""
    return (
        Transformer.from_crs(MAP_CRS, wkt, always_xy=True),
        Transformer.from_crs(wkt, MAP_CRS, always_xy=True),
    )
