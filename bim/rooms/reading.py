"""The rooms and passages of a model, as a reader sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, func, or_, select

from bim.georeference import Placement
from bim.models import model_version
from bim.rooms.graph import Passage, Room, RoomGraph
from bim.rooms.lifts import is_shaft, shafts, stopping
from bim.rooms.openings import is_wide, open_sides
from bim.store import record
from bim.tileset import View
from layers.errors import InputError
from layers.space import LocalPlane

DOORS = ("IfcDoor", "IfcDoorStandardCase", "Door")
LIFTS = ("IfcTransportElement", "IfcTransportationDevice")
STAIRS = ("IfcStair", "IfcStairFlight", "IfcRamp", "IfcRampFlight")
_MOST = 20_000
Json = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Rooms:
    """The graph of a model, the plane that its places are metres of, and the row of each room and passage by its id."""

    graph: RoomGraph
    plane: LocalPlane
    rows: dict[str, Any]

    def on_the_map(self, points: Any) -> list[list[float]]:
        """Return longitude, latitude (EPSG:4490) and metres over the model's zero of points of the plane."""
        places = np.asarray(points, float).reshape(-1, 3)
        lonlat = np.round(self.plane.lonlat(places[:, :2]), 8)
        return np.column_stack([lonlat, np.round(places[:, 2], 3)]).tolist()  # type: ignore[no-any-return]


def read_rooms(connection: Connection, view: View, model: str, *, lifts: bool = True) -> Rooms:
    """Return the rooms, doors, stairs, ramps and lifts of a model that a reader may see.

    Raises InputError for more than can be looked at in one answer.
    """
    rows = view.rows(model)
    name = rows.c["class"]
    columns = ("source_key", "kind", "class", "name", "long_name", "storey_name", "area_m2", "min_height_m", "height_m")
    gaps, open_to = record.c.facts["gaps"], record.c.facts["open_to"]
    wanted = or_(rows.c.kind == "space", name.in_((*DOORS, *STAIRS, *LIFTS)), gaps.is_not(None))
    statement = select(
        *(rows.c[column] for column in columns),
        record.c.facts["predefined_type"].astext.label("predefined_type"),
        gaps.label("gaps"),
        open_to.label("open_to"),
        func.ST_AsBinary(rows.c.geom, "NDR").label("wkb"),
    ).select_from(rows.outerjoin(record, record.c.id == rows.c.record))
    found = connection.execute(statement.where(wanted, rows.c.shape.is_not(None)).order_by(rows.c.fid).limit(_MOST + 1))
    listed = found.mappings().all()
    if len(listed) > _MOST:
        raise InputError(f"the model has more than {_MOST:,} rooms, doors and stairs; ask for its elements instead")
    found_rooms = _of(listed, lifts=lifts)
    if any(row["gaps"] for row in listed):
        placement = model_version(connection, view, model).placement
        found_rooms = _with_gaps(found_rooms, [gap for row in listed for gap in row["gaps"] or ()], placement)
    return _with_open_sides(found_rooms)


def _of(listed: Sequence[Any], *, lifts: bool) -> Rooms:
    shapes = np.array([None, *(shapely.from_wkb(bytes(row["wkb"])) for row in listed)], object)[1:]
    west, south, east, north = shapely.total_bounds(shapes).tolist() if len(shapes) else (0.0, 0.0, 0.0, 0.0)
    plane = LocalPlane((west + east) / 2, (south + north) / 2)
    outlines = plane.to_plane(shapes) if len(shapes) else shapes
    rooms: list[Room] = []
    passages: list[Passage] = []
    things: list[Passage] = []
    shaft: set[str] = set()
    for row, outline in zip(listed, outlines.tolist(), strict=True):
        extent = (row["source_key"], outline, row["min_height_m"], row["height_m"])
        if row["kind"] == "space":
            rooms.append(Room(*extent))
            if is_shaft(row["name"], row["long_name"]):
                shaft.add(row["source_key"])
        elif row["gaps"] is not None:
            continue
        elif row["class"] not in LIFTS:
            passages.append(Passage(*extent, climbs=row["class"] in STAIRS))
        elif lifts and "ELEVATOR" in (row["predefined_type"] or "").upper():
            things.append(Passage(*extent, climbs=True))
    if lifts:
        passages += [*shafts([room for room in rooms if room.id in shaft]), *(stopping(one, rooms) for one in things)]
    return Rooms(RoomGraph(rooms, passages), plane, {row["source_key"]: row for row in listed})


def _with_gaps(rooms: Rooms, gaps: Sequence[Json], placement: Placement) -> Rooms:
    """Return rooms with the holes in walls that somebody can walk through."""
    passages: list[Passage] = []
    rows: dict[str, Any] = {}
    for gap in gaps:
        corners = np.array([[*corner, gap["low"]] for corner in gap["corners"]], float)
        outline = shapely.Polygon(rooms.plane.xy(placement.geodetic(corners)[:, :2]))
        if is_wide(outline):
            passages.append(Passage(gap["id"], outline, gap["low"], gap["high"], bare=True))
            rows[gap["id"]] = {"class": "IfcOpeningElement", "name": gap["name"] or None, "long_name": None}
    return _more(rooms, passages, rows)


def _with_open_sides(rooms: Rooms) -> Rooms:
    """Return rooms with the open sides that they share."""
    stated = {room.id: rooms.rows[room.id]["open_to"] or {} for room in rooms.graph.rooms}
    passages = list(open_sides(rooms.graph.rooms, stated))
    named = {"class": "IfcVirtualElement", "name": None, "long_name": None}
    return _more(rooms, passages, {passage.id: named for passage in passages})


def _more(rooms: Rooms, passages: Sequence[Passage], rows: dict[str, Any]) -> Rooms:
    """Return rooms with more passages between them; two of one id are one."""
    known = {passage.id for passage in rooms.graph.passages}
    own = {passage.id: passage for passage in passages if passage.id not in known}
    graph = RoomGraph(rooms.graph.rooms, [*rooms.graph.passages, *own.values()])
    return Rooms(graph, rooms.plane, {**rows, **rooms.rows})
