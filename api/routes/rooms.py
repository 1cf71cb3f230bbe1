"""Rooms of a building: their ways out, and the way from one to another."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request

from api.buildings import TheModelVisit
from api.links import JSON, link, with_query
from bim.rooms import OUTSIDE, Room, Rooms, read_rooms
from layers.query import parse_limit

ROUTER = APIRouter(tags=["buildings in 3-D"])
Json = dict[str, Any]
_MOST, _USUAL = 1000, 100
Without = Annotated[Literal["lifts"] | None, Query(description="what is not taken, as in a fire")]


@dataclass(frozen=True)
class RoomFilters:
    """Which rooms are meant; all of it together."""

    storey: Annotated[str | None, Query(max_length=200, description="the name of a storey")] = None
    above: Annotated[
        float | None, Query(allow_inf_nan=False, description="metres over the model's zero: wholly above")
    ] = None
    below: Annotated[float | None, Query(allow_inf_nan=False, description="wholly below")] = None
    exits: Annotated[int | None, Query(ge=0, le=100, description="so many doors and stairs lead out")] = None
    without: Without = None

    def mean(self, room: Room, rooms: Rooms) -> bool:
        """Tell whether a room is meant."""
        return (
            self.storey in (None, rooms.rows[room.id]["storey_name"])
            and (self.above is None or room.low >= self.above)
            and (self.below is None or room.high <= self.below)
            and (self.exits is None or len(rooms.graph.exits[room.id]) == self.exits)
        )


# Plain functions: they use the synchronous driver, and FastAPI runs them beside the event loop.
@ROUTER.get("/bim/models/{model}/rooms", summary="Rooms and their ways out")
def list_rooms(
    model: str,
    request: Request,
    visit: TheModelVisit,
    filters: Annotated[RoomFilters, Depends()],
    limit: Annotated[str | None, Query(max_length=20, description="rooms on a page; large numbers are clamped")] = None,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="rooms to pass over")] = 0,
) -> Json:
    """Return rooms with the doors and stairs that lead out of each, and the rooms that these lead to.

    Which rooms a door joins is found by where it stands; a door of one room leads outside, or to no room that is there.
    """
    most = parse_limit(limit, _MOST, _USUAL)
    with visit.connect() as connection:
        _, view = visit.seen(connection, model)
        rooms = read_rooms(connection, view, model, lifts=filters.without != "lifts")
    meant = [room for room in rooms.graph.rooms if filters.mean(room, rooms)]
    own = f"{visit.base}/bim/models/{quote(model)}/rooms"
    links = [link("self", with_query(own, dict(request.query_params)), JSON, "This document")]
    if len(meant) > offset + most:
        following = dict(request.query_params) | {"offset": str(offset + most)}
        links.append(link("next", with_query(own, following), JSON, "Next page"))
    return {
        "count": len(meant),
        "rooms": [_room(room, rooms) for room in meant[offset : offset + most]],
        "links": links,
    }


@ROUTER.get("/bim/models/{model}/path", summary="The way between two rooms")
def way_between(
    model: str,
    visit: TheModelVisit,
    start: Annotated[str, Query(max_length=200, description="the id of a room")],
    end: Annotated[str, Query(max_length=200, description="the id of a room, or outside")] = OUTSIDE,
    without: Without = None,
) -> Json:
    """Return the shortest way through doors, stairs, ramps and lifts: rooms, passages, metres, and a line on the map.

    It goes straight from door to door: the least that somebody has to walk.
    """
    with visit.connect() as connection:
        _, view = visit.seen(connection, model)
        rooms = read_rooms(connection, view, model, lifts=without != "lifts")
    way = rooms.graph.way(start, end)
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": rooms.on_the_map(way.points)},
        "properties": {
            "length_m": round(way.length_m, 2),
            "rooms": [_named(one, rooms) for one in way.rooms],
            "passages": [_named(one, rooms) for one in way.passages],
        },
    }


def _room(room: Room, rooms: Rooms) -> Json:
    exits = rooms.graph.exits[room.id]
    return {
        **_named(room.id, rooms),
        "storey_name": rooms.rows[room.id]["storey_name"],
        "area_m2": rooms.rows[room.id]["area_m2"],
        "min_height_m": room.low,
        "height_m": room.high,
        "exits": len(exits),
        "passages": [_named(one, rooms) for one in exits],
        "neighbours": [_named(one, rooms) for one in rooms.graph.neighbours(room.id)],
    }


def _named(key: str, rooms: Rooms) -> Json:
    row = rooms.rows[key]
    return {"id": key, "class": row["class"], "name": row["name"], "long_name": row["long_name"]}
