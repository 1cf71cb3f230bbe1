"""Where a model stands: what its file says of its place, and the frame on the ellipsoid that follows from it."""

from bim.georeference.control_points import ControlFit, ControlPoint, fit_control_points
from bim.georeference.crs_names import plane_frame
from bim.georeference.footprint_match import FootprintMatch, match_footprint
from bim.georeference.level import Level, level_of
from bim.georeference.options import LocateOptions, Source
from bim.georeference.placement import Placement, heading_of
from bim.georeference.resolve import Georeference, locate
from bim.georeference.statement import Helmert, SiteAngles, Statement

__all__ = [
    "ControlFit",
    "ControlPoint",
    "FootprintMatch",
    "Georeference",
    "Helmert",
    "Level",
    "LocateOptions",
    "Placement",
    "SiteAngles",
    "Source",
    "Statement",
    "fit_control_points",
    "heading_of",
    "level_of",
    "locate",
    "match_footprint",
    "plane_frame",
]
