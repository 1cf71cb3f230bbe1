"""Review of schemes 规划方案辅助分析: the sun, its shadows, and what can be seen from where."""

from bim.review.assessment import Assessment, Limits, Prepared, SunlightQuestion, assess, prepare
from bim.review.corridors import Corridor, Obstruction, view_along, width_of
from bim.review.design import Design
from bim.review.facades import Placing, SamplePoints, facade_points, grid_size, ground_points
from bim.review.impact import Impact, ImpactQuestion, Neighbour, impact
from bim.review.rays import Rays
from bim.review.rule import FIRST_YEAR, LAST_YEAR, SunlightRule, read_rules, rule_named
from bim.review.scene import Prisms, Scene, to_enu, to_geodetic, to_map, to_plane
from bim.review.shadows import shadow_polygons
from bim.review.sun import BEIJING, Sun, from_true_solar, sun_at, term_day, true_solar
from bim.review.sunlight import Segments, Sunlight, sunlight, sunlit
from bim.review.surroundings import (
    HEIGHT_SHARE,
    Reach,
    Sources,
    Surroundings,
    extended,
    read_building,
    read_prisms,
    read_surroundings,
)
from bim.review.views import Sight, Skyline, cells_polygon, landmark_shares, sight, skyline, viewshed

__all__ = [
    "BEIJING",
    "FIRST_YEAR",
    "HEIGHT_SHARE",
    "LAST_YEAR",
    "Assessment",
    "Corridor",
    "Design",
    "Impact",
    "ImpactQuestion",
    "Limits",
    "Neighbour",
    "Obstruction",
    "Placing",
    "Prepared",
    "Prisms",
    "Rays",
    "Reach",
    "SamplePoints",
    "Scene",
    "Segments",
    "Sight",
    "Skyline",
    "Sources",
    "Sun",
    "Sunlight",
    "SunlightQuestion",
    "SunlightRule",
    "Surroundings",
    "assess",
    "cells_polygon",
    "extended",
    "facade_points",
    "from_true_solar",
    "grid_size",
    "ground_points",
    "impact",
    "landmark_shares",
    "prepare",
    "read_building",
    "read_prisms",
    "read_rules",
    "read_surroundings",
    "rule_named",
    "shadow_polygons",
    "sight",
    "skyline",
    "sun_at",
    "sunlight",
    "sunlit",
    "term_day",
    "to_enu",
    "to_geodetic",
    "to_map",
    "to_plane",
    "true_solar",
    "view_along",
    "viewshed",
    "width_of",
]
