"""A feature of the sample: a key, a geometry, a few typed properties."""

import json
from dataclasses import dataclass, field
from typing import Any

import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, mapping
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from .plane import DECIMALS, ELLIPSOID, to_earth

FACT = 1.0  # a public fact: name, place and figures can be looked up
DRAWN = 0.6  # a real thing whose line or outline was drawn by hand and generalised
SYNTHETIC = 0.3  # made up

Value = str | int | float | bool | None


@dataclass(frozen=True)
class Feature:
    """One row of a layer; the geometry is in the local plane."""

    source_key: str
    geometry: BaseGeometry
    quality: float
    properties: dict[str, Value] = field(default_factory=dict)

    def line(self) -> str:
        """The feature as one line of GeoJSON in degrees; properties without a value are left out."""
        properties = {name: value for name, value in self.properties.items() if value not in (None, "")}
        row = {
            "type": "Feature",
            "properties": {"source_key": self.source_key, "quality": self.quality, **properties},
            "geometry": self.degrees(),
        }
        return json.dumps(row, ensure_ascii=False, separators=(",", ":"))

    def degrees(self) -> dict[str, Any]:
        """The geometry as GeoJSON: longitude, latitude; outer rings counter-clockwise, first corner fixed."""
        geometry = right_handed(to_earth(self.geometry))
        if not geometry.is_valid:
            raise ValueError(f"{self.source_key}: {shapely.is_valid_reason(geometry)}")
        shape = mapping(geometry)
        return {"type": shape["type"], "coordinates": _rounded(shape["coordinates"])}

    def area_m2(self) -> float:
        """The area on the ellipsoid, to a tenth of a square metre."""
        area, _ = ELLIPSOID.geometry_area_perimeter(right_handed(to_earth(self.geometry)))
        return round(abs(float(area)), 1)


def right_handed(geometry: BaseGeometry) -> BaseGeometry:
    """The geometry in one fixed order of corners, outer rings counter-clockwise (RFC 7946)."""
    if isinstance(geometry, Polygon):
        return orient(geometry.normalize())
    if isinstance(geometry, MultiPolygon):
        return MultiPolygon([orient(part) for part in geometry.normalize().geoms])
    return geometry


def collection(layer: str, features: list[Feature]) -> str:
    """A GeoJSON feature collection, one feature per line, in the order of the keys."""
    keys = [feature.source_key for feature in features]
    if len(set(keys)) != len(keys):
        raise ValueError(f"{layer}: two features share a source_key")
    lines = ",\n".join(feature.line() for feature in sorted(features, key=lambda feature: feature.source_key))
    return f'{{"type":"FeatureCollection","name":"{layer}","features":[\n{lines}\n]}}\n'


def lon_lat(geometry: Point | Polygon | LineString) -> tuple[float, float]:
    """Longitude and latitude of a point of the plane, or of a shape's middle."""
    point = to_earth(geometry.centroid)
    return round(point.x, DECIMALS), round(point.y, DECIMALS)


def _rounded(coordinates: Any) -> Any:
    """Nested tuples of floats as nested lists, free of the last digit's noise."""
    if isinstance(coordinates, float):
        return round(coordinates, DECIMALS)
    return [_rounded(item) for item in coordinates]
