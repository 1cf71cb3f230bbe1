"""Resampling methods that requests may name, by GDAL's names."""

from rasterio.enums import Resampling

from layers.errors import ParameterError
from layers.raster.raster import Kind

# Those that may be used between numbers on a scale, and those that never make a class that was not there.
CONTINUOUS = ("nearest", "bilinear", "cubic", "average")
CATEGORICAL = ("nearest", "mode")
OVERVIEWS: dict[Kind, str] = {"continuous": "average", "categorical": "mode", "image": "average"}
DRAWING: dict[Kind, str] = {"continuous": "bilinear", "categorical": "nearest", "image": "bilinear"}


def require_resampling(name: str, kind: Kind, parameter: str = "resampling") -> str:
    """Return the name, or raise ParameterError where it may not be used on such a raster."""
    allowed = CATEGORICAL if kind == "categorical" else CONTINUOUS
    if name not in allowed:
        raise ParameterError(parameter, f"{name!r} is none of {', '.join(allowed)}, the methods for a {kind} raster")
    return name


def resampling(name: str) -> Resampling:
    """Return rasterio's member of that name."""
    return Resampling[name]
