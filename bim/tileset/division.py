"""How a model is divided into contents: storey by storey, and what is in no storey by cells of its frame; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bim.tiling import METRES, Cell, Pyramid, Root

Box = tuple[float, ...]
# The most triangles of one content that is a cell, but in the finest cells: about a megabyte.
MOST_TRIANGLES = 20_000


@dataclass(frozen=True)
class Group:
    """One content of a tileset: the shapes of a storey (empty: of none), without its rooms or its rooms alone.

    With ``cell`` it is those in no storey whose middle lies in a square of the frame of the model.
    """

    storey: str
    part: str
    cell: Cell | None = None

    def origin(self, anchor: Sequence[float]) -> tuple[float, float, float]:
        """Return the place in the frame of the model about which its content lies: the anchor, or the cell's middle."""
        x, y, z = anchor
        return (x, y, z) if self.cell is None else (*self.cell.middle, z)


class Counted(NamedTuple):
    """What is in a storey, or in none and in the finest cell ``x``, ``y``: its triangles and the box of its shapes."""

    storey: str
    part: str
    x: int
    y: int
    triangles: int
    box: Box


def divided(found: Iterable[Counted]) -> list[tuple[Group, Box]]:
    """Return the contents of what was counted, each with its box, what is in no storey first.

    What is in no storey is divided into cells until none has more than ``MOST_TRIANGLES``.
    """
    contents: list[tuple[Group, Box]] = []
    loose: dict[str, list[Counted]] = {}
    for one in found:
        if one.storey:
            contents.append((Group(one.storey, one.part), one.box))
        else:
            loose.setdefault(one.part, []).append(one)
    return [cell for part, counted in loose.items() for cell in _cells(part, counted)] + contents


def _cells(part: str, counted: Sequence[Counted]) -> list[tuple[Group, Box]]:
    """Return the cells of what is in no storey; where it is little, all of it undivided."""
    boxes = np.array([one.box for one in counted])
    triangles = np.array([one.triangles for one in counted], np.int64)
    if triangles.sum() <= MOST_TRIANGLES:
        return [(Group("", part), _around(boxes))]
    x, y = (np.array(column, np.int64) for column in ([one.x for one in counted], [one.y for one in counted]))
    pyramid = Pyramid.divided(x, y, triangles, _root(x, y), MOST_TRIANGLES)
    homes = pyramid.homes(x, y)
    order = np.argsort(homes, kind="stable")
    parts = np.split(boxes[order], np.flatnonzero(np.diff(homes[order])) + 1)
    cells = [pyramid.root.cell(*address) for address in pyramid.addresses()]
    return [(Group("", part, cell), _around(own)) for cell, own in zip(cells, parts, strict=True)]


def _root(
    x: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]", y: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]"
) -> Root:
    west, south = int(x.min()), int(y.min())
    widest = max(int(x.max()) - west, int(y.max()) - south) + 1
    return Root(west, south, 1 << (widest - 1).bit_length(), METRES)


def _around(boxes: NDArray[np.float64]) -> Box:
    return (*boxes[:, :3].min(axis=0).tolist(), *boxes[:, 3:].max(axis=0).tolist())
