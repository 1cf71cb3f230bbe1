"""GeoTIFF (OGC 19-008r4), cloud-optimised ones among them."""

from layers.raster.format import RasterFormat
from layers.title import Title

FORMAT = RasterFormat("geotiff", Title("GeoTIFF 栅格", "GeoTIFF"), (".tif", ".tiff", ".gtiff"), "GTiff")
