"""The tileset of a model as JSON: a tile for each content, in a frame that stands on the ellipsoid.

Tiles are explicit: loaders.gl 4.5 gives every tile of an implicit tiling of a box the box of the root, and so would
load all of a district at once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from bim.georeference import Placement
from bim.tileset.division import Group

Json = dict[str, Any]
Box = tuple[float, ...]
# A tile is divided when it is seen from nearer than some ten times its size: its error is an eighth of that.
_ERROR = 1 / 8
_MOST_CHILDREN = 4


def tileset_json(
    placement: Placement,
    groups: Iterable[tuple[Group, Box]],
    address: Callable[[Group], str],
    lifts: Mapping[str, float],
    *,
    ground: bool,
) -> Json:
    """Return the tileset of groups with their boxes (least and greatest x, y, z in the frame of the model).

    ``lifts`` are metres by which storeys are higher than they stand.
    Contents lie about the anchor of the placement, or about the middle of their cell. ``ground`` puts the model's zero
    on the ground of a flat map.
    """
    # The place of the model's anchor is known to whoever may see anything of it; what there is else moves nothing.
    anchor = placement.anchor
    standing = on_the_ground(placement) if ground else placement
    to_earth = standing.ecef_matrix() @ _shift(anchor)
    tiles = [_Tile.of(group, box, address(group), lifts.get(group.storey, 0.0), anchor) for group, box in groups]
    whole = _join([tile.box for tile in tiles])
    size = float(np.linalg.norm(np.subtract(whole[3:], whole[:3])))
    children = [tile.json for tile in tiles if not tile.is_cell]
    for _, cells in groupby([tile for tile in tiles if tile.is_cell], key=lambda tile: tile.part):
        children += _nested(list(cells), anchor)
    root = {
        "transform": to_earth.T.ravel().tolist(),
        "boundingVolume": {"box": _volume(whole, anchor)},
        "geometricError": size,
        "refine": "ADD",
        "children": children,
    }
    return {"asset": {"version": "1.1"}, "geometricError": size * 4, "root": root}


class _Tile(NamedTuple):
    """A tile with a content: its JSON, and its box in the frame of the model."""

    json: Json
    box: Box
    part: str
    is_cell: bool

    @classmethod
    def of(cls, group: Group, box: Box, address: str, lift: float, anchor: Sequence[float]) -> "_Tile":
        origin = group.origin(anchor)
        x, y, z = np.subtract(origin, anchor).tolist()
        told: Json = {
            **_moved(x, y, z + lift),
            "boundingVolume": {"box": _volume(box, origin)},
            "geometricError": 0,
            "content": {"uri": address},
            "extras": {"storey": group.storey, "part": group.part},
        }
        lifted = (*box[:2], box[2] + lift, *box[3:5], box[5] + lift)
        return cls(told, lifted, group.part, group.cell is not None)


def _nested(tiles: Sequence[_Tile], anchor: Sequence[float]) -> list[Json]:
    """Return tiles in tiles that hold four at most, by quarters of the ground that they are on."""
    if len(tiles) <= _MOST_CHILDREN:
        return [tile.json for tile in tiles]
    middles = np.array([np.add(tile.box[:2], tile.box[3:5]) / 2 for tile in tiles])
    east, north = (middles > np.median(middles, axis=0)).T
    quarters = [[tiles[int(i)] for i in np.flatnonzero((east == x) & (north == y))] for x in (0, 1) for y in (0, 1)]
    if max(map(len, quarters)) == len(tiles):
        # All are about one place.
        return [tile.json for tile in tiles]
    return [_parent(quarter, anchor) for quarter in quarters if quarter]


def _parent(tiles: Sequence[_Tile], anchor: Sequence[float]) -> Json:
    if len(tiles) == 1:
        return tiles[0].json
    box = _join([tile.box for tile in tiles])
    return {
        "boundingVolume": {"box": _volume(box, anchor)},
        "geometricError": max(box[3] - box[0], box[4] - box[1]) * _ERROR,
        "children": _nested(tiles, anchor),
    }


def _moved(x: float, y: float, z: float) -> Json:
    return {"transform": _shift((x, y, z)).T.ravel().tolist()} if x or y or z else {}


def on_the_ground(placement: Placement) -> Placement:
    """Return the placement with the model's zero at height 0."""
    return replace(placement, height_m=placement.anchor[2])


def _join(boxes: Sequence[Box]) -> Box:
    corners = np.array(boxes)
    return (*corners[:, :3].min(axis=0).tolist(), *corners[:, 3:].max(axis=0).tolist())


def _volume(box: Box, origin: Sequence[float]) -> list[float]:
    """Return a bounding box as 3-D Tiles has it: its centre, and half of each axis."""
    least, greatest = np.split(np.array(box), 2)
    half = np.maximum((greatest - least) / 2, 0.01)
    return [*((least + greatest) / 2 - np.asarray(origin)).tolist(), *np.diag(half).ravel().tolist()]


def _shift(origin: Sequence[float]) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    matrix = np.eye(4)
    matrix[:3, 3] = origin
    return matrix
