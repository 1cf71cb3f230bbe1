"""The grids by name."""

from layers.errors import NotFound
from layers.space.grids.base import Grid
from layers.space.grids.beidou import BEIDOU
from layers.space.grids.geosot import GEOSOT
from layers.space.grids.h3 import H3

GRIDS: dict[str, Grid] = {grid.name: grid for grid in (BEIDOU, GEOSOT, H3)}


def grid_named(name: str) -> Grid:
    """Return the grid of that name, or raise NotFound."""
    if name not in GRIDS:
        raise NotFound(f"there is no grid {name!r}; use {', '.join(GRIDS)}")
    return GRIDS[name]
