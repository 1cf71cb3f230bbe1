"""ERDAS Imagine, the usual format of land cover and of remote sensing departments."""

from layers.raster.format import RasterFormat
from layers.title import Title

FORMAT = RasterFormat("imagine", Title("ERDAS Imagine 栅格", "ERDAS Imagine"), (".img",), "HFA")
