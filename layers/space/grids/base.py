"""The interface of all grids."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.errors import ParameterError

Codes = NDArray[np.str_]
Floats = NDArray[np.float64]
# A cover of more cells than this is refused, unless the caller allows more.
MOST_CELLS = 100_000


class Grid(Protocol):
    """Cells of several levels that have codes; degrees are EPSG:4490, longitude first.

    Arrays go in and come out: ``codes`` may be of mixed levels. Invalid values raise ParameterError.
    """

    name: str
    levels: range

    def encode(self, lon: ArrayLike, lat: ArrayLike, level: int) -> Codes:
        """Return the codes of the cells in which points lie."""

    def level_of(self, codes: ArrayLike) -> NDArray[np.int64]:
        """Return the levels of codes."""

    def outline(self, codes: ArrayLike) -> "NDArray[Any]":
        """Return the cells as shapely polygons, in two parts where the antimeridian cuts one."""

    def centre(self, codes: ArrayLike) -> Floats:
        """Return the middles of cells, (n, 2); each lies in its cell."""

    def parent(self, codes: ArrayLike, level: int | None = None) -> Codes:
        """Return the cells of a coarser level, by default the next, that cells belong to."""

    def children(self, code: str) -> Codes:
        """Return the cells of the next finer level that belong to a cell, in order of their codes."""

    def neighbours(self, code: str) -> Codes:
        """Return the cells of the same level that touch a cell."""

    def cover(self, geometry: Any, level: int, most: int = MOST_CELLS) -> Codes:
        """Return the cells that a shapely geometry shares points with, in order of their codes."""

    def check(self, code: str) -> str | None:
        """Return what is wrong with a code, as a sentence, or None when it is one of this grid."""


def need_level(grid: Grid, level: int) -> None:
    """Raise ParameterError unless the grid has that level."""
    if level not in grid.levels:
        raise ParameterError("level", f"{grid.name} has levels {grid.levels[0]} to {grid.levels[-1]}, not {level}")


def need_code(grid: Grid, code: str) -> None:
    """Raise ParameterError unless the code is one of the grid."""
    if wrong := grid.check(code):
        raise ParameterError("code", wrong)


def too_many(name: str, level: int, needed: int, most: int) -> ParameterError:
    """Return the error of a cover that needs too many cells."""
    return ParameterError(
        "level",
        f"a cover by {name} cells of level {level} takes at least {needed} cells, and {most} are allowed; "
        "take a coarser level or a smaller area",
    )


def no_parent(code: str, level: int, parent_level: int | None) -> ParameterError:
    """Return the error of a code of ``level`` that has no parent of the level that was wanted, or none at all."""
    return ParameterError(
        "code",
        f"{code!r} is of level {level} and has no parent"
        + ("" if parent_level is None else f" of level {parent_level}"),
    )


def as_codes(codes: ArrayLike) -> Codes:
    """Return codes as a flat array of strings."""
    return np.atleast_1d(np.asarray(codes, dtype=np.str_)).ravel()
