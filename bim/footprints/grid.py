"""The cells that tiles of footprints are: squares of degrees, halved again and again.

All borders are whole numbers of 1/1024°, which binary fractions hold exactly: in Python and in PostgreSQL a place lies
in the same one cell.
"""

from dataclasses import dataclass
from math import floor

from layers.errors import InputError, NotFound, ParameterError

# The finest cells: about a hundred metres.
PER_DEGREE = 1024
# Roots lie on a grid of 1/64°, so that an edit seldom moves one.
_ROOT_STEP = 16
_WIDEST = 128 * PER_DEGREE
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Cell:
    """A square: west and south border and side, in 1/1024°; what lies on its east or north border is not in it."""

    west: int
    south: int
    side: int

    @property
    def bounds(self) -> Bounds:
        """Return west, south, east and north in degrees."""
        edges = (self.west, self.south, self.west + self.side, self.south + self.side)
        west, south, east, north = (edge / PER_DEGREE for edge in edges)
        return west, south, east, north

    @property
    def middle(self) -> tuple[float, float]:
        """Return longitude and latitude of its middle, degrees."""
        west, south, east, north = self.bounds
        return (west + east) / 2, (south + north) / 2


@dataclass(frozen=True, slots=True)
class Root(Cell):
    """The cell that a tileset covers; levels, columns and rows of its tiles are counted from it."""

    @property
    def depth(self) -> int:
        """Return the level of the finest cells."""
        return self.side.bit_length() - 1

    @property
    def text(self) -> str:
        """Return it as addresses have it: west, south and side in degrees."""
        return ",".join(f"{part / PER_DEGREE:.17g}" for part in (self.west, self.south, self.side))

    def cell(self, level: int, x: int, y: int) -> Cell:
        """Return the cell of a tile; raises NotFound where there is none."""
        if not (0 <= level <= self.depth and 0 <= x < 1 << level and 0 <= y < 1 << level):
            raise NotFound(
                f"there is no tile {level}/{x}/{y} below {self.text}; levels go from 0 to {self.depth}, columns and "
                "rows from 0 to 2 to the power of the level, less one"
            )
        side = self.side >> level
        return Cell(self.west + x * side, self.south + y * side, side)


def root_of(bounds: Bounds) -> Root:
    """Return the smallest root that covers west, south, east and north in degrees."""
    west, south = (_ROOT_STEP * floor(edge * PER_DEGREE / _ROOT_STEP) for edge in bounds[:2])
    # What lies on an east or north border is in the cell beyond it.
    east, north = (_ROOT_STEP * (floor(edge * PER_DEGREE / _ROOT_STEP) + 1) for edge in bounds[2:])
    side = 1 << (max(east - west, north - south) - 1).bit_length()
    if side > _WIDEST:
        raise InputError(f"a tileset covers {_WIDEST // PER_DEGREE} degrees at most; what is here lies farther apart")
    return Root(min(west, 180 * PER_DEGREE - side), min(south, 90 * PER_DEGREE - side), side)


def parse_root(text: str) -> Root:
    """Read what ``Root.text`` gives."""
    try:
        west, south, side = (float(part) * PER_DEGREE for part in text.split(","))
    except ValueError:
        raise ParameterError("root", f"{text!r} is not west,south,side in degrees") from None
    on_the_globe = abs(west) <= 180 * PER_DEGREE and abs(south) <= 90 * PER_DEGREE and _ROOT_STEP <= side <= _WIDEST
    if not on_the_globe or west % _ROOT_STEP or south % _ROOT_STEP or side % 1 or int(side) & (int(side) - 1):
        raise ParameterError("root", f"{text!r} is no root; GET the tileset.json, which names its own")
    return Root(int(west), int(south), int(side))
