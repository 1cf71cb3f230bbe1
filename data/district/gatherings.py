"""Gathering places: real ones by name, and synthetic exits around metro stations."""

import math
from collections.abc import Iterator

from shapely.geometry import Point

from . import facts, naming
from .fabric import House
from .feature import DRAWN, FACT, SYNTHETIC, Feature, Value
from .ground import Ground, ground
from .plane import to_plane
from .rng import Rng
from .streets import Grid

EXITS = {"陆家嘴": 9, "东昌路": 4, "浦东南路": 4}
NEAR_M, FAR_M = 40.0, 140.0
ATTEMPTS = 60
QUALITY = {"fact": FACT, "drawn": DRAWN}


def places(grid: Grid, houses: list[House]) -> list[Feature]:
    """Rows of the layer ``gathering_places``."""
    true_places = [_true_place(number, row) for number, row in enumerate(facts.table("gatherings"), 1)]
    free = ground(grid, houses)
    stations = [row for row in facts.table("stations") if row["name"] in EXITS]
    return true_places + [place for row in stations for place in _exits(row, free)]


def _point(row: facts.Row) -> Point:
    return Point(to_plane(float(row["lon"]), float(row["lat"])))


def _true_place(number: int, row: facts.Row) -> Feature:
    properties: dict[str, Value] = {
        "name": row["name"],
        "kind": row["kind"],
        "capacity": int(row["capacity"]),
        "height_m": float(row["height_m"]),
        **naming.contact(row["operator"], number),
    }
    return Feature(f"{row['known']}/gathering/{row['key']}", _point(row), QUALITY[row["known"]], properties)


def _exits(row: facts.Row, free: Ground) -> Iterator[Feature]:
    """The exits of one station, clockwise from the north."""
    count = EXITS[row["name"]]
    for number in range(1, count + 1):
        key = f"synthetic/gathering/{row['name_en'].lower().replace(' ', '-')}-{number}"
        rng = Rng("exit", key)
        properties: dict[str, Value] = {
            "name": f"{row['name']}站{number}号口{naming.TAG}",
            "kind": "metro_exit",
            "capacity": rng.whole(4, 12) * 50,
            "height_m": 0.0,
            **naming.contact("地铁运营公司", 1),
        }
        yield Feature(key, _beside_street(_point(row), (number - 0.5) / count, rng, free), SYNTHETIC, properties)


def _beside_street(station: Point, turn: float, rng: Rng, free: Ground) -> Point:
    """A free place some way from a station, roughly in one direction (share of a full turn from the north)."""
    for _ in range(ATTEMPTS):
        angle = 2 * math.pi * (turn + rng.between(-0.05, 0.05))
        reach = rng.between(NEAR_M, FAR_M)
        place = Point(station.x + reach * math.sin(angle), station.y + reach * math.cos(angle))
        if free.is_free(place, 4.0):
            return place
    raise ValueError(f"no free place for an exit near {station.wkt}")
