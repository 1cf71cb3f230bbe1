"""Distances, bearings and great circles on the sphere; degrees, longitude first, kilometres."""

import math

EARTH_KM = 6371.0088
Place = tuple[float, float]


def distance_km(first: Place, second: Place) -> float:
    """Return the great-circle distance of two places."""
    (lon1, lat1), (lon2, lat2) = (_radians(first), _radians(second))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2.0 * EARTH_KM * math.asin(math.sqrt(min(half, 1.0)))


def bearing_deg(first: Place, second: Place) -> float:
    """Return the direction from the first place to the second, degrees clockwise from north."""
    (lon1, lat1), (lon2, lat2) = (_radians(first), _radians(second))
    east = math.sin(lon2 - lon1) * math.cos(lat2)
    north = math.cos(lat1) * math.sin(lat2) - math.sin(lat1) * math.cos(lat2) * math.cos(lon2 - lon1)
    return math.degrees(math.atan2(east, north)) % 360.0


def along(first: Place, second: Place, share: float) -> Place:
    """Return the place at a share of the great circle from the first place to the second."""
    angle = distance_km(first, second) / EARTH_KM
    if angle < 1e-12:
        return first
    weights = math.sin((1.0 - share) * angle) / math.sin(angle), math.sin(share * angle) / math.sin(angle)
    points = _vector(first), _vector(second)
    x, y, z = (weights[0] * begin + weights[1] * end for begin, end in zip(*points, strict=True))
    return math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))


def moved(place: Place, east_km: float, north_km: float) -> Place:
    """Return a place some kilometres away; for some hundred kilometres, away from the poles."""
    lon, lat = place
    north = math.degrees(north_km / EARTH_KM)
    east = math.degrees(east_km / (EARTH_KM * max(math.cos(math.radians(lat)), 0.05)))
    return (lon + east + 180.0) % 360.0 - 180.0, min(max(lat + north, -90.0), 90.0)


def _radians(place: Place) -> Place:
    return math.radians(place[0]), math.radians(place[1])


def _vector(place: Place) -> tuple[float, float, float]:
    lon, lat = _radians(place)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)
