"""Ways without a door: through holes in walls, and across sides that rooms share openly, in authored files."""

from pathlib import Path
from typing import Any

import pytest
from authored_ifc import Author, Plan

from api.layers import all_layers
from bim.catalog import BUILDING_ELEMENTS
from bim.georeference import LocateOptions
from bim.ingest import ModelOptions, load_model
from bim.rooms import OUTSIDE, RoomGraph, read_rooms
from bim.tileset import View
from layers.access import LOCAL_OPERATOR, decide
from layers.errors import NotFound
from layers.ops.jobs import Silent
from layers.store.engine import Database
from layers.temporal import now

SIZE = (4.0, 4.0, 2.8)


def joined(db: Database, author: Author, folder: Path, turn: float = 33.0) -> tuple[RoomGraph, dict[str, Any]]:
    """Load a file, and return its rooms and the row of each of them and of each passage by its name."""
    path = author.write(folder / "house.ifc")
    place = LocateOptions(lonlat=(121.5, 31.23), heading_deg=turn)
    load_model(db, all_layers(), path, ModelOptions(model="house", place=place), Silent())
    view = View(BUILDING_ELEMENTS, decide(LOCAL_OPERATOR, "read", BUILDING_ELEMENTS), now())
    with db.reader.connect() as connection:
        rooms = read_rooms(connection, view, "house")
    return rooms.graph, rooms.rows


def two_rooms(author: Author, apart: float = 0.2, floor: float = 0.0) -> tuple[Any, Any]:
    """Add two rooms of 4 × 4 m beside each other, away from the house, the second so much higher."""
    storey = author.storeys[0].entity
    west = author.element("IfcSpace", "west", SIZE, (20, 0, 0), storey)
    east = author.element("IfcSpace", "east", SIZE, (24 + apart, 0, floor), storey)
    author.aggregate(storey, [west])
    author.aggregate(storey, [east])
    return west, east


def pierced(author: Author, size: tuple[float, float, float], at: tuple[float, float, float], **said: Any) -> Any:
    """Put a wall between the two, and a hole of a size (x, y, z) in it at a place of it."""
    storey = author.storeys[0].entity
    wall = author.element("IfcWall", "between", (0.2, 4.0, 3.0), (24, 0, 0), storey)
    hole = author.element("IfcOpeningElement", "hole", size, at, wall, **said)
    author.root("IfcRelVoidsElement", "pierces", RelatingBuildingElement=wall, RelatedOpeningElement=hole)
    author.contain(storey, [wall])
    return hole


def boundary(author: Author, room: Any, key: str, element: Any = None, **more: Any) -> Any:
    kind = more.pop("kind", "IfcRelSpaceBoundary")
    said = {"PhysicalOrVirtualBoundary": "VIRTUAL", "InternalOrExternalBoundary": "INTERNAL"}
    return author.root(kind, key, RelatingSpace=room, RelatedBuildingElement=element, **said, **more)


@pytest.mark.parametrize("unit", ["m", "mm"])
def test_a_hole_in_a_wall_that_nothing_fills_joins_the_rooms_on_both_sides(
    db: Database, tmp_path: Path, unit: str
) -> None:
    author = Author(Plan(unit=unit))
    west, east = two_rooms(author)
    hole = pierced(author, (0.2, 1.2, 2.1), (0, 1.0, 0))
    graph, rows = joined(db, author, tmp_path)
    assert graph.joined[hole.GlobalId] == tuple(sorted((west.GlobalId, east.GlobalId)))
    assert rows[hole.GlobalId]["class"] == "IfcOpeningElement"
    way = graph.way(west.GlobalId, east.GlobalId)
    assert way.passages == (hole.GlobalId,)
    # Straight through the middle of the hole: 1.6 m along y, over 4.2 m between the middles of the rooms.
    assert way.length_m == pytest.approx(2 * (2.1**2 + 0.4**2) ** 0.5, abs=0.01)
    door = author.storeys[0].door.GlobalId
    assert door in graph.joined, "openings that are filled stay those of their doors"
    assert sum(row["class"] == "IfcOpeningElement" for row in rows.values()) == 1


