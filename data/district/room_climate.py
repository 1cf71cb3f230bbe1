"""Made-up sensors in the rooms of the third storey of the sample office block: air temperature, and carbon dioxide."""

from typing import Any

from shapely.geometry import Point

from .office_block import PLACE, TURN, rooms_of
from .office_model import guid
from .plane import Frame, to_earth, to_plane
from .rng import Rng

STOREY = 3
_ROOMS = ("办公室", "会议室")
# The newest value and those of the hours before it.
_HOURS = 6


def sensors() -> list[dict[str, Any]]:
    """Each with the room that it is in (GlobalId), its place in degrees, and hourly values, the newest last."""
    frame = Frame(to_plane(*PLACE), TURN)
    found = []
    for key, (use, low, high) in rooms_of(STOREY):
        if use in _ROOMS:
            room = key.removeprefix("room-")
            middle = frame.world((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)
            place = to_earth(Point(middle))
            found.append(
                {
                    "name": f"{room}室环境传感器（样例）",
                    "element": guid(room),
                    "lon": round(place.x, 6),
                    "lat": round(place.y, 6),
                    "temperature": _series(f"temperature {room}", 20.5, 27.5, 0.3, 1),
                    "carbon_dioxide": _series(f"carbon dioxide {room}", 450.0, 1400.0, 40.0, 0),
                }
            )
    return found


def _series(name: str, least: float, most: float, step: float, digits: int) -> list[float]:
    rng = Rng(name)
    level = rng.between(least, most)
    return [round(level + rng.between(-step, step), digits) for _ in range(_HOURS)]
