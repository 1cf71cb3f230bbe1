"""Ways from room to room without a door: holes in walls, and sides that rooms share openly; pure."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import shapely

from bim.rooms.graph import Passage, Room

# Rooms with an open side between them are so near each other, and their floors so nearly level, metres.
_NEAR_M, _STEP_M = 0.35, 0.5
# Somebody fits through, metres.
_WIDE_M = 0.5


def is_wide(outline: shapely.Geometry) -> bool:
    """Tell whether somebody fits through a hole in a wall, whose ground is a rectangle."""
    corners = shapely.get_coordinates(outline)
    sides = [shapely.Point(one).distance(shapely.Point(two)) for one, two in combinations(corners[:3], 2)]
    return len(sides) == 3 and sorted(sides)[1] >= _WIDE_M


def open_sides(rooms: Sequence[Room], stated: Mapping[str, Mapping[str, str]]) -> Iterator[Passage]:
    """Yield the open sides of rooms, by the rooms that each is stated to be open to, with the id of the side.

    An open side is walked through where both rooms lie beside each other with level floors, and not over each other.
    """
    by_id = {room.id: room for room in rooms}
    for one in rooms:
        for other, side in stated.get(one.id, {}).items():
            beyond = by_id.get(other)
            if beyond is not None and one.id < other and abs(one.low - beyond.low) <= _STEP_M:
                yield from _between(one, beyond, side)


def _between(one: Room, two: Room, side: str) -> Iterator[Passage]:
    reached = [shapely.buffer(room.outline, _NEAR_M / 2, join_style="mitre") for room in (one, two)]
    shared = shapely.intersection(*reached)
    west, south, east, north = shapely.bounds(shared).tolist()
    if max(east - west, north - south) >= _WIDE_M + _NEAR_M:
        low, high = max(one.low, two.low), min(one.high, two.high)
        yield Passage(side, shared, low, high, between=(one.id, two.id))
