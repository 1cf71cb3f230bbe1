"""Small rasters, as other programs would write them."""

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.transform import from_origin

WEST, NORTH, STEP = 121.50, 31.25, 0.0005


def write_raster(path: Path, values: NDArray[Any], **overrides: Any) -> Path:
    """Write bands (bands, rows, columns), or one; by default north up from 121.5° E, 31.25° N by 0.0005°."""
    bands = values[None] if values.ndim == 2 else values
    palette = overrides.pop("palette", None)
    defaults = {"crs": "EPSG:4490", "transform": from_origin(WEST, NORTH, STEP, STEP), "driver": "GTiff"}
    profile = {"count": len(bands), "height": bands.shape[1], "width": bands.shape[2], "dtype": bands.dtype}
    with rasterio.open(path, "w", **(defaults | profile | overrides)) as sink:
        sink.write(bands)
        if palette:
            sink.write_colormap(1, palette)
    return path


def ground(rows: int = 40, columns: int = 60) -> NDArray[np.float32]:
    """Return heights in metres: 3 m and more, a tenth more by row, a hundredth more by column."""
    down, right = np.mgrid[0:rows, 0:columns]
    return (3.0 + 0.1 * down + 0.01 * right).astype(np.float32)
