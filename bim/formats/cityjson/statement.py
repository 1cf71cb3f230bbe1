"""What a CityJSON file says of its place: the reference system that its coordinates are in."""

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from bim.formats.cityjson.document import Document
from bim.georeference import Statement
from bim.place import Place, told

Points = NDArray[np.float64]
_CODES = re.compile(r"EPSG/[\w.]+/(\d{4,6})")


def reference_system(document: Document) -> str:
    """Return the name of the reference system of the coordinates, or "" where the file has none.

    Two joined in one address, plane and heights, are named in the way that PROJ knows.
    """
    name = document.metadata.get("referenceSystem", "")
    place = document.parts[0].place.at("metadata", "referenceSystem")
    if not isinstance(name, str):
        raise place.error(f"{told(name)} is no name of a reference system, such as EPSG:7415")
    codes = _CODES.findall(name)
    return f"EPSG:{codes[0]}+{codes[1]}" if "crs-compound" in name and len(codes) == 2 else name.strip()


def unit_of(name: str, place: Place) -> Points:
    """Return the metres (3,) that one unit of the coordinates has: 1 where the reference system is not known.

    Raises SourceError for one whose coordinates are degrees or geocentric. Heights are in the unit of the plane where
    nothing else is said.
    """
    try:
        system = CRS.from_user_input(name) if name else None
    except CRSError:
        system = None
    if system is None:
        return np.ones(3)
    plane, *heights = system.sub_crs_list or [system]
    if not plane.is_projected:
        raise place.at("metadata", "referenceSystem").error(
            f"{name} ({plane.name}) is no plane: its coordinates are no lengths east and north. Transform the file to "
            "a projected reference system"
        )
    unit = float(plane.axis_info[0].unit_conversion_factor)
    up = float(heights[0].axis_info[0].unit_conversion_factor) if heights else unit
    return np.array([unit, unit, up])


def statement_of(name: str, document: Document, unit: Points) -> Statement:
    """Return what the file says: its coordinates, in metres, are those of the map.

    As origin of a site the middle of the plan counts, at the lowest height: what is placed by hand is placed there.
    """
    low, high = _box((part.vertices for part in document.parts if len(part.vertices)), document)
    x, y, z = map(float, np.array([*(low + high)[:2] / 2, low[2]]) * unit)
    return Statement(crs=name, site_offset=(x, y, z), elevation_m=z)


def _box(vertices: Iterable[Points], document: Document) -> tuple[Points, Points]:
    ends = [(some.min(axis=0), some.max(axis=0)) for some in vertices]
    if not ends:
        return document.translate, document.translate
    low, high = np.min([low for low, _ in ends], axis=0), np.max([high for _, high in ends], axis=0)
    return low * document.scale + document.translate, high * document.scale + document.translate
