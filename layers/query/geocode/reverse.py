"""From a place to the nearest addressed house and the nearest named road."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Text, cast, func, literal_column, null

from layers.access.decision import Decision, shown_columns
from layers.access.rows import visible
from layers.base import Layer
from layers.space.compass import POINTS
from layers.temporal import now
from layers.title import Title

# Candidates by degrees, before metres on the ellipsoid decide.
_CANDIDATES = 20
FARTHEST_M = 1000.0
# Of latitude, at the least anywhere.
_METRES_PER_DEGREE = 110_500.0
Readable = Sequence[tuple[Layer, Decision]]


@dataclass(frozen=True)
class Nearest:
    """A thing near a point: how far it is from the point in metres, and in which direction the point lies from it."""

    layer: str
    fid: int
    code: str | None
    name: str | None
    name_en: str | None
    address: str | None
    distance_m: float
    direction_deg: float | None

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "layer": self.layer,
            "fid": self.fid,
            "code": self.code,
            "name": self.name,
            "name_en": self.name_en,
            "address": self.address,
            "distance_m": round(self.distance_m, 1),
            "direction_deg": None if self.direction_deg is None else round(self.direction_deg),
            "words": self.words.json(),
        }

    @property
    def words(self) -> Title:
        """Return where the point is, in words: 世纪大道100号东北约30米."""
        zh = self.address or self.name or self.name_en or ""
        en = self.name_en or zh
        if self.direction_deg is None:
            return Title(zh, en)
        point = POINTS[round(self.direction_deg / 45) % 8]
        distance = round(self.distance_m)
        return Title(f"{zh}{point.zh}约{distance}米", f"about {distance} m {point.en} of {en}")


def reverse(connection: Connection, readable: Readable, lon: float, lat: float) -> dict[str, Any]:
    """Return the nearest addressed thing, the nearest named road, and the divisions in which a point lies."""
    layers = {layer.id: (layer, decision) for layer, decision in readable}
    addressed = [pair for pair in readable if pair[0].column("address") is not None]
    near = [each for pair in addressed for each in _nearest(connection, pair, (lon, lat), "address")]
    roads = _nearest(connection, layers["roads"], (lon, lat), "name") if "roads" in layers else []
    divisions = _divisions(connection, layers["boundaries"], (lon, lat)) if "boundaries" in layers else []
    house = min(near, key=lambda each: (each.distance_m, each.layer), default=None)
    road = roads[0] if roads else None
    best = house or road
    return {
        "lon": lon,
        "lat": lat,
        "words": None if best is None else best.words.json(),
        "address": None if house is None else house.json(),
        "road": None if road is None else road.json(),
        "divisions": divisions,
    }


def _nearest(
    connection: Connection, pair: tuple[Layer, Decision], where: tuple[float, float], text_column: str
) -> list[Nearest]:
    layer, decision = pair
    shown = {column.name for column in shown_columns(layer, decision)}
    if text_column not in shown:
        return []
    rows = visible(layer, decision, now())
    columns = rows.selected_columns
    point = func.ST_SetSRID(func.ST_MakePoint(*where), 4490)
    texts = [(columns[name] if name in shown else cast(null(), Text)).label(name) for name in _TEXTS]
    close = rows.with_only_columns(
        columns.fid,
        columns.code if "code" in columns else cast(null(), Text).label("code"),
        *texts,
        columns.geom,
    )
    close = close.where(
        columns[text_column].is_not(None),
        columns[text_column] != "",
        columns.geom.op("&&")(_around(*where)),
    )
    close = close.order_by(columns.geom.op("<->")(point)).limit(_CANDIDATES)
    candidates = close.subquery("close")
    # The ellipsoids of EPSG:4490 and 4326 differ by a tenth of a millimetre; geography knows both.
    point_geography, shape_geography = _geography(point), _geography(candidates.c.geom)
    middle = func.ST_Centroid(candidates.c.geom)
    measured = candidates.select().add_columns(
        func.ST_Distance(point_geography, shape_geography).label("distance"),
        func.degrees(
            func.ST_Azimuth(_geography(_beside(layer, candidates.c.geom, middle, point)), point_geography)
        ).label("azimuth"),
    )
    results = [
        Nearest(layer.id, row.fid, row.code, row.name, row.name_en, row.address, row.distance, _direction(row))
        for row in connection.execute(measured)
        if row.distance <= FARTHEST_M
    ]
    return sorted(results, key=lambda each: (each.distance_m, each.fid))


_TEXTS = ("name", "name_en", "address")


def _around(lon: float, lat: float) -> Any:
    """Return the box in degrees that surely holds all within the farthest distance."""
    high = FARTHEST_M / _METRES_PER_DEGREE
    wide = high / max(math.cos(math.radians(lat)), 0.01)
    return func.ST_MakeEnvelope(lon - wide, lat - high, lon + wide, lat + high, 4490)


def _beside(layer: Layer, geom: Any, middle: Any, point: Any) -> Any:
    """Return from where a direction is taken: the nearest point of a line, the middle of all else."""
    return func.ST_ClosestPoint(geom, point) if "Line" in layer.geometry else middle


def _geography(geom: Any) -> Any:
    return func.geography(func.ST_SetSRID(geom, literal_column("4326")))


def _direction(row: Any) -> float | None:
    """Return the direction in degrees from north, or None inside the thing or on it."""
    if row.distance == 0 or row.azimuth is None or math.isnan(row.azimuth):
        return None
    return float(row.azimuth) % 360


def _divisions(
    connection: Connection, pair: tuple[Layer, Decision], where: tuple[float, float]
) -> list[dict[str, Any]]:
    layer, decision = pair
    rows = visible(layer, decision, now())
    columns = rows.selected_columns
    point = func.ST_SetSRID(func.ST_MakePoint(*where), 4490)
    shown = {column.name for column in shown_columns(layer, decision)}
    names = [name for name in ("name", "name_en", "admin_level", "division_code") if name in shown]
    containing = rows.with_only_columns(columns.fid, *(columns[name] for name in names)).where(
        func.ST_Covers(columns.geom, point)
    )
    ordered = containing.order_by(columns.admin_level, columns.fid) if "admin_level" in names else containing
    return [dict(row._mapping) for row in connection.execute(ordered)]
