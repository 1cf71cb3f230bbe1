"""Blocks and vegetation: the obstacles to the wind."""

from dataclasses import dataclass

from shapely import Polygon


@dataclass(frozen=True)
class Block:
    """A prism: a ground plan in metres of a local plane (x east, y north) from ``base_m`` up to ``top_m``."""

    key: str
    outline: Polygon
    base_m: float
    top_m: float


@dataclass(frozen=True)
class Vegetation:
    """Trees from the ground up to ``top_m``; ``drag_per_m`` is drag coefficient times leaf area density, 1/m."""

    outline: Polygon
    top_m: float
    drag_per_m: float
