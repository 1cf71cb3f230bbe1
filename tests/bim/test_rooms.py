"""Rooms and the doors between them: authored plans by hand, and real houses against what their files state."""

from pathlib import Path

import ifcopenshell
import pytest
import shapely

from api.layers import all_layers
from bim.catalog import BUILDING_ELEMENTS
from bim.georeference import LocateOptions
from bim.ingest import ModelOptions, load_model
from bim.rooms import OUTSIDE, Passage, Room, RoomGraph, read_rooms
from bim.tileset import View
from layers.access import LOCAL_OPERATOR, decide
from layers.errors import InputError, NotFound
from layers.ops.jobs import Silent
from layers.store.engine import Database
from layers.temporal import now


def room(key: str, west: float, south: float, east: float, north: float, floor: float = 0.0) -> Room:
    return Room(key, shapely.box(west, south, east, north), floor, floor + 2.8)


def door(key: str, x: float, y: float, floor: float = 0.0) -> Passage:
    return Passage(key, shapely.box(x - 0.45, y - 0.1, x + 0.45, y + 0.1), floor, floor + 2.0)


# Two rooms of 4 × 4 m on either side of a corridor, walls 0.2 m thick; above the corridor another one.
PLAN = RoomGraph(
    [
        room("a", 0, 0, 4, 4), room("b", 0, 6.4, 4, 10.4), room("corridor", 0, 4.2, 20, 6.2),
        room("cell", 10, 0, 14, 4), room("upper", 0, 4.2, 20, 6.2, 3.0),
    ],
    [
        door("door-a", 2, 4.1), door("door-b", 2, 6.3), door("front", 18, 4.1),
        Passage("stair", shapely.box(12, 4.4, 16, 5.4), 0.0, 3.0, climbs=True),
    ],
)  # fmt: skip


def test_a_door_joins_the_rooms_on_both_sides_of_its_wall() -> None:
    assert PLAN.joined == {
        "door-a": ("a", "corridor"), "door-b": ("b", "corridor"), "front": ("corridor",),
        "stair": ("corridor", "upper"),
    }  # fmt: skip
    assert PLAN.exits["a"] == ("door-a",)
    assert PLAN.exits["cell"] == ()
    assert PLAN.neighbours("corridor") == ("a", "b", "upper")


def test_a_way_goes_through_doors_and_is_as_long_as_the_straight_lines() -> None:
    way = PLAN.way("a", "b")
    assert way.rooms == ("a", "corridor", "b")
    assert way.passages == ("door-a", "door-b")
    start, end = PLAN.rooms[0].middle, PLAN.rooms[1].middle
    to_door = ((start[0] - 2) ** 2 + (start[1] - 4.1) ** 2) ** 0.5
    from_door = ((end[0] - 2) ** 2 + (end[1] - 6.3) ** 2) ** 0.5
    assert way.length_m == pytest.approx(to_door + 2.2 + from_door)


def test_a_way_climbs_a_stair_and_leads_out_by_the_door_of_one_room() -> None:
    down = PLAN.way("upper", OUTSIDE)
    assert down.passages == ("stair", "front")
    assert down.rooms == ("upper", "corridor")
    assert down.points[0][2] == 3.0
    assert down.points[-1][2] == 0.0


def test_a_way_in_is_the_way_out_backwards() -> None:
    assert PLAN.way(OUTSIDE, "upper") == PLAN.way("upper", OUTSIDE).backwards()
    with pytest.raises(InputError, match="name a room"):
        PLAN.way(OUTSIDE, OUTSIDE)


def test_where_no_door_leads_there_is_no_way() -> None:
    with pytest.raises(NotFound, match="lead from 'cell' outside"):
        PLAN.way("cell", OUTSIDE)
    with pytest.raises(NotFound, match="no room 'attic'"):
        PLAN.way("a", "attic")


def test_a_room_is_no_way_from_itself() -> None:
    way = PLAN.way("a", "a")
    assert (way.rooms, way.passages, way.length_m) == (("a",), (), 0.0)


@pytest.mark.parametrize("name", ["AC20-FZK-Haus.ifc", "duplex.ifc"])
def test_doors_of_a_real_house_join_the_rooms_that_its_file_states(db: Database, shared_data: Path, name: str) -> None:
    path = shared_data / "bim" / name
    file = ifcopenshell.open(path)
    stated: dict[str, set[str]] = {}
    for boundary in file.by_type("IfcRelSpaceBoundary"):
        if boundary.RelatedBuildingElement is not None and boundary.RelatedBuildingElement.is_a("IfcDoor"):
            stated.setdefault(boundary.RelatedBuildingElement.GlobalId, set()).add(boundary.RelatingSpace.GlobalId)
    place = LocateOptions(lonlat=(121.5, 31.23), heading_deg=0.0)
    load_model(db, all_layers(), path, ModelOptions(model="house", place=place), Silent())
    view = View(BUILDING_ELEMENTS, decide(LOCAL_OPERATOR, "read", BUILDING_ELEMENTS), now())
    with db.reader.connect() as connection:
        graph = read_rooms(connection, view, "house").graph
    found = {key: set(rooms) for key, rooms in graph.joined.items() if key in stated}
    # One door of the duplex is stated to bound three rooms, and no door has three sides.
    plain = {key: rooms for key, rooms in stated.items() if len(rooms) <= 2}
    assert len(plain) >= 5
    assert {key: found[key] for key in plain} == plain
    assert all(found[key] < rooms and len(found[key]) == 2 for key, rooms in stated.items() if key not in plain)
