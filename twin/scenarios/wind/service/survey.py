"""Reads the district from the map: rows of its layers, projected into the plane of the model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, func

from layers.base import Layer
from layers.catalog import built_in
from layers.grades import Grade
from layers.query import Bbox
from layers.space import LocalPlane
from layers.temporal import now

Json = dict[str, Any]
# The reach upwind that determines the roughness (GB 50009-2012, commentary to 8.2.1), metres.
NEIGHBOURHOOD_M = 2000.0


@dataclass(frozen=True)
class Site:
    """The middle of a district (degrees, EPSG:4490), and half the side of the square of its fields, metres."""

    lon: float = 121.5025
    lat: float = 31.2375
    half_m: float = 500.0

    @property
    def plane(self) -> LocalPlane:
        """Return the plane about the site."""
        return LocalPlane(self.lon, self.lat)

    def bounds(self, reach_m: float) -> Bbox:
        """Return the box of a square about the site."""
        corners = np.array([[-reach_m, -reach_m], [reach_m, -reach_m], [reach_m, reach_m], [-reach_m, reach_m]])
        degrees = self.plane.lonlat(corners)
        west, south = degrees.min(axis=0)
        east, north = degrees.max(axis=0)
        return Bbox(float(west), float(south), float(east), float(north))


LUJIAZUI = Site()


@dataclass(frozen=True)
class Rows:
    """Rows of a layer: their columns, and geometries in metres of the plane."""

    layer: str
    rows: Sequence[Json]
    shapes: NDArray[np.object_]

    def key(self, index: int) -> str:
        """Return the key of a row: layer and fid."""
        return f"{self.layer}/{self.rows[index]['fid']}"

    def grade(self, index: int) -> Grade:
        """Return the grade of a row."""
        return Grade(self.rows[index]["grade"])

    def column(self, name: str) -> list[Any]:
        """Return the values of a column."""
        return [row[name] for row in self.rows]


def rows_of(connection: Connection, layer_id: str, site: Site, reach_m: float) -> Rows:
    """Return the rows of a layer, valid now and shown, that touch a square about the site."""
    layer: Layer = built_in().get(layer_id)
    features = layer.select(now())
    columns = features.selected_columns
    names = ["fid", "grade", *(column.name for column in layer.columns)]
    statement = (
        features.with_only_columns(*(columns[name] for name in names), func.ST_AsBinary(columns.geom).label("wkb"))
        .where(site.bounds(reach_m).touches(columns.geom))
        .order_by(columns.fid)
    )
    rows = [dict(row) for row in connection.execute(statement).mappings()]
    geometries = shapely.from_wkb([bytes(row.pop("wkb")) for row in rows])
    shapes = (
        site.plane.to_plane(np.asarray(shapely.make_valid(geometries), dtype=object)) if rows else np.empty(0, object)
    )
    return Rows(layer_id, rows, shapes)


def above_ground(roads: Rows) -> Rows:
    """Return the roads without tunnels and others below the ground, where no wind blows."""
    is_above_ground = [not row["tunnel"] and (row["level"] or 0) >= 0 for row in roads.rows]
    rows = [row for row, is_above in zip(roads.rows, is_above_ground, strict=True) if is_above]
    return Rows(roads.layer, rows, roads.shapes[np.array(is_above_ground, dtype=bool)])


@dataclass(frozen=True)
class Survey:
    """The rows of all layers that a run uses."""

    site: Site
    buildings: Rows
    parts: Rows
    green: Rows
    roads: Rows
    risk_sources: Rows
    gathering_places: Rows


def survey(connection: Connection, site: Site) -> Survey:
    """Read the district."""
    neighbourhood, core = NEIGHBOURHOOD_M, site.half_m
    return Survey(
        site,
        rows_of(connection, "buildings", site, neighbourhood),
        rows_of(connection, "building_parts", site, neighbourhood),
        rows_of(connection, "green", site, core),
        above_ground(rows_of(connection, "roads", site, core)),
        rows_of(connection, "risk_sources", site, core),
        rows_of(connection, "gathering_places", site, core),
    )
