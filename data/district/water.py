"""The Huangpu, its creeks, the ponds and the promenade along the bank."""

import math

import shapely
from shapely.geometry import LineString, Polygon

from . import facts
from .feature import DRAWN, Feature, Value
from .plane import XY, line, to_plane


def river_stations() -> list[tuple[XY, XY, float, float]]:
    """Along the river from south to north: a point of the plane, the direction to its left, metres to both banks."""
    rows = facts.table("river")
    middle = [to_plane(float(row["lon"]), float(row["lat"])) for row in rows]
    widths = [(float(row["left_m"]), float(row["right_m"])) for row in rows]
    return [(point, _left_direction(middle, index), *widths[index]) for index, point in enumerate(middle)]


def _left_direction(middle: list[XY], index: int) -> XY:
    """The unit vector to the left of the course at one station."""
    previous, following = middle[max(index - 1, 0)], middle[min(index + 1, len(middle) - 1)]
    east, north = following[0] - previous[0], following[1] - previous[1]
    length = math.hypot(east, north)
    return -north / length, east / length


def _beside(station: tuple[XY, XY, float, float], left_m: float) -> XY:
    (x, y), (east, north), _, _ = station
    return x + east * left_m, y + north * left_m


def river() -> Polygon:
    """The Huangpu between its banks."""
    stations = river_stations()
    left = [_beside(station, station[2]) for station in stations]
    right = [_beside(station, -station[3]) for station in stations]
    return Polygon(left + right[::-1])


def promenade() -> Polygon:
    """The strip along Lujiazui's bank."""
    return _strip(slice(6, 17), -1, 8.0, 38.0)


def bund() -> Polygon:
    """The strip between the Bund's road and the river."""
    return _strip(slice(8, 13), 1, 4.0, 62.0)


def _strip(part: slice, side: int, near_m: float, far_m: float) -> Polygon:
    """The ground between two distances from one bank, left of the course (1) or right of it (-1)."""
    stations = [(station, side * (station[2] if side > 0 else station[3])) for station in river_stations()[part]]
    near = [_beside(station, bank + side * near_m) for station, bank in stations]
    far = [_beside(station, bank + side * far_m) for station, bank in stations]
    return Polygon(near + far[::-1])


def creeks() -> list[tuple[facts.Row, LineString]]:
    """The creeks with their middle lines."""
    return [(row, line(facts.points(row["line"]))) for row in facts.table("creeks")]


def creek_beds() -> list[Polygon]:
    """The creeks from bank to bank, as far as the river."""
    huangpu = river()
    beds = [middle.buffer(float(row["width_m"]) / 2, cap_style="flat", quad_segs=2) for row, middle in creeks()]
    return [max(shapely.get_parts(bed.difference(huangpu)), key=lambda part: part.area) for bed in beds]


def surfaces() -> list[Feature]:
    """Rows of the layer ``water``."""
    names: dict[str, Value] = {"name": "黄浦江", "name_en": "Huangpu River", "class": "river"}
    rows = [Feature("drawn/water/huangpu", river(), DRAWN, names)]
    for (row, _), bed in zip(creeks(), creek_beds(), strict=True):
        rows.append(Feature(f"drawn/water/{_slug(row)}", bed, DRAWN, _names(row)))
    for row, shape in facts.areas("water"):
        rows.append(Feature(f"drawn/water/{row['key']}", shape, DRAWN, _names(row)))
    return rows


def courses() -> list[Feature]:
    """Rows of the layer ``waterways``: the middle lines."""
    middle = LineString([station[0] for station in river_stations()])
    huangpu: dict[str, Value] = {"name": "黄浦江", "name_en": "Huangpu River", "class": "river", "width_m": 430.0}
    rows = [Feature("drawn/waterway/huangpu", middle, DRAWN, huangpu)]
    for row, course in creeks():
        width = {"width_m": float(row["width_m"])}
        rows.append(Feature(f"drawn/waterway/{_slug(row)}", course, DRAWN, {**_names(row), **width}))
    return rows


def _names(row: facts.Row) -> dict[str, Value]:
    return {"name": row["name"], "name_en": row["name_en"], "class": row["class"]}


def _slug(row: facts.Row) -> str:
    return row["name_en"].lower().replace(" ", "-")
