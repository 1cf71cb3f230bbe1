"""Stretched Cartesian grids: a uniform core, and cells that grow outside it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
# Ghost cells beyond each face of the domain, so that kernels need no special cases: the limiter uses two neighbours.
GHOSTS = 2


@dataclass(frozen=True)
class Axis:
    """One direction of a grid, by its faces in rising order, metres."""

    faces: F64

    @cached_property
    def widths(self) -> F64:
        """Return the widths of the cells (n,)."""
        return np.diff(self.faces)

    @cached_property
    def centres(self) -> F64:
        """Return the centres of the cells (n,)."""
        return 0.5 * (self.faces[1:] + self.faces[:-1])

    @property
    def n(self) -> int:
        """Return the number of cells."""
        return len(self.faces) - 1

    @cached_property
    def padded(self) -> F32:
        """Return the widths with ghosts (n + 5,) for the kernels; ghosts are as wide as their neighbours."""
        return np.pad(self.widths, (GHOSTS, GHOSTS + 1), mode="edge").astype(np.float32)

    @cached_property
    def gaps(self) -> F32:
        """Return the distances from each cell's centre to the one before it (n + 5,)."""
        widths = self.padded
        return np.concatenate([widths[:1], 0.5 * (widths[1:] + widths[:-1])]).astype(np.float32)


@dataclass(frozen=True)
class Stretch:
    """How cells grow outside the core: by ``ratio`` from one to the next, up to ``most`` metres.

    Farther than ``until`` metres outside, where there are no blocks, they grow without that bound.
    """

    ratio: float = 1.15
    most: float = np.inf
    until: float = np.inf


@dataclass(frozen=True)
class Span:
    """A requested axis: cells of ``step`` metres from ``first`` to ``last``, growing from there to both ends."""

    low: float
    first: float
    last: float
    high: float
    step: float

    def axis(self, stretch: Stretch) -> Axis:
        """Return the axis; its core has whole cells, its ends lie where the last growing cell ends."""
        cells = max(1, round((self.last - self.first) / self.step))
        core = self.first + self.step * np.arange(cells + 1)
        before = core[0] - grown(core[0] - self.low, self.step, stretch)[::-1]
        after = core[-1] + grown(self.high - core[-1], self.step, stretch)
        return Axis(np.concatenate([before, core, after]))


def grown(room: float, step: float, stretch: Stretch) -> F64:
    """Return the far faces of growing cells that fill ``room`` metres; the last one is not a sliver."""
    faces, width, reached = [], step, 0.0
    while reached < room - 0.5 * width:
        width = min(width * stretch.ratio, stretch.most if reached < stretch.until else np.inf)
        reached += width
        faces.append(reached)
    return np.asarray(faces, dtype=float)


@dataclass(frozen=True)
class Grid:
    """A grid whose first axis points downwind, the second to its left, the third up from the ground."""

    x: Axis
    y: Axis
    z: Axis

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return the number of cells along each axis."""
        return self.x.n, self.y.n, self.z.n

    @property
    def cells(self) -> int:
        """Return the number of all cells."""
        return self.x.n * self.y.n * self.z.n

    @property
    def padded(self) -> tuple[int, int, int]:
        """Return the shape of the kernels' arrays: two ghosts before, two behind, and one more face than cells."""
        return self.x.n + 5, self.y.n + 5, self.z.n + 5

    @cached_property
    def volumes(self) -> F64:
        """Return the volumes of the cells (nx, ny, nz), m3."""
        return self.x.widths[:, None, None] * self.y.widths[None, :, None] * self.z.widths[None, None, :]


def inner(array: NDArray[np.float32], shape: tuple[int, int, int], more: tuple[int, int, int] = (0, 0, 0)) -> F32:
    """Return the view of a padded array that holds the domain, with ``more`` faces at the far ends."""
    i, j, k = (n + m for n, m in zip(shape, more, strict=True))
    return array[GHOSTS : GHOSTS + i, GHOSTS : GHOSTS + j, GHOSTS : GHOSTS + k]
