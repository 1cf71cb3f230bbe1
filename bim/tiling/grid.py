"""The cells that tiles are: squares of degrees, or of metres in the frame of a model, halved again and again.

All borders are whole numbers of 1/1024°, or of 16 m, which binary fractions hold exactly: in Python and in PostgreSQL a
place lies in the same one cell.
"""

from dataclasses import dataclass
from math import floor, inf

from layers.errors import InputError, NotFound, ParameterError

# The finest cells of degrees: about a hundred metres.
PER_DEGREE = 1024
# The finest cells of metres.
FINEST_M = 16
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Grid:
    """Where cells lie: ``per_unit`` of the finest on a unit, roots at multiples of ``step``, ``widest`` at most.

    ``reach`` is how far in x and y, in units, cells may go.
    """

    unit: str
    per_unit: float
    step: int
    widest: int
    reach: tuple[float, float] = (inf, inf)


# Roots lie on a grid of 1/64°, so that an edit seldom moves one.
DEGREES = Grid("degrees", PER_DEGREE, 16, 128 * PER_DEGREE, (180, 90))
METRES = Grid("metres", 1 / FINEST_M, 1, 1 << 31)
# No middle of a shape counts as farther out, in finest cells, so that codes of cells stay whole numbers.
FARTHEST = 1 << 29


@dataclass(frozen=True, slots=True)
class Cell:
    """A square: west and south border and side, in finest cells; what lies on its east or north border is not in it."""

    west: int
    south: int
    side: int
    grid: Grid = DEGREES

    @property
    def bounds(self) -> Bounds:
        """Return west, south, east and north in degrees, or metres."""
        edges = (self.west, self.south, self.west + self.side, self.south + self.side)
        west, south, east, north = (edge / self.grid.per_unit for edge in edges)
        return west, south, east, north

    @property
    def middle(self) -> tuple[float, float]:
        """Return x and y of its middle: longitude and latitude in degrees, or metres."""
        west, south, east, north = self.bounds
        return (west + east) / 2, (south + north) / 2

    @property
    def text(self) -> str:
        """Return it as addresses have it: west, south and side in degrees, or metres."""
        return ",".join(f"{part / self.grid.per_unit:.17g}" for part in (self.west, self.south, self.side))


@dataclass(frozen=True, slots=True)
class Root(Cell):
    """The cell that a tileset covers; levels, columns and rows of its tiles are counted from it."""

    @property
    def depth(self) -> int:
        """Return the level of the finest cells."""
        return self.side.bit_length() - 1

    def cell(self, level: int, x: int, y: int) -> Cell:
        """Return the cell of a tile; raises NotFound where there is none."""
        if not (0 <= level <= self.depth and 0 <= x < 1 << level and 0 <= y < 1 << level):
            raise NotFound(
                f"there is no tile {level}/{x}/{y} below {self.text}; levels go from 0 to {self.depth}, columns and "
                "rows from 0 to 2 to the power of the level, less one"
            )
        side = self.side >> level
        return Cell(self.west + x * side, self.south + y * side, side, self.grid)


def root_of(bounds: Bounds, grid: Grid = DEGREES) -> Root:
    """Return the smallest root that covers west, south, east and north in units of the grid."""
    west, south = (grid.step * floor(edge * grid.per_unit / grid.step) for edge in bounds[:2])
    # What lies on an east or north border is in the cell beyond it.
    east, north = (grid.step * (floor(edge * grid.per_unit / grid.step) + 1) for edge in bounds[2:])
    side = 1 << (max(east - west, north - south) - 1).bit_length()
    if side > grid.widest:
        widest = f"{grid.widest / grid.per_unit:.0f} {grid.unit}"
        raise InputError(f"a tileset covers {widest} at most; what is here lies farther apart")
    last_west, last_south = (reach * grid.per_unit - side for reach in grid.reach)
    return Root(int(min(west, last_west)), int(min(south, last_south)), side, grid)


def parse_root(text: str, grid: Grid = DEGREES, parameter: str = "root") -> Root:
    """Read what ``Cell.text`` gives."""
    try:
        west, south, side = (float(part) * grid.per_unit for part in text.split(","))
    except ValueError:
        raise ParameterError(parameter, f"{text!r} is not west,south,side in {grid.unit}") from None
    # However far a grid goes, numbers of cells are kept as whole numbers of four bytes.
    ends = (min(reach * grid.per_unit, 2.0**30) for reach in grid.reach)
    within = all(abs(edge) <= end for edge, end in zip((west, south), ends, strict=True))
    if not (within and grid.step <= side <= grid.widest) or any(edge % grid.step for edge in (west, south)):
        raise _no_root(text, parameter)
    if side % 1 or int(side) & (int(side) - 1):
        raise _no_root(text, parameter)
    return Root(int(west), int(south), int(side), grid)


def _no_root(text: str, parameter: str) -> ParameterError:
    return ParameterError(parameter, f"{text!r} is no {parameter}; GET the tileset.json, whose addresses name them")
