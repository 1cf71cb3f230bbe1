"""Rooms of a building: which doors, stairs and lifts join them, which have few ways out, and the way between two."""

from bim.rooms.graph import OUTSIDE, Passage, Room, RoomGraph, Way
from bim.rooms.reading import Rooms, read_rooms

__all__ = ["OUTSIDE", "Passage", "Room", "RoomGraph", "Rooms", "Way", "read_rooms"]
