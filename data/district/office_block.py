"""A small CityJSON model with rooms: one office building of six storeys."""

import json
import math
from collections.abc import Iterator
from typing import Any

from pyproj import Proj, Transformer
from shapely.geometry import Polygon

from .feature import SYNTHETIC, Feature, Value
from .outlines import rectangle
from .plane import XY, Frame, to_plane

PLACE = (121.5229, 31.2285)  # longitude, latitude
TURN = math.radians(-74)
LENGTH_M, DEPTH_M = 48.0, 18.0
STOREYS, STOREY_M = 6, 3.9
GROUND_M = 4.5  # a height above a synthetic ground datum, neither ellipsoid nor geoid
WALL_M, SLAB_M = 0.2, 0.3
CORRIDOR_M = 2.4
BAYS = 8  # rooms along each side of the corridor
NAME = "样例办公楼"
KEY = "synthetic/building/office-block"
ADDRESS = "浦东新区样例路6号"
SYSTEM = "https://www.opengis.net/def/crs/EPSG/0/4550"  # CGCS2000, 3-degree Gauss-Krueger, 123 E, metres

Corners = list[tuple[float, float, float]]
FACES = ((0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7))  # seen from outside


def ground_plan() -> Polygon:
    """The footprint in the local plane."""
    return Frame(to_plane(*PLACE), TURN).place(rectangle(LENGTH_M, DEPTH_M))


def building() -> Feature:
    """The row of the layer ``buildings`` that the model belongs to."""
    properties: dict[str, Value] = {
        "name": NAME,
        "name_en": "Sample Office Block",
        "class": "office",
        "use": "office",
        "height_m": round(STOREYS * STOREY_M, 1),
        "floors": STOREYS,
        "height_source": "floors",
        "has_parts": False,
        "address": ADDRESS,
        "start_year": 2020,
    }
    return Feature(KEY, ground_plan(), SYNTHETIC, properties)


class Model:
    """City objects that share one list of corners, in whole millimetres."""

    def __init__(self) -> None:
        """Start empty, at the building's place in the map projection."""
        project = Transformer.from_crs("EPSG:4490", "EPSG:4550", always_xy=True)
        east, north = project.transform(*PLACE)
        self.origin = (round(east, 3), round(north, 3), GROUND_M)
        self._turn = TURN + math.radians(Proj("EPSG:4550").get_factors(*PLACE).meridian_convergence)
        self.objects: dict[str, dict[str, Any]] = {}
        self._corners: dict[tuple[int, int, int], int] = {}

    def corner(self, x: float, y: float, z: float) -> int:
        """The number of a corner, the same for the same place."""
        place = (round(x * 1000), round(y * 1000), round(z * 1000))
        return self._corners.setdefault(place, len(self._corners))

    def solid(self, low: XY, high: XY, bottom: float, top: float) -> list[list[list[list[int]]]]:
        """The one shell of an upright box given in the building's own axes."""
        turned = Frame((0.0, 0.0), self._turn)
        ring = [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])]
        plan = [turned.world(*corner) for corner in ring]
        numbers = [self.corner(x, y, z) for z in (bottom, top) for x, y in plan]
        return [[[[numbers[index] for index in face]] for face in FACES]]

    def text(self) -> str:
        """The whole as CityJSON 2.0, one city object per line."""
        head = {
            "type": "CityJSON",
            "version": "2.0",
            "metadata": {"title": NAME, "referenceSystem": SYSTEM, "referenceDate": "2026-01-01"},
            "transform": {"scale": [0.001, 0.001, 0.001], "translate": list(self.origin)},
            "vertices": [list(corner) for corner in self._corners],
        }
        objects = ",\n".join(f'"{key}":{_compact(value)}' for key, value in self.objects.items())
        return f'{_compact(head)[:-1]},"CityObjects":{{\n{objects}\n}}}}\n'


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def model() -> Model:
    """The building, its storeys and their rooms."""
    built_model = Model()
    shell = built_model.solid((-LENGTH_M / 2, -DEPTH_M / 2), (LENGTH_M / 2, DEPTH_M / 2), 0, STOREYS * STOREY_M)
    storeys = [f"storey-{number}" for number in range(1, STOREYS + 1)]
    built_model.objects["office-block"] = {
        "type": "Building",
        "attributes": {"name": NAME, "address": ADDRESS, "source_key": KEY, "storeysAboveGround": STOREYS},
        "children": storeys,
        "geometry": [_geometry("2.2", shell, ("GroundSurface", "RoofSurface", "WallSurface"))],
    }
    for number, key in enumerate(storeys, 1):
        _add_storey(built_model, number, key)
    return built_model


def _add_storey(built_model: Model, number: int, key: str) -> None:
    floor_m = (number - 1) * STOREY_M
    rooms = dict(rooms_of(number))
    built_model.objects[key] = {
        "type": "BuildingStorey",
        "attributes": {"name": f"{number}层", "number": number, "elevation_m": round(floor_m, 2), "height_m": STOREY_M},
        "parents": ["office-block"],
        "children": list(rooms),
    }
    for room, (use, low, high) in rooms.items():
        area = round((high[0] - low[0]) * (high[1] - low[1]), 2)
        shell = built_model.solid(low, high, floor_m + SLAB_M, floor_m + STOREY_M)
        built_model.objects[room] = {
            "type": "BuildingRoom",
            "attributes": {"name": room.removeprefix("room-"), "use": use, "area_m2": area},
            "parents": [key],
            "geometry": [_geometry("2.2", shell, ("FloorSurface", "CeilingSurface", "InteriorWallSurface"))],
        }


def rooms_of(number: int) -> Iterator[tuple[str, tuple[str, XY, XY]]]:
    """Key, use and opposite corners of each room: a corridor between two rows, stairs and lifts at the ends."""
    half_length, half_depth = LENGTH_M / 2 - WALL_M, DEPTH_M / 2 - WALL_M
    yield f"room-{number}00", ("走廊", (-half_length, -CORRIDOR_M / 2), (half_length, CORRIDOR_M / 2))
    bay = LENGTH_M / BAYS
    for side, sign in enumerate((-1, 1)):
        near, far = sign * (CORRIDOR_M / 2 + WALL_M), sign * half_depth
        for index in range(BAYS):
            west = -LENGTH_M / 2 + index * bay + WALL_M
            low, high = (west, min(near, far)), (west + bay - 2 * WALL_M, max(near, far))
            yield f"room-{number}{side * BAYS + index + 1:02d}", (_use(side, index), low, high)


def _use(side: int, index: int) -> str:
    if index in (0, BAYS - 1) and side == 1:
        return "楼梯间"
    if index == BAYS // 2 and side == 1:
        return "电梯厅"
    return "会议室" if index == 3 else "办公室"


def _geometry(lod: str, shell: list[list[list[list[int]]]], kinds: tuple[str, str, str]) -> dict[str, Any]:
    """A solid whose first face is the bottom, the second the top, the rest the sides."""
    return {
        "type": "Solid",
        "lod": lod,
        "boundaries": shell,
        "semantics": {"surfaces": [{"type": kind} for kind in kinds], "values": [[0, 1, 2, 2, 2, 2]]},
    }
