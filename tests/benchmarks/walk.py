"""The order in which every contestant visits tiles: all tiles of a rectangle, in one shuffled order, repeatedly."""

import math
from dataclasses import dataclass

from fabric import EXTENT

ZOOM = 14


@dataclass(frozen=True)
class Walk:
    """A rectangle of tiles; step ``n`` visits tile ``n * stride`` modulo their number, counted row by row."""

    zoom: int
    x: int
    y: int
    columns: int
    rows: int

    @property
    def total(self) -> int:
        return self.columns * self.rows

    @property
    def stride(self) -> int:
        """Return a step near the golden section of the total and prime to it, so that it visits every tile."""
        golden = max(1, round(self.total * 0.618))
        return next(n for n in range(golden, 2 * golden + 2) if math.gcd(n, self.total) == 1)

    def tile(self, step: int) -> tuple[int, int]:
        """Return the column and row of the tile of a step."""
        place = step * self.stride % self.total
        return self.x + place % self.columns, self.y + place // self.columns

    def tiles(self) -> list[tuple[int, int]]:
        """Return all tiles in the order of the walk."""
        return [self.tile(step) for step in range(self.total)]


def whole_extent() -> Walk:
    """Return the walk over the tiles of zoom 14 that the generated buildings lie in."""
    west, south, east, north = EXTENT
    (x0, y0), (x1, y1) = _tile_at(west, north), _tile_at(east, south)
    return Walk(ZOOM, x0, y0, x1 - x0 + 1, y1 - y0 + 1)


def _tile_at(longitude: float, latitude: float) -> tuple[int, int]:
    side = 1 << ZOOM
    y = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2
    return int((longitude + 180) / 360 * side), int(y * side)
