"""View corridors 视廊: how much of a protected view is obstructed, counted by lines of sight; pure.

The view is what is seen from an eye of an upright window at the target, or of the façades of a landmark: the share of
lines to the middles of equal cells of it that meet something.
"""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import shapely

from bim.footprints.extrusion import Frame
from bim.review.facades import Placing, facade_points
from bim.review.scene import Floats, Prisms, Scene, to_enu
from bim.review.views import landmark_shares, sight
from layers.errors import InputError
from layers.space import LocalPlane
from layers.title import Title

# Cells across a window, and upwards.
_CELLS = 41
MOST_LENGTH_M = 10_000.0
_LEAST_LENGTH_M, _MOST_WIDTH_M = 1.0, 2_000.0
_EYE_M = 1.6


class Obstruction(NamedTuple):
    """How much is obstructed, whose most of it is (empty: nobody's), and how far cells may err, all in per cent."""

    obstructed_pct: float
    by: str
    cells_pct: float


@dataclass(frozen=True, eq=False)
class Corridor:
    """A protected view: places in degrees (EPSG:4490), heights in metres over the ground.

    ``target`` is the middle of a window ``width_m`` wide, upright and square to the view, from ``base_m`` to ``top_m``;
    with a ``landmark`` it is that building's façades instead. ``permitted_pct`` of it may be obstructed.
    """

    id: str
    title: Title
    eye: tuple[float, float]
    target: tuple[float, float]
    base_m: float
    top_m: float
    width_m: float
    permitted_pct: float
    eye_m: float = _EYE_M
    landmark: Prisms | None = None
    source: str = ""
    date: datetime | None = None

    def __post_init__(self) -> None:
        """Raise InputError for what is no view."""
        if not _LEAST_LENGTH_M <= self.length_m <= MOST_LENGTH_M:
            raise InputError(f"the corridor is {self.length_m:,.0f} m long; 1 m to {MOST_LENGTH_M / 1000:g} km can be")
        if not 0 <= self.base_m <= self.top_m or self.eye_m < 0:
            raise InputError("heights of the corridor are not over the ground, or its window ends below its base")
        if not 0 <= self.width_m <= _MOST_WIDTH_M or not 0 <= self.permitted_pct <= 100:
            raise InputError(f"its width is not from 0 to {_MOST_WIDTH_M:g} m, or what it permits not from 0 to 100 %")

    @property
    def plane(self) -> LocalPlane:
        """Return a plane about its middle, metres."""
        (west, south), (east, north) = self.eye, self.target
        return LocalPlane((west + east) / 2, (south + north) / 2)

    @property
    def length_m(self) -> float:
        """Return how far the target is, over the ground."""
        ends = self.plane.to_plane(np.array([shapely.Point(self.eye), shapely.Point(self.target)], object))
        return float(shapely.distance(*ends))

    def ground(self, beside_m: float = 0.0) -> Any:
        """Return the ground under it, so much wider on all sides, as a polygon in degrees."""
        plane = self.plane
        eye, target = plane.to_plane(np.array([shapely.Point(self.eye), shapely.Point(self.target)], object)).tolist()
        way = np.array([target.x - eye.x, target.y - eye.y])
        aside = np.array([-way[1], way[0]]) / np.linalg.norm(way) * self.width_m / 2
        fan = shapely.MultiPoint([(eye.x, eye.y), (target.x + aside[0], target.y + aside[1]),
                                  (target.x - aside[0], target.y - aside[1])]).convex_hull  # fmt: skip
        (ground,) = plane.to_map(np.array([shapely.buffer(fan, max(beside_m, 0.01))], object))
        return ground

    def lines(self, frame: Frame, aside_m: float = 0.0) -> tuple[Floats, Floats]:
        """Return the eye (3,) and the middles of the cells of the window (n, 3) in a frame, all so far to the left."""
        ends = ((*self.eye, self.eye_m), (*self.target, self.base_m), (*self.target, self.top_m))
        eye, base, top = to_enu(np.array(ends), frame)
        way = base - eye
        left = np.array([-way[1], way[0], 0.0]) / np.hypot(way[0], way[1])
        across = _middles(_CELLS) * self.width_m if self.width_m else np.zeros(1)
        upwards = _middles(_CELLS) + 0.5 if self.top_m > self.base_m else np.zeros(1)
        points = base + across[:, None, None] * left + upwards[None, :, None] * (top - base)
        shift = aside_m * left
        return eye + shift, points.reshape(-1, 3) + shift


def width_of(angle_deg: float, length_m: float) -> float:
    """Return how wide a window is that has an angle across, as seen from so far."""
    return 2 * length_m * math.tan(math.radians(angle_deg) / 2)


def view_along(scene: Scene, corridor: Corridor, prisms: Prisms, aside_m: float = 0.0) -> Obstruction:
    """Return how much of a corridor is obstructed in a scene; ``prisms`` hide walls of a landmark that touch them."""
    if corridor.landmark is not None:
        return _landmark(scene, corridor, corridor.landmark, prisms, aside_m)
    eye, points = corridor.lines(scene.frame, aside_m)
    found = sight(scene, np.broadcast_to(eye, points.shape), points)
    owners = Counter(found.blocked_by[~found.free].tolist())
    # A border across the window passes through a cell on each line of them: half of it may be counted wrongly.
    cells = 100.0 / (2 * _CELLS) if found.free.any() and not found.free.all() else 0.0
    return Obstruction(100.0 * float((~found.free).mean()), owners.most_common(1)[0][0] if owners else "", cells)


def _landmark(scene: Scene, corridor: Corridor, landmark: Prisms, prisms: Prisms, aside_m: float) -> Obstruction:
    eye, _ = corridor.lines(scene.frame, aside_m)
    points = facade_points(landmark, Placing(1.0, 4.0, 4.0, all_storeys=True), scene.frame, prisms)
    share = float(landmark_shares(scene, eye[None], points)[0])
    facing = points.points[((eye - points.points) * points.normals).sum(axis=1) > 0]
    found = sight(scene, np.broadcast_to(eye, facing.shape), facing)
    owners = Counter(name for name in found.blocked_by[~found.free].tolist() if name not in landmark.owners)
    by = owners.most_common(1)[0][0] if owners else ""
    return Obstruction(100.0 * (1.0 - share), by, 50.0 / math.sqrt(len(facing)) if 0.0 < share < 1.0 else 0.0)


def _middles(count: int) -> Floats:
    """Return the middles of equal parts of -½ … ½."""
    return (np.arange(count) + 0.5) / count - 0.5
