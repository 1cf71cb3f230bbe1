"""Rooms and the passages between them, as a graph: pure.

Which rooms a door joins is found by where it stands, as few files state it. A way goes straight from door to door, so
that its length is the least that somebody has to walk; furniture, and corners of a room, are not walked around.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from layers.errors import InputError, NotFound

OUTSIDE = "outside"
# A door reaches so far into the rooms that it joins: half a thick wall, metres.
_REACH_M = 0.35
# What a door shares with a room that it only passes by is less than this, m².
_LEAST_M2 = 0.01
# A door that stands on a room's floor shares so much of its height, and a stair that ends on it so much of its, metres.
_LEAST_HIGH_M, _STEP_M = 0.5, 0.5
# Somebody passes a hole in a wall that begins so near the floor, and is so high, metres.
_SILL_M, _HIGH_M = 0.3, 1.8
# What a step counts for beside its length, so that none is free, metres.
_A_STEP_M = 1e-6
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Room:
    """A room: ``outline`` in metres of a plane, ``low`` and ``high`` metres over the model's zero."""

    id: str
    outline: Any
    low: float
    high: float

    @property
    def middle(self) -> Point:
        """Return a place on its floor, inside it."""
        inner = shapely.point_on_surface(self.outline)
        return inner.x, inner.y, self.low


@dataclass(frozen=True)
class Passage:
    """A door, or a stair, ramp or lift (``climbs``), as a room has its extent.

    A lift has the ``floors`` that it stops at. ``between`` are the rooms that it joins, where that is known already.
    ``bare`` is a hole in a wall: it leads from room to room, as most of those that lead outside are windows to be.
    """

    id: str
    outline: Any
    low: float
    high: float
    climbs: bool = False
    floors: tuple[float, ...] = ()
    between: tuple[str, ...] | None = None
    bare: bool = False

    @property
    def ends(self) -> tuple[Point, ...]:
        """Return where somebody is who passes: at the door, at both ends of the stair, or at each stop of the lift."""
        middle = shapely.centroid(self.outline)
        levels = self.floors or ((self.low, self.high) if self.climbs else (self.low,))
        return tuple((middle.x, middle.y, level) for level in levels)


@dataclass(frozen=True)
class Way:
    """The shortest way: ``rooms`` that it goes through, the ``passages`` between them, its points, and metres."""

    rooms: tuple[str, ...]
    passages: tuple[str, ...]
    points: tuple[Point, ...]
    length_m: float

    def backwards(self) -> "Way":
        """Return the way back."""
        return Way(self.rooms[::-1], self.passages[::-1], self.points[::-1], self.length_m)


