"""Footprints with heights as 3-D Tiles 1.1: any layer of polygons with ``height_m``, made per request from its rows."""

from bim.footprints.grid import Cell, Root, parse_root
from bim.footprints.pyramid import MOST, SUBTREE_LEVELS, Pyramid
from bim.footprints.server import FootprintServer
from bim.footprints.shown import Footprints, is_raised
from bim.footprints.tileset import tileset_json

__all__ = [
    "MOST",
    "SUBTREE_LEVELS",
    "Cell",
    "FootprintServer",
    "Footprints",
    "Pyramid",
    "Root",
    "is_raised",
    "parse_root",
    "tileset_json",
]
