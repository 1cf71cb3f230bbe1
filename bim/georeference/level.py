"""How much a file says of its place: the levels of georeferencing of Clemen and Görne."""

import math
from typing import Literal

from bim.georeference.statement import Helmert, SiteAngles, Statement

# LoGeoRef: an address (10), latitude and longitude (20), coordinates in the placement of the site (30), the world
# coordinate system and true north of the context (40), a conversion to a projected reference system (50). Source: C.
# Clemen, H. Görne, "Level of Georeferencing (LoGeoRef) using IFC for BIM", Journal of Geodesy, Cartography and
# Cadastre 10, 2019.
Level = Literal[0, 10, 20, 30, 40, 50]

# So far from the model's own origin coordinates are those of a map; nearer ones may be, see ``resolve``.
FAR_M = 100_000.0


def level_of(statement: Statement) -> Level:
    """Return the highest level that a file reaches by itself; 0 where it says nothing."""
    if statement.crs and statement.conversion is not None and not is_blank(statement.conversion):
        return 50
    if statement.context is not None and is_far((statement.context.eastings, statement.context.northings)):
        return 40
    if is_far(statement.site_offset[:2]):
        return 30
    if has_angles(statement.angles):
        return 20
    return 10 if statement.address.strip() else 0


def is_blank(conversion: Helmert) -> bool:
    """Tell whether a conversion shifts nothing, as programs write one that nobody has filled in."""
    return conversion.eastings == 0.0 and conversion.northings == 0.0


def is_far(east_north: tuple[float, float]) -> bool:
    """Tell whether coordinates, in metres, are so far from their origin that they must be those of a map."""
    return math.hypot(*east_north) > FAR_M


def has_angles(angles: SiteAngles | None) -> bool:
    """Tell whether a latitude and longitude say something; 0° and 0° is what programs write that know none."""
    return angles is not None and (angles.latitude, angles.longitude) != (0.0, 0.0)
