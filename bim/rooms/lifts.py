"""Lifts: which rooms they stop at, found by shafts that are rooms, and by lifts that stand beside rooms; pure."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import shapely

from bim.rooms.graph import Passage, Room

# A shaft is called so, its lobby is not: Lift 2, Elevator, 电梯井; lift lobby, 电梯厅.
_LIFT = re.compile(r"\b(lifts?|elevators?)\b|电梯|elevator", re.IGNORECASE)
_LOBBY = re.compile(r"lobby|hall|landing|machine|厅|前室|候梯|机房", re.IGNORECASE)
# Of the smaller of two rooms so much lies over the other where they are one shaft, and so far apart are they, metres.
_SHARED, _APART_M = 0.5, 2.0
# A lift is so near to the rooms that it stops at, and their floors so near to where it ends, metres.
_NEAR_M, _STEP_M = 0.6, 0.5


def is_shaft(*names: str | None) -> bool:
    """Tell whether a room is called a lift, and not its lobby or machine room."""
    said = " ".join(name for name in names if name)
    return bool(_LIFT.search(said)) and not _LOBBY.search(said)


def shafts(rooms: Sequence[Room]) -> list[Passage]:
    """Return the lifts in rooms that are shafts: those that lie one over the other are one, by the lowest's id."""
    above: dict[str, str] = {}
    by_floor = sorted(rooms, key=lambda room: (room.low, room.id))
    for number, room in enumerate(by_floor):
        upper = next((one for one in by_floor[number + 1 :] if _over(room, one)), None)
        if upper is not None:
            above[room.id] = upper.id
    by_id = {room.id: room for room in rooms}
    return [_lift(chain) for chain in _chains(by_id, above) if len(chain) > 1]


def _chains(rooms: Mapping[str, Room], above: Mapping[str, str]) -> list[list[Room]]:
    chains = []
    for first in sorted(rooms.keys() - set(above.values())):
        chain = [first]
        while chain[-1] in above:
            chain.append(above[chain[-1]])
        chains.append([rooms[name] for name in chain])
    return chains


def _over(lower: Room, upper: Room) -> bool:
    """Tell whether one room of a shaft lies over another."""
    if not -_STEP_M <= upper.low - lower.high <= _APART_M:
        return False
    shared = float(shapely.area(shapely.intersection(lower.outline, upper.outline)))
    return shared >= _SHARED * min(float(shapely.area(one.outline)) for one in (lower, upper))


def _lift(chain: Sequence[Room]) -> Passage:
    floors = tuple(room.low for room in chain)
    return Passage(
        chain[0].id, chain[0].outline, floors[0], chain[-1].high, climbs=True, floors=floors,
        between=tuple(room.id for room in chain),
    )  # fmt: skip


def stopping(lift: Passage, rooms: Sequence[Room]) -> Passage:
    """Return a lift that is a thing (IfcTransportElement) with the rooms beside it and its stops on their floors."""
    reach = shapely.buffer(lift.outline, _NEAR_M)
    at = [
        room
        for room in rooms
        if lift.low - _STEP_M <= room.low <= lift.high - _STEP_M and shapely.intersects(reach, room.outline)
    ]
    floors = tuple(sorted({room.low for room in at}))
    stops = tuple(floor for floor, after in pairwise((*floors, float("inf"))) if after - floor > 1e-3)
    return Passage(
        lift.id, lift.outline, lift.low, lift.high, climbs=True, floors=stops or (lift.low,),
        between=tuple(sorted(room.id for room in at)),
    )  # fmt: skip
