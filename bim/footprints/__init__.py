"""Footprints with heights as 3-D Tiles 1.1: any layer of polygons with ``height_m``, made per request from its rows."""

from bim.footprints.server import FootprintServer
from bim.footprints.shown import Footprints, is_raised
from bim.footprints.tileset import tileset_json
from bim.tiling import MOST, SUBTREE_LEVELS, Cell, Pyramid, Root, parse_root

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
