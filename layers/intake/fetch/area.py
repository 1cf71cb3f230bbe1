"""The area that a text names: four numbers, a boundary of the map, or the answer of a name server."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import shapely
from pyproj import Geod
from sqlalchemy import Connection, func, or_

from layers.access.decision import decide
from layers.access.principals import ANONYMOUS
from layers.access.rows import visible
from layers.errors import NotFound, ParameterError
from layers.intake.fetch.download import Limits, Request, text_of
from layers.intake.ingest.options import parse_extent
from layers.store.dataset_layer import DatasetLayer
from layers.temporal import now

_GEOD = Geod(ellps="GRS80")


@dataclass(frozen=True)
class Area:
    """A place: its name, and a shapely polygon or multipolygon, longitude first (WGS 84 and CGCS2000 alike)."""

    name: str
    shape: Any

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """Return west, south, east, north where the area is that rectangle, else None."""
        west, south, east, north = self.shape.bounds
        is_box = self.shape.equals(shapely.box(west, south, east, north))
        return (west, south, east, north) if is_box else None

    @property
    def km2(self) -> float:
        """Return the area in square kilometres."""
        return abs(_GEOD.geometry_area_perimeter(self.shape)[0]) / 1e6


def area_of(text: str, connection: Connection, boundaries: DatasetLayer, named: str | None, limits: Limits) -> Area:
    """Return the area of ``west,south,east,north`` or of a name; ``named`` is the address of a Nominatim, if any.

    Raises NotFound for an unknown name.
    """
    if text.count(",") == 3:
        return Area("box", shapely.box(*parse_extent(text)))
    if not text.strip():
        raise ParameterError("place", "is empty; give a name or west,south,east,north")
    area = _boundary(text.strip(), connection, boundaries)
    if area is None and named is not None:
        area = _by_name_server(text.strip(), named, limits)
    if area is None:
        hint = "" if named else ", and no name server is configured (TWIN_NOMINATIM_URL)"
        raise NotFound(f"the layer boundaries has no area named {text!r}{hint}; give west,south,east,north in degrees")
    return area


def _boundary(name: str, connection: Connection, layer: DatasetLayer) -> Area | None:
    """Return the boundary with that name: the highest in rank where several have it."""
    rows = visible(layer, decide(ANONYMOUS, "read", layer), now())
    columns = rows.selected_columns
    same = or_(columns.name == name, func.lower(columns.name_en) == name.lower())
    matches = rows.with_only_columns(columns.name, func.ST_AsBinary(columns.geom).label("wkb")).where(same)
    row = connection.execute(matches.order_by(columns.admin_level, columns.fid).limit(1)).one_or_none()
    return None if row is None else Area(row.name, shapely.from_wkb(bytes(row.wkb)))


def _by_name_server(name: str, url: str, limits: Limits) -> Area | None:
    """Ask a Nominatim (its search API, form jsonv2) for the polygon of a name."""
    params = urlencode({"q": name, "format": "jsonv2", "polygon_geojson": 1, "polygon_threshold": 0.0005, "limit": 1})
    answers = json.loads(text_of(Request(f"{url.rstrip('/')}/search?{params}"), limits) or "[]")
    shapes = [shapely.from_geojson(json.dumps(answer["geojson"])) for answer in answers if "geojson" in answer]
    areas = [shape for shape in shapes if shape.geom_type in ("Polygon", "MultiPolygon")]
    return Area(name, areas[0]) if areas else None
