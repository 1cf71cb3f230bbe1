"""Space divided into tiles: cells on a grid, which of them have a content, and subtrees that say so; pure."""

from bim.tiling.grid import (
    DEGREES,
    FARTHEST,
    FINEST_M,
    METRES,
    PER_DEGREE,
    Bounds,
    Cell,
    Grid,
    Root,
    parse_root,
    root_of,
)
from bim.tiling.pyramid import MOST, SUBTREE_LEVELS, Codes, Counts, Pyramid
from bim.tiling.subtree import subtree

__all__ = [
    "DEGREES",
    "FARTHEST",
    "FINEST_M",
    "METRES",
    "MOST",
    "PER_DEGREE",
    "SUBTREE_LEVELS",
    "Bounds",
    "Cell",
    "Codes",
    "Counts",
    "Grid",
    "Pyramid",
    "Root",
    "parse_root",
    "root_of",
    "subtree",
]
