"""The content of a tile of footprints: a binary glTF with a feature for each thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from bim.footprints import statement as sql
from bim.footprints.extrusion import Frame, Solids, extrude
from bim.footprints.shown import Footprints
from bim.tileset.glb import glb
from bim.tileset.triangles import Triangles
from bim.tiling import Cell
from layers.errors import InputError
from layers.style import Paint, rgb

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Members:
    """The things of a tile, column by column, (k,) each; ``wkb`` in EPSG:4490, ``base`` and ``top`` in metres."""

    fid: Sequence[int]
    code: Sequence[str]
    name: Sequence[str]
    base: Sequence[float]
    top: Sequence[float]
    missing: Sequence[int]
    colored_by: Sequence[Any]
    wkb: Sequence[bytes]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.fid)

    def properties(self) -> dict[str, Sequence[str]]:
        """Return what is told of each thing, as texts; a height that is not known is empty."""
        heights = zip(self.top, self.missing, strict=True)
        return {
            "fid": [str(fid) for fid in self.fid],
            "code": self.code,
            "name": self.name,
            "height_m": ["" if missing else f"{top:g}" for top, missing in heights],
        }


def read_members(connection: Connection, shown: Footprints, cell: Cell, most: int) -> Members:
    """Return what lies in a cell; raises InputError where that is more than ``most``."""
    rows = sql.members(connection, shown, cell, most)
    if len(rows) > most:
        raise InputError(
            f"this tile has more than {most} things; the subtrees of the tileset name those that have a content"
        )
    return Members(*(zip(*rows, strict=True) if rows else [()] * 8))


def content_glb(members: Members, paint: Paint, cell: Cell, most_triangles: int, *, compressed: bool = False) -> bytes:
    """Return the GLB of the things of a cell, about the middle of the cell on the ellipsoid.

    Its node places it on the earth, in double precision; vertices are single precision, about that place.
    """
    frame = Frame.at(*cell.middle)
    outlines = np.asarray(shapely.from_wkb(list(members.wkb)))
    base, top = np.array(members.base), np.array(members.top)
    groups, total = [], 0
    for color, chosen in _by_color(members.colored_by, paint):
        solids = extrude(outlines[chosen], base[chosen], top[chosen], frame)
        total += len(solids.triangles)
        if total > most_triangles:
            raise InputError(f"this tile has more than {most_triangles} triangles, the most of one content")
        if len(solids.triangles):
            groups.append(_triangles(solids, chosen, color))
    return glb(groups, len(members), members.properties(), frame.upright(), compressed=compressed)


def _by_color(values: Sequence[Any], paint: Paint) -> list[tuple[str, NDArray[np.int64]]]:
    """Return the colours and the numbers of the things that have them."""
    column = getattr(paint, "column", "")
    colors = {value: paint.color_of({column: value}) for value in set(values)}
    each = np.array([colors[value] for value in values])
    return [(str(color), np.flatnonzero(each == color)) for color in np.unique(each)]


def _triangles(solids: Solids, numbers: NDArray[np.int64], color: str) -> Triangles:
    return Triangles(
        _y_up(solids.points),
        _y_up(solids.normals),
        numbers[solids.feature].astype(np.float32),
        solids.triangles.astype(np.uint32).reshape(-1),
        (*(_linear(part / 255) for part in rgb(color)), 1.0),  # type: ignore[arg-type]
    )


def _y_up(vectors: Floats) -> NDArray[np.float32]:
    turned = np.empty(vectors.shape, np.float32)
    turned[:, 0], turned[:, 1], turned[:, 2] = vectors[:, 0], vectors[:, 2], -vectors[:, 1]
    return turned


def _linear(part: float) -> float:
    """Return the linear intensity of one of sRGB (IEC 61966-2-1), both from 0 to 1."""
    return round(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4, 5)
