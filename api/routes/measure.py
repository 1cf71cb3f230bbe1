"""Measuring on the map: lengths, directions and areas on the ellipsoid."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from layers.errors import ParameterError
from layers.space import area_m2, line

ROUTER = APIRouter(tags=["measure"])
_MOST = 1000


@ROUTER.get("/measure", summary="Length, direction and area between places")
def measure(
    points: Annotated[
        str, Query(max_length=60_000, description="longitude,latitude;longitude,latitude;… in degrees, EPSG:4490")
    ],
    closed: Annotated[bool, Query(description="the last place is joined to the first, and has an area")] = False,
) -> dict[str, Any]:
    """Return metres of each leg and in all and its azimuth (degrees from north), with ``closed`` square metres too.

    All is along geodesics of the ellipsoid of CGCS2000, without heights.
    """
    places = _places(points)
    measured = line([*places, places[0]] if closed else places)
    told = {"length_m": measured.length_m, "legs_m": measured.legs_m, "azimuths_deg": measured.azimuths_deg}
    return told | ({"area_m2": area_m2(places)} if closed else {})


def _places(text: str) -> list[tuple[float, float]]:
    places = [_place(number, part) for number, part in enumerate(text.split(";"), 1)]
    if not 1 < len(places) <= _MOST:
        raise ParameterError("points", f"{len(places)} places; two to {_MOST} can be measured")
    return places


def _place(number: int, text: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError("points", f"place {number}, {text[:60]!r}, is not longitude,latitude") from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ParameterError("points", f"place {number}, {text[:60]!r}, is not on the earth")
    return lon, lat
