"""The tileset of a model as JSON: a tile for each content, in a frame that stands on the ellipsoid."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bim.georeference import Placement
from bim.tileset.statement import Group

Json = dict[str, Any]
Box = tuple[float, ...]


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
    Contents lie about the anchor of the placement. ``ground`` puts the model's zero on the ground of a flat map.
    """
    listed = list(groups)
    # The place of the model's anchor is known to whoever may see anything of it; what there is else moves nothing.
    origin = placement.anchor
    standing = on_the_ground(placement) if ground else placement
    to_earth = standing.ecef_matrix() @ _shift(origin)
    children = [
        {
            **_lifted(lifts.get(group.storey, 0.0)),
            "boundingVolume": {"box": _volume(box, origin)},
            "geometricError": 0,
            "content": {"uri": address(group)},
            "extras": {"storey": group.storey, "part": group.part},
        }
        for group, box in listed
    ]
    whole = _join([_moved(box, lifts.get(group.storey, 0.0)) for group, box in listed])
    size = float(np.linalg.norm(np.subtract(whole[3:], whole[:3])))
    root = {
        "transform": to_earth.T.ravel().tolist(),
        "boundingVolume": {"box": _volume(whole, origin)},
        "geometricError": size,
        "refine": "ADD",
        "children": children,
    }
    return {"asset": {"version": "1.1"}, "geometricError": size * 4, "root": root}


def _lifted(metres: float) -> Json:
    return {"transform": _shift((0.0, 0.0, metres)).T.ravel().tolist()} if metres else {}


def _moved(box: Box, metres: float) -> Box:
    return (*box[:2], box[2] + metres, *box[3:5], box[5] + metres)


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
