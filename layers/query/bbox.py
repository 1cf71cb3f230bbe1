"""Bounding boxes as requests state them."""

import math
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import Boolean, func, or_
from sqlalchemy.sql.elements import ColumnElement

from layers.errors import ParameterError

SRID = 4490


@dataclass(frozen=True)
class Bbox:
    """West, south, east, north in degrees, longitude first; west > east crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def touches(self, geom: ColumnElement[object]) -> ColumnElement[bool]:
        """Return the condition that a geometry (EPSG:4490) shares a point with the box."""
        boxes = [func.ST_MakeEnvelope(west, self.south, east, self.north, SRID) for west, east in self._spans()]
        return or_(
            *(
                geom.op("&&", is_comparison=True, return_type=Boolean())(box) & func.ST_Intersects(geom, box)
                for box in boxes
            )
        )

    def area(self) -> Any:
        """Return the box as a shapely geometry, in two parts where it crosses the antimeridian."""
        return shapely.multipolygons([shapely.box(west, self.south, east, self.north) for west, east in self._spans()])

    def _spans(self) -> list[tuple[float, float]]:
        return [(self.west, self.east)] if self.west <= self.east else [(self.west, 180.0), (-180.0, self.east)]


def parse_bbox(text: str) -> Bbox:
    """Read four numbers, or six whose heights are not looked at (the layers are flat)."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise ParameterError("bbox", f"{text!r} is not a list of numbers west,south,east,north") from None
    if len(numbers) not in (4, 6):
        raise ParameterError("bbox", f"{len(numbers)} numbers given; 4 (west,south,east,north) or 6 are needed")
    west, south, east, north = numbers if len(numbers) == 4 else (*numbers[0:2], *numbers[3:5])
    if not all(math.isfinite(number) for number in numbers):
        raise ParameterError("bbox", f"{text!r} has a number that is not finite")
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise ParameterError(
            "bbox", f"{text!r} is not west,south,east,north in degrees, longitude first, south below north"
        )
    return Bbox(west, south, east, north)
