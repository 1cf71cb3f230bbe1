"""Lifts as ways between rooms: shafts that are rooms, lifts beside rooms, and neither where they are not taken."""

from pathlib import Path
from typing import Any

import pytest
import shapely
from authored_ifc import Author, Plan, guid
from city import open_city

from api.layers import all_layers
from bim.georeference import LocateOptions
from bim.ingest import ModelOptions, load_model
from bim.rooms.graph import Passage, Room, RoomGraph
from bim.rooms.lifts import is_shaft, shafts, stopping
from layers.errors import NotFound
from layers.ops.jobs import Silent
from layers.store.engine import Database

HEIGHT = 3.0


@pytest.mark.parametrize(
    ("names", "shaft"),
    [
        (("Lift 2", None), True), (("", "电梯井"), True), (("elevator",), True), (("客梯 ELEVATOR",), True),
        (("Lift lobby",), False), (("电梯厅",), False), (("电梯机房",), False), (("Shoplifting",), False),
        ((None, "办公室"), False),
    ],
)  # fmt: skip
def test_a_shaft_is_told_by_its_name_and_not_its_lobby(names: tuple[str | None, ...], shaft: bool) -> None:
    assert is_shaft(*names) is shaft


def room(key: str, west: float, south: float, east: float, north: float, storey: int) -> Room:
    return Room(key, shapely.box(west, south, east, north), storey * HEIGHT, storey * HEIGHT + 2.8)


def tower(storeys: int) -> list[Room]:
    """Return an office and a shaft beside it on each storey, a wall of 0.2 m between them."""
    return [
        one
        for storey in range(storeys)
        for one in (room(f"office {storey}", 0, 0, 5, 4, storey), room(f"lift {storey}", 5.2, 1, 7, 3, storey))
    ]


def door(storey: int) -> Passage:
    return Passage(f"door {storey}", shapely.box(5.0, 1.5, 5.2, 2.5), storey * HEIGHT, storey * HEIGHT + 2.1)


def test_shafts_that_lie_over_each_other_are_one_lift_that_stops_at_each() -> None:
    rooms = tower(4)
    (lift,) = shafts([one for one in rooms if one.id.startswith("lift")])
    assert lift.id == "lift 0"
    assert lift.floors == (0.0, 3.0, 6.0, 9.0)
    graph = RoomGraph(rooms, [*map(door, range(4)), lift])
    way = graph.way("office 0", "office 3")
    assert way.passages == ("door 0", "lift 0", "door 3")
    assert way.rooms == ("office 0", "lift 0", "lift 3", "office 3")
    assert way.length_m > 9.0
    apart = [one for one in rooms if one.id in ("lift 0", "lift 3")]
    assert shafts(apart) == [], "six metres of nothing are between them"


def test_a_lift_that_is_a_thing_stops_at_the_rooms_beside_it() -> None:
    rooms = [one for one in tower(3) if one.id.startswith("office")]
    car = Passage("car", shapely.box(5.3, 1, 7, 3), 0.0, 8.8, climbs=True)
    lift = stopping(car, rooms)
    assert (lift.floors, lift.between) == ((0.0, 3.0, 6.0), ("office 0", "office 1", "office 2"))
    assert RoomGraph(rooms, [lift]).way("office 0", "office 2").passages == ("car",)
    with pytest.raises(NotFound):
        RoomGraph(rooms, []).way("office 0", "office 2")


def authored(folder: Path, *, kind: str, named: str | None) -> Path:
    """Write a house of three storeys without stairs, with a lift: a thing of a kind, or rooms of a name with doors."""
    author = Author(Plan(storeys=3))
    if named is None:
        lift = author.element("IfcTransportElement", "car", (1.5, 1.5, 8.8), (6.0, 1.0, 0.0), author.storeys[0].entity)
        lift.PredefinedType = kind
        author.contain(author.storeys[0].entity, [lift])
        return author.write(folder / "house.ifc")
    for level, storey in enumerate(author.storeys):
        shaft = author.element(
            "IfcSpace", f"shaft {level}", (1.5, 1.5, 2.8), (5.9, 1.0, 0.0), storey.entity, LongName=named
        )
        author.aggregate(storey.entity, [shaft])
        leaf = author.element("IfcDoor", f"leaf {level}", (0.1, 1.0, 2.1), (5.75, 1.2, 0.0), storey.entity)
        author.contain(storey.entity, [leaf])
    return author.write(folder / "house.ifc")


def asked(db: Database, folder: Path, path: Path, **without: str) -> Any:
    place = LocateOptions(lonlat=(121.5, 31.23), heading_deg=0.0)
    load_model(db, all_layers(), path, ModelOptions(model="house", place=place), Silent())
    with open_city(db, folder / "home") as city:
        told = {"start": guid("space 0"), "end": guid("space 2")}
        taken, left = (
            city.client.get("/bim/models/house/path", params=told | more) for more in ({}, {"without": "lifts"})
        )
        assert left.status_code == 404, "there are no stairs"
        assert city.client.get("/bim/models/house/path", params=told | {"without": "legs"}).status_code == 400
        rooms = [
            city.client.get("/bim/models/house/rooms", params=more).json()["rooms"]
            for more in ({}, {"without": "lifts"})
        ]
        assert sum(one["exits"] for one in rooms[0]) > sum(one["exits"] for one in rooms[1])
        return taken


def test_a_way_takes_the_lift_of_a_file_unless_it_is_left_out(db: Database, tmp_path: Path) -> None:
    way = asked(db, tmp_path, authored(tmp_path, kind="ELEVATOR", named=None))
    assert way.status_code == 200, way.text
    (lift,) = way.json()["properties"]["passages"]
    assert (lift["id"], lift["class"]) == (guid("car"), "IfcTransportElement")
    assert way.json()["properties"]["length_m"] >= 6.0


def test_a_way_takes_the_lift_in_rooms_of_that_name(db: Database, tmp_path: Path) -> None:
    way = asked(db, tmp_path, authored(tmp_path, kind="", named="电梯井"))
    assert way.status_code == 200, way.text
    passages = way.json()["properties"]["passages"]
    assert [one["id"] for one in passages] == [guid("leaf 0"), guid("shaft 0"), guid("leaf 2")]


def test_an_escalator_is_no_lift(db: Database, tmp_path: Path) -> None:
    path = authored(tmp_path, kind="ESCALATOR", named=None)
    place = LocateOptions(lonlat=(121.5, 31.23), heading_deg=0.0)
    load_model(db, all_layers(), path, ModelOptions(model="house", place=place), Silent())
    with open_city(db, tmp_path / "home") as city:
        told = {"start": guid("space 0"), "end": guid("space 2")}
        assert city.client.get("/bim/models/house/path", params=told).status_code == 404
