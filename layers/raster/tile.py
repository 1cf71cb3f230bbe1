"""Pixels of a raster on a tile: warped to Web Mercator from the coarsest overview that is fine enough."""

from dataclasses import dataclass
from math import cos, pi, radians
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT

from layers.raster.pool import DatasetPool
from layers.raster.raster import Bounds, Raster
from layers.raster.resampling import resampling

_WEB_MERCATOR = "EPSG:3857"
# The radius of Web Mercator's sphere, metres.
_RADIUS_M = 6378137.0


@dataclass(frozen=True)
class Frame:
    """A square of Web Mercator (west, south, east, north in its metres) and how many pixels its sides have."""

    box: Bounds
    size: int

    @property
    def is_apart(self) -> bool:
        """Tell whether it has no area, so that nothing can be on it."""
        return not (self.box[0] < self.box[2] and self.box[1] < self.box[3])

    def meets(self, bounds: Bounds) -> bool:
        """Tell whether it shares an area with bounds in degrees."""
        west, south, east, north = self.box
        return (
            west < _mercator_x(bounds[2])
            and east > _mercator_x(bounds[0])
            and south < _mercator_y(bounds[3])
            and north > _mercator_y(bounds[1])
        )


def read_frame(pool: DatasetPool, raster: Raster, frame: Frame, way: str, bands: tuple[int, ...]) -> Any:
    """Return a masked array (bands, rows, columns) of what lies in a frame; where there is nothing it is masked."""
    if not frame.meets(raster.bounds):
        return _nothing(raster, frame, len(bands))
    with pool.lend(raster.file, _overview(pool, raster, frame)) as dataset, _warped(dataset, frame, way) as warped:
        return warped.read(list(bands), masked=True)


def _warped(dataset: Any, frame: Frame, way: str) -> Any:
    return WarpedVRT(
        dataset,
        crs=_WEB_MERCATOR,
        transform=from_bounds(*frame.box, frame.size, frame.size),
        width=frame.size,
        height=frame.size,
        resampling=resampling(way),
        add_alpha=dataset.nodata is None,
    )


def _overview(pool: DatasetPool, raster: Raster, frame: Frame) -> int | None:
    """Return the number of the coarsest overview that is fine enough for the frame, None for the raster itself."""
    with pool.lend(raster.file) as dataset:
        factors: list[int] = dataset.overviews(1)
    _, south, _, north = raster.bounds
    ground_m = (frame.box[2] - frame.box[0]) / frame.size * cos(radians((south + north) / 2))
    # One per cent of tolerance, for pixels as large as the frame's up to rounding.
    fine = [place for place, factor in enumerate(factors) if factor * max(raster.pixel_m) <= ground_m * 1.01]
    return max(fine, default=None)


def _nothing(raster: Raster, frame: Frame, bands: int) -> Any:
    values: NDArray[Any] = np.zeros((bands, frame.size, frame.size), dtype=raster.bands[0].type)
    return np.ma.masked_array(values, mask=np.ones(values.shape, dtype=bool))


def _mercator_x(lon: float) -> float:
    return _RADIUS_M * radians(lon)


def _mercator_y(lat: float) -> float:
    limited = max(min(lat, 89.99), -89.99)
    return float(_RADIUS_M * np.log(np.tan(pi / 4 + radians(limited) / 2)))
