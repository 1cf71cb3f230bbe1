"""Where a weather warning applies: its own shapes, or the divisions that it names."""

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
    """Select the geometries of a warning (EPSG:4490), its own shapes or else those of its divisions.

    There are none where only the name of its area is known.
    """
    shapes = [shapely.Polygon(ring) for ring in warning.rings] + [_circle_polygon(circle) for circle in warning.circles]
    statements = [select(func.ST_GeomFromWKB(literal(shapely.to_wkb(shape)), 4490).label("geom")) for shape in shapes]
    return union_all(*statements) if statements else _divisions(warning)


def _divisions(warning: WeatherWarning) -> Select[tuple[object]]:
    """Select the shapes of the named divisions and of their parts; the map may have only the parts."""
    rows = LAYER.select(now())
    codes = rows.selected_columns.division_code
    conditions = [codes.startswith(prefix(code), autoescape=True) for code in warning.divisions]
    return rows.with_only_columns(rows.selected_columns.geom).where(or_(false(), *conditions))


def _circle_polygon(circle: Circle) -> shapely.Polygon:
    lon_radius = circle.radius_km / (_KM_PER_DEGREE * max(math.cos(math.radians(circle.lat)), 0.01))
    lat_radius = circle.radius_km / _KM_PER_DEGREE
    turns = [2 * math.pi * corner / _CORNERS for corner in range(_CORNERS)]
    return shapely.Polygon(
        [(circle.lon + lon_radius * math.cos(turn), circle.lat + lat_radius * math.sin(turn)) for turn in turns]
    )
