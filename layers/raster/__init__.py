"""Rasters: reading, checking, keeping, colouring and measuring pixels; pure, without a database."""

from layers.raster.colors import Look, Rgba, as_image, as_terrain, by_classes, by_ramp
from layers.raster.coverage import require_rule
from layers.raster.files import RasterFiles
from layers.raster.formats import format_of, raster_suffixes
from layers.raster.options import parse_rescale
from layers.raster.pool import DatasetPool
from layers.raster.ramps import require_ramp, stops
from layers.raster.raster import Band, Raster
from layers.raster.resampling import require_resampling
from layers.raster.tile import Frame, read_frame
from layers.raster.value import PixelValue, profile_along, value_at
from layers.raster.zonal_statistics import MOST_ZONES, ZonalQuery, ZoneStatistics, zonal

__all__ = [
    "MOST_ZONES",
    "Band",
    "DatasetPool",
    "Frame",
    "Look",
    "PixelValue",
    "Raster",
    "RasterFiles",
    "Rgba",
    "ZonalQuery",
    "ZoneStatistics",
    "as_image",
    "as_terrain",
    "by_classes",
    "by_ramp",
    "format_of",
    "parse_rescale",
    "profile_along",
    "raster_suffixes",
    "read_frame",
    "require_ramp",
    "require_resampling",
    "require_rule",
    "stops",
    "value_at",
    "zonal",
]
