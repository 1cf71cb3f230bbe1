"""Esri's ASCII grid, in which many terrain models and flood results are passed on."""

from layers.raster.format import RasterFormat
from layers.title import Title

FORMAT = RasterFormat("ascii_grid", Title("ASCII 格网", "Esri ASCII grid"), (".asc",), "AAIGrid")
