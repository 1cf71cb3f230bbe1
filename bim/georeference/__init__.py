"""Where a model stands: what its file says of its place, and the frame on the ellipsoid that follows from it."""

from bim.georeference.statement import Helmert, SiteAngles, Statement

__all__ = ["Helmert", "SiteAngles", "Statement"]
