"""Review of schemes 规划方案辅助分析: the sun, its shadows, and what can be seen from where."""

from bim.review.design import Design
from bim.review.facades import Placing, SamplePoints, facade_points, grid_size, ground_points
from bim.review.rule import SunlightRule, read_rules, rule_named
from bim.review.scene import Prisms, Scene
from bim.review.shadows import shadow_polygons
from bim.review.sun import Sun, from_true_solar, sun_at, term_day, true_solar
from bim.review.sunlight import Segments, Sunlight, sunlight, sunlit
from bim.review.views import Sight, Skyline, cells_polygon, landmark_shares, sight, skyline, viewshed

__all__ = [
    "Design",
    "Placing",
    "Prisms",
    "SamplePoints",
    "Scene",
    "Segments",
    "Sight",
    "Skyline",
    "Sun",
    "Sunlight",
    "SunlightRule",
    "cells_polygon",
    "facade_points",
    "from_true_solar",
    "grid_size",
    "ground_points",
    "landmark_shares",
    "read_rules",
    "rule_named",
    "shadow_polygons",
    "sight",
    "skyline",
    "sun_at",
    "sunlight",
    "sunlit",
    "term_day",
    "true_solar",
    "viewshed",
]