@pytest.mark.parametrize(
    ("size", "at", "said"),
    [
        ((0.2, 1.2, 1.2), (0, 1.0, 0.9), {}),
        ((0.2, 1.2, 1.2), (0, 1.0, 0), {}),
        ((0.2, 0.3, 2.1), (0, 1.0, 0), {}),
        ((0.1, 1.2, 2.1), (0, 1.0, 0), {"PredefinedType": "RECESS"}),
    ],
    ids=["a window", "a low one", "a slit", "a recess"],
)
def test_what_nobody_walks_through_joins_nothing(
    db: Database, tmp_path: Path, size: Any, at: Any, said: dict[str, str]
) -> None:
    author = Author()
    west, east = two_rooms(author)
    hole = pierced(author, size, at, **said)
    graph, _ = joined(db, author, tmp_path)
    assert graph.joined.get(hole.GlobalId, ()) == ()
    with pytest.raises(NotFound, match="no doors and stairs"):
        graph.way(west.GlobalId, east.GlobalId)


def test_a_hole_in_an_outer_wall_is_no_way_out(db: Database, tmp_path: Path) -> None:
    author = Author()
    west, east = two_rooms(author, apart=6.0)
    hole = pierced(author, (0.2, 1.2, 2.1), (0, 1.0, 0))
    graph, _ = joined(db, author, tmp_path)
    assert graph.joined[hole.GlobalId] == ()
    for room in (west, east):
        with pytest.raises(NotFound):
            graph.way(room.GlobalId, OUTSIDE)


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4"])
def test_rooms_that_share_a_virtual_element_share_an_open_side(db: Database, tmp_path: Path, schema: str) -> None:
    author = Author(Plan(schema=schema))
    west, east = two_rooms(author, apart=0.0)
    side = author.root("IfcVirtualElement", "side")
    for room in (west, east):
        boundary(author, room, f"of {room.Name}", side)
    graph, rows = joined(db, author, tmp_path)
    assert graph.joined[side.GlobalId] == tuple(sorted((west.GlobalId, east.GlobalId)))
    way = graph.way(west.GlobalId, east.GlobalId)
    assert way.passages == (side.GlobalId,)
    assert way.length_m == pytest.approx(4.0, abs=0.01)
    assert rows[side.GlobalId]["class"] == "IfcVirtualElement"


def test_boundaries_of_the_second_level_that_correspond_are_one_open_side(db: Database, tmp_path: Path) -> None:
    author = Author()
    west, east = two_rooms(author, apart=0.0)
    kind = "IfcRelSpaceBoundary2ndLevel"
    # The schema demands an element; each side has its own.
    one, two = (author.root("IfcVirtualElement", key) for key in ("one", "two"))
    first = boundary(author, west, "first", one, kind=kind)
    second = boundary(author, east, "second", two, kind=kind, CorrespondingBoundary=first)
    first.CorrespondingBoundary = second
    graph, _ = joined(db, author, tmp_path)
    assert graph.neighbours(west.GlobalId) == (east.GlobalId,)
    assert len(graph.exits[west.GlobalId]) == 1, "stated from both sides, it is one"


@pytest.mark.parametrize(("apart", "floor"), [(1.0, 0.0), (0.0, 2.8)], ids=["apart", "one over the other"])
def test_what_is_stated_to_be_open_and_cannot_be_walked_joins_nothing(
    db: Database, tmp_path: Path, apart: float, floor: float
) -> None:
    author = Author()
    west, east = two_rooms(author, apart=apart, floor=floor)
    side = author.root("IfcVirtualElement", "side")
    for room in (west, east):
        boundary(author, room, f"of {room.Name}", side)
    graph, _ = joined(db, author, tmp_path)
    assert graph.neighbours(west.GlobalId) == ()


def test_a_physical_boundary_is_no_way(db: Database, tmp_path: Path) -> None:
    author = Author()
    west, east = two_rooms(author)
    hole = pierced(author, (0.2, 1.2, 1.0), (0, 1.0, 1.0))
    for room in (west, east):
        boundary(author, room, f"of {room.Name}", hole).PhysicalOrVirtualBoundary = "PHYSICAL"
    graph, _ = joined(db, author, tmp_path)
    assert graph.neighbours(west.GlobalId) == ()