@dataclass(frozen=True, eq=False)
class RoomGraph:
    """Rooms and passages of one building."""

    rooms: Sequence[Room]
    passages: Sequence[Passage]

    @cached_property
    def joined(self) -> Mapping[str, tuple[str, ...]]:
        """Return by passage the rooms that it joins; a door of one room leads outside, or to no room that is there."""
        return {passage.id: self._rooms_at(passage) for passage in self.passages}

    @cached_property
    def exits(self) -> Mapping[str, tuple[str, ...]]:
        """Return by room the passages that lead out of it."""
        found: dict[str, list[str]] = {room.id: [] for room in self.rooms}
        for passage, rooms in self.joined.items():
            for room in rooms:
                found[room].append(passage)
        return {room: tuple(passages) for room, passages in found.items()}

    def neighbours(self, room: str) -> tuple[str, ...]:
        """Return the rooms that a room's passages lead to, in order."""
        beyond = {other for passage in self.exits[room] for other in self.joined[passage]}
        return tuple(sorted(beyond - {room}))

    def way(self, start: str, end: str) -> Way:
        """Return the shortest way between rooms, or a room and ``OUTSIDE``; raises NotFound where there is none."""
        if start == end == OUTSIDE:
            raise InputError("a way leads from one place to another: name a room as start or as end")
        if start == OUTSIDE:
            return self.way(end, start).backwards()
        for room in (start, end):
            if room not in self.exits and room != OUTSIDE:
                raise NotFound(f"there is no room {room!r} in this model")
        lengths, before = dijkstra(self._steps, directed=False, indices=self._node[start], return_predecessors=True)
        goals = self._doors_out if end == OUTSIDE else [self._node[end]]
        goal = min(goals, key=lambda node: lengths[node], default=None)
        if goal is None or not np.isfinite(lengths[goal]):
            whither = "outside" if end == OUTSIDE else f"to {end!r}"
            raise NotFound(f"no doors and stairs of this model lead from {start!r} {whither}")
        nodes = [goal]
        while nodes[-1] != self._node[start]:
            nodes.append(int(before[nodes[-1]]))
        return self._way(nodes[::-1], float(lengths[goal]) - _A_STEP_M * (len(nodes) - 1))

    # ---- nodes: the middle of each room, then the ends of each passage
    @cached_property
    def _points(self) -> list[Point]:
        return [room.middle for room in self.rooms] + [end for passage in self.passages for end in passage.ends]

    @cached_property
    def _node(self) -> Mapping[str, int]:
        return {room.id: number for number, room in enumerate(self.rooms)}

    @cached_property
    def _passage_of(self) -> list[str | None]:
        return [None] * len(self.rooms) + [passage.id for passage in self.passages for _ in passage.ends]

    @cached_property
    def _doors_out(self) -> list[int]:
        """Return the nodes of doors that lead outside."""
        climbs = {passage.id for passage in self.passages if passage.climbs}
        alone = {name for name, rooms in self.joined.items() if len(rooms) == 1 and name not in climbs}
        return [node for node, name in enumerate(self._passage_of) if name in alone]

    @cached_property
    def _steps(self) -> Any:
        """Return the lengths between nodes that somebody can walk between: those of one room, and of one stair."""
        pairs = [pair for room in self.rooms for pair in _pairs(self._nodes_in(room))]
        pairs += [pair for passage in self.passages if passage.climbs for pair in _pairs(self._nodes_of(passage.id))]
        points = np.array(self._points).reshape(-1, 3)
        ends = np.array(pairs, np.int64).reshape(-1, 2)
        lengths = np.linalg.norm(points[ends[:, 0]] - points[ends[:, 1]], axis=1)
        # Of ways of one length that with the fewest steps is meant, not one by each door along a corridor.
        return csr_array((lengths + _A_STEP_M, (ends[:, 0], ends[:, 1])), shape=(len(points), len(points)))

    def _nodes_in(self, room: Room) -> list[int]:
        nodes = [self._node[room.id]]
        for passage in self.exits[room.id]:
            own = self._nodes_of(passage)
            nodes.append(min(own, key=lambda node: abs(self._points[node][2] - room.low)))
        return nodes

    def _nodes_of(self, passage: str) -> list[int]:
        return self._by_passage[passage]

    @cached_property
    def _by_passage(self) -> Mapping[str, list[int]]:
        found: dict[str, list[int]] = {}
        for node, name in enumerate(self._passage_of):
            if name is not None:
                found.setdefault(name, []).append(node)
        return found

    @cached_property
    def _tree(self) -> Any:
        return shapely.STRtree([room.outline for room in self.rooms])

    def _rooms_at(self, passage: Passage) -> tuple[str, ...]:
        """Return the rooms at a passage: that on each side of a door, and all on whose floors a stair ends."""
        if passage.between is not None:
            return tuple(sorted(passage.between))
        if passage.climbs:
            return tuple(sorted(room for _, room in self._reached(passage, passage.outline)))
        sides = [max(self._reached(passage, side), default=None) for side in _sides(passage.outline)]
        rooms = {one[1] for one in sides if one is not None}
        return tuple(sorted(rooms)) if not passage.bare or len(rooms) > 1 else ()

    def _reached(self, passage: Passage, reach: Any) -> list[tuple[float, str]]:
        """Return the rooms at the height of a passage that share ground with a polygon, and how much, m²."""
        found = []
        for number in self._tree.query(reach, predicate="intersects").tolist():
            room = self.rooms[number]
            shared = float(shapely.area(shapely.intersection(reach, room.outline)))
            if shared >= _LEAST_M2 and _stands_in(passage, room):
                found.append((shared, room.id))
        return found

    def _way(self, nodes: list[int], length_m: float) -> Way:
        rooms: list[str] = []
        passages: list[str] = []
        for one, two in pairwise(nodes):
            room = self._room_between(one, two)
            if room is not None and rooms[-1:] != [room]:
                rooms.append(room)
            name = self._passage_of[two]
            if name is not None and passages[-1:] != [name]:
                passages.append(name)
        if not rooms:
            rooms = [self.rooms[nodes[0]].id]
        return Way(tuple(rooms), tuple(passages), tuple(self._points[node] for node in nodes), length_m)

    def _room_between(self, one: int, two: int) -> str | None:
        """Return the room that a step goes through; None for one along a stair."""
        if self._passage_of[one] is not None and self._passage_of[one] == self._passage_of[two]:
            return None
        sides = [self._rooms_of(node) for node in (one, two)]
        both = sides[0] & sides[1]
        level = min(self._points[one][2], self._points[two][2])
        return min(both, key=lambda room: abs(self.rooms[self._node[room]].low - level), default=None)

    def _rooms_of(self, node: int) -> set[str]:
        name = self._passage_of[node]
        return {self.rooms[node].id} if name is None else set(self.joined[name])


def _sides(outline: Any) -> list[Any]:
    """Return the ground on both sides of a door, as wide as its leaf: beside it are rooms that it only passes."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(outline))
    if len(corners) < 5:
        return [shapely.buffer(outline, _REACH_M, cap_style="square")]
    along, across = corners[1] - corners[0], corners[3] - corners[0]
    if np.linalg.norm(across) > np.linalg.norm(along):
        along, across = across, along
    start, end = corners[0] + across / 2, corners[0] + across / 2 + along
    half = np.linalg.norm(across) / 2 + _REACH_M
    normal = np.array([-along[1], along[0]]) / np.linalg.norm(along) * half
    return [shapely.Polygon([start, end, end + way, start + way]) for way in (normal, -normal)]


def _stands_in(passage: Passage, room: Room) -> bool:
    """Tell whether a passage is at the height of a room: a door in it, a stair that begins or ends on its floor."""
    if passage.climbs:
        return any(abs(level - room.low) <= _STEP_M for level in (passage.low, passage.high))
    if passage.bare and passage.low - room.low > _SILL_M:
        return False
    return min(passage.high, room.high) - max(passage.low, room.low) >= (_HIGH_M if passage.bare else _LEAST_HIGH_M)


def _pairs(nodes: Sequence[int]) -> Iterable[tuple[int, int]]:
    return ((one, two) for place, one in enumerate(nodes) for two in nodes[place + 1 :])
