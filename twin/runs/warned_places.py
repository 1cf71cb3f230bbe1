"""Where a weather warning holds: the shapes that it brings, and the divisions that it names."""

import math

import shapely
from sqlalchemy import Select, false, func, literal, or_, select, union_all
from sqlalchemy.sql.selectable import SelectBase

from layers.catalog.boundaries import LAYER
from layers.temporal import now
from twin.warnings import WeatherWarning
from twin.warnings.divisions import prefix
from twin.warnings.warning import Circle

_KM_PER_DEGREE = 111.32
_CORNERS = 64


def places(warning: WeatherWarning) -> SelectBase:
    """Return the geometries of a warning (EPSG:4490), its own shapes or else those of its divisions.

    There are none where its area is known by a name only.
    """
    shapes = [shapely.Polygon(ring) for ring in warning.rings] + [_around(circle) for circle in warning.circles]
    drawn = [select(func.ST_GeomFromWKB(literal(shapely.to_wkb(shape)), 4490).label("geom")) for shape in shapes]
    return union_all(*drawn) if drawn else _divisions(warning)


def _divisions(warning: WeatherWarning) -> Select[tuple[object]]:
    """Return the shapes of the named divisions and of all that lie in them; the map may have the parts alone."""
    rows = LAYER.select(now())
    codes = rows.selected_columns.division_code
    named = [codes.startswith(prefix(code), autoescape=True) for code in warning.divisions]
    return rows.with_only_columns(rows.selected_columns.geom).where(or_(false(), *named))


def _around(circle: Circle) -> shapely.Polygon:
    wide = circle.radius_km / (_KM_PER_DEGREE * max(math.cos(math.radians(circle.lat)), 0.01))
    high = circle.radius_km / _KM_PER_DEGREE
    turns = [2 * math.pi * corner / _CORNERS for corner in range(_CORNERS)]
    return shapely.Polygon([(circle.lon + wide * math.cos(turn), circle.lat + high * math.sin(turn)) for turn in turns])
