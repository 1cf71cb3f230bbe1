"""Where things are: reference systems, grids and codes; pure, without a database."""

from layers.space.addresses import normalise
from layers.space.addresses.divisions import SHANGHAI_DISTRICTS
from layers.space.compass import POINTS
from layers.space.crs import MAP_CRS
from layers.space.gridding import Gridded
from layers.space.grids.base import Grid, need_code, need_level
from layers.space.grids.beidou import BEIDOU
from layers.space.grids.cells import LatticeGrid
from layers.space.grids.geosot import GEOSOT
from layers.space.grids.h3 import H3
from layers.space.grids.lattice import UNITS_PER_DEGREE, Axis
from layers.space.grids.registry import GRIDS, grid_named
from layers.space.local_grid import LocalGrid
from layers.space.plane import LocalPlane

__all__ = [
    "BEIDOU",
    "GEOSOT",
    "GRIDS",
    "H3",
    "MAP_CRS",
    "POINTS",
    "SHANGHAI_DISTRICTS",
    "UNITS_PER_DEGREE",
    "Axis",
    "Grid",
    "Gridded",
    "LatticeGrid",
    "LocalGrid",
    "LocalPlane",
    "grid_named",
    "need_code",
    "need_level",
    "normalise",
]
