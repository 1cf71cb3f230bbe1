"""A house at the seam of two zones, and where PROJ has it."""

import math

import numpy as np
from pyproj import Proj, Transformer

from bim.georeference import (
    Helmert,
    Statement,
)
from layers.space import LocalGrid, to_geocentric

# 1.5° from the central meridian at 120°, at the seam of the zones.
LUJIAZUI = (121.495, 31.24)
EAST, NORTH = Proj("EPSG:4549")(*LUJIAZUI)
# A house of 40 by 25 m, 30 m high, beside its origin.
HOUSE = np.array([[x, y, z] for x in (10.0, 50.0) for y in (-5.0, 20.0) for z in (0.0, 30.0)])
CONVERSION = Helmert(EAST, NORTH, 4.5, math.cos(math.radians(30)), math.sin(math.radians(30)))
STATEMENT = Statement(crs="EPSG:4549", conversion=CONVERSION)


def by_proj(points, conversion: Helmert = CONVERSION, crs: str = "EPSG:4549"):
    """Return where PROJ has points of the model, (n, 3)."""
    turn = conversion.scale * complex(conversion.abscissa, conversion.ordinate)
    moved = turn / abs(complex(conversion.abscissa, conversion.ordinate)) * (points[:, 0] + 1j * points[:, 1])
    x, y = moved.real + conversion.eastings, moved.imag + conversion.northings
    lon, lat = Transformer.from_crs(crs, "EPSG:4490", always_xy=True).transform(x, y)
    return np.column_stack([lon, lat, points[:, 2] + conversion.height])


def moved(points, *offset):
    return points + np.array(offset)


def off_m(found, expected, points) -> float:
    return np.linalg.norm(to_geocentric(found.placement.geodetic(points)) - to_geocentric(expected), axis=1).max()


def english(found) -> str:
    assert all(note.zh and note.en for note in found.notes)
    return "; ".join(note.en for note in found.notes)


def local_grid() -> LocalGrid:
    return LocalGrid(
        "city",
        "+proj=pipeline +step +inv +proj=tmerc +lat_0=31.2333 +lon_0=121.4667 +k=1 +x_0=0 +y_0=0 "
        "+a=6378137 +rf=298.257222101 +step +proj=unitconvert +xy_in=rad +xy_out=deg",
    )
