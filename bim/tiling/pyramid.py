"""Which tiles a tileset has: cells that hold no more than a thousand things, or so many triangles, are its contents."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bim.tiling.grid import Bounds, Root, root_of

# The most things of one content, but in the finest cells, which hold what there is.
MOST = 1_000
SUBTREE_LEVELS = 8
Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Counts:
    """How many things lie in the finest cells: columns ``x`` and rows ``y`` (n,) in 1/1024°, numbers ``count`` (n,).

    ``bounds`` in degrees and ``heights`` (least, greatest) in metres are those of the things.
    """

    x: Codes
    y: Codes
    count: Codes
    missing: int
    bounds: Bounds
    heights: tuple[float, float]

    @property
    def total(self) -> int:
        """Return how many things there are."""
        return int(self.count.sum())

    @property
    def root(self) -> Root:
        """Return the root that covers them all."""
        return root_of(self.bounds)

    @property
    def nbytes(self) -> int:
        """Return the bytes that a cache keeps alive with it."""
        return self.x.nbytes + self.y.nbytes + self.count.nbytes + 256


@dataclass(frozen=True, eq=False)
class Pyramid:
    """The tiles of each level below a root, as Morton codes in order, and those among them that have a content."""

    root: Root
    tiles: tuple[Codes, ...]
    contents: tuple[Codes, ...]

    @classmethod
    def of(cls, counts: Counts, root: Root, most: int = MOST) -> "Pyramid":
        """Divide cells that hold more than ``most`` things, down to the finest ones."""
        return cls.divided(counts.x, counts.y, counts.count, root, most)

    @classmethod
    def divided(cls, x: Codes, y: Codes, count: Codes, root: Root, most: int) -> "Pyramid":
        """Divide a root by what is in the finest cells ``x``, ``y`` (n,), until no cell has more than ``most``."""
        x, y = x - root.west, y - root.south
        inside = (x >= 0) & (x < root.side) & (y >= 0) & (y < root.side)
        codes, count = morton(x[inside], y[inside]), count[inside]
        tiles, contents = [], []
        for level in range(root.depth + 1):
            keys, which = np.unique(codes >> 2 * (root.depth - level), return_inverse=True)
            is_content = np.bincount(which, weights=count, minlength=len(keys)) <= most
            if level == root.depth:
                is_content[:] = True
            tiles.append(keys)
            contents.append(keys[is_content])
            codes, count = codes[~is_content[which]], count[~is_content[which]]
            if not len(codes):
                break
        return cls(root, tuple(tiles), tuple(contents))

    @property
    def levels(self) -> int:
        """Return how many levels there are."""
        return len(self.tiles)

    def addresses(self) -> list[tuple[int, int, int]]:
        """Return level, column and row of each content."""
        return [
            (level, *place) for level, codes in enumerate(self.contents) for place in zip(*places(codes), strict=True)
        ]

    def homes(self, x: Codes, y: Codes) -> Codes:
        """Return for finest cells (n,) of the root in which content each is, by its place among the addresses."""
        codes = morton(x - self.root.west, y - self.root.south)
        found, before = np.full(len(codes), -1), 0
        for level, contents in enumerate(self.contents):
            own = codes >> 2 * (self.root.depth - level)
            is_here = np.isin(own, contents)
            found[is_here] = before + np.searchsorted(contents, own[is_here])
            before += len(contents)
        return found

    def roots(self, levels: int) -> list[tuple[int, int, int]]:
        """Return level, column and row of the tiles at which subtrees of so many levels begin."""
        first = range(0, self.levels, levels)
        return [(level, *place) for level in first for place in zip(*places(self.tiles[level]), strict=True)]

    def below(self, chosen: tuple[Codes, ...], level: int, code: int, down: int) -> Codes:
        """Return which of the tiles ``down`` levels below a tile there are, counted within it."""
        if level + down >= len(chosen):
            return np.empty(0, np.int64)
        first, last = np.searchsorted(chosen[level + down], [code << 2 * down, (code + 1) << 2 * down])
        return chosen[level + down][first:last] - (code << 2 * down)


def morton(x: Codes, y: Codes) -> Codes:
    """Return the codes that have the bits of columns and rows in turn, those of columns at the even places."""
    return _spread(x) | (_spread(y) << 1)


def places(codes: Codes) -> tuple[list[int], list[int]]:
    """Return the columns and rows of Morton codes."""
    return _gathered(codes).tolist(), _gathered(codes >> 1).tolist()


def _spread(numbers: Codes) -> Codes:
    spread = numbers.astype(np.int64)
    for shift, mask in _MASKS:
        spread = (spread | (spread << shift)) & mask
    return spread


def _gathered(codes: Codes) -> Codes:
    gathered = codes & _MASKS[-1][1]
    for (shift, _), (_, mask) in zip(_MASKS[::-1], [*_MASKS[-2::-1], (0, 0x00000000FFFFFFFF)], strict=True):
        gathered = (gathered | (gathered >> shift)) & mask
    return gathered


_MASKS = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)
