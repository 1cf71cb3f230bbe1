"""The district of the model: its blocks, vegetation and place, with a version that identifies their state."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.space import LocalPlane
from twin.scenarios.wind.block import Block, Vegetation
from twin.scenarios.wind.field.frame import wall_direction
from twin.scenarios.wind.terrain import Terrain

F64 = NDArray[np.float64]
Box = tuple[float, float, float, float]
# GB 50009-2012, commentary to 8.2.1: the half circle upwind, 2 km about the site, by the mean height of its buildings.
_REACH_M = 2000.0
_TALL_M, _LOW_M = 18.0, 9.0
# Where buildings cover a smaller share of the ground, it counts as fields, parks or water.
_SPARSE = 0.03


@dataclass(frozen=True)
class District:
    """Blocks and vegetation about a place (degrees, EPSG:4490), in metres of its plane; fields are for ``core``."""

    plane: LocalPlane
    core: Box
    blocks: tuple[Block, ...]
    vegetation: tuple[Vegetation, ...] = ()

    @cached_property
    def version(self) -> str:
        """Return the version of this state: a hash of blocks, vegetation, place and core."""
        digest = hashlib.sha256(repr((self.plane.lon, self.plane.lat, self.core)).encode())
        for block in sorted(self.blocks, key=lambda one: one.key):
            shape = shapely.to_wkb(shapely.set_precision(shapely.normalize(block.outline), 0.01))
            digest.update(f"{block.key}|{block.base_m:.2f}|{block.top_m:.2f}|".encode() + shape)
        for stand in self.vegetation:
            digest.update(f"{stand.top_m}|{stand.drag_per_m}|{stand.outline.area:.1f}".encode())
        return digest.hexdigest()[:16]

    @cached_property
    def wall_deg(self) -> float:
        """Return the direction that most walls of the core follow, degrees clockwise from north in [0, 90)."""
        west, south, east, north = self.core
        area = shapely.box(west, south, east, north)
        return wall_direction([block for block in self.blocks if block.outline.intersects(area)])

    def terrain(self, from_deg: float) -> Terrain:
        """Return the roughness class upwind of the district, from its own buildings where it has any there."""
        areas, heights, places = self._buildings
        towards = np.radians(from_deg)
        distances_upwind = places @ np.array([np.sin(towards), np.cos(towards)])
        reach = min(_REACH_M, self._known_m)
        upwind = (distances_upwind > 0) & (np.hypot(*places.T) < reach)
        covered = areas[upwind].sum() / (0.5 * np.pi * reach**2)
        if covered < _SPARSE:
            return Terrain.B
        mean = float(np.average(heights[upwind], weights=areas[upwind]))
        return Terrain.D if mean >= _TALL_M else Terrain.C if mean > _LOW_M else Terrain.B

    @cached_property
    def _buildings(self) -> tuple[F64, F64, F64]:
        areas = np.array([block.outline.area for block in self.blocks])
        heights = np.array([block.top_m for block in self.blocks])
        places = np.array([block.outline.centroid.coords[0] for block in self.blocks]).reshape(-1, 2)
        return areas, heights, places

    @cached_property
    def _known_m(self) -> float:
        """Return how far from the middle buildings are known: the roughness beyond is unknown."""
        places = self._buildings[2]
        return float(np.percentile(np.hypot(*places.T), 98)) if len(places) else _REACH_M
