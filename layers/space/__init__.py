"""Where things are: reference systems, grids and codes; pure, without a database."""

from layers.space.addresses import normalise
from layers.space.addresses.divisions import SHANGHAI_DISTRICTS
from layers.space.compass import POINTS
from layers.space.crs import MAP_CRS, Frame, accuracy_m, crs_name, parse_crs, to_map
from layers.space.gcj02_bd09 import SHIFTS, Shift
from layers.space.geocentric import east_north_up, from_geocentric, to_geocentric
from layers.space.gridding import Gridded
from layers.space.grids.base import Grid, need_code, need_level
from layers.space.grids.beidou import BEIDOU
from layers.space.grids.cells import LatticeGrid
from layers.space.grids.geosot import GEOSOT
from layers.space.grids.h3 import H3
from layers.space.grids.lattice import UNITS_PER_DEGREE, Axis
from layers.space.grids.registry import GRIDS, grid_named
from layers.space.local_grid import LocalGrid
from layers.space.measuring import Line, area_m2, line
from layers.space.plane import LocalPlane
from layers.space.zones import area_of_use

__all__ = [
    "BEIDOU",
    "GEOSOT",
    "GRIDS",
    "H3",
    "MAP_CRS",
    "POINTS",
    "SHANGHAI_DISTRICTS",
    "SHIFTS",
    "UNITS_PER_DEGREE",
    "Axis",
    "Frame",
    "Grid",
    "Gridded",
    "LatticeGrid",
    "Line",
    "LocalGrid",
    "LocalPlane",
    "Shift",
    "accuracy_m",
    "area_m2",
    "area_of_use",
    "crs_name",
    "east_north_up",
    "from_geocentric",
    "grid_named",
    "line",
    "need_code",
    "need_level",
    "normalise",
    "parse_crs",
    "to_geocentric",
    "to_map",
]
