"""Geometries as GeoJSON, made by the database."""

from typing import Any

from sqlalchemy import func
from sqlalchemy.sql.elements import ColumnElement

# Seven decimals of a degree are a centimetre.
_DIGITS = 7
# The default option of ST_AsGeoJSON would add a crs member, which RFC 7946 does not have.
_NO_CRS = 0


def as_geojson(geometry: ColumnElement[Any]) -> ColumnElement[str]:
    """Return a geometry of EPSG:4490, longitude first, as the text of GeoJSON."""
    return func.ST_AsGeoJSON(geometry, _DIGITS, _NO_CRS)
