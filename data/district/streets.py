"""The blocks between the main roads, and the small streets that divide them."""

from dataclasses import dataclass, field
from typing import Any

import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from . import facts, naming, water
from .dice import Dice
from .feature import DRAWN, SYNTHETIC, Feature, Value
from .landmarks import landmarks
from .plane import XY, polygons_in, tight_frame

GAP_M = 13.0  # between the two sides of a made-up street
REACH_M = 75.0  # how far a street's end looks for the next street
PAVEMENT_M = 5.0
NARROW_M = 26.0  # a strip below this width is no block


@dataclass(frozen=True)
class Block:
    """Ground between streets; ``division`` is the six-digit code of the district it lies in."""

    number: int
    shape: Polygon
    division: str


@dataclass
class Grid:
    """The streets found so far, and the blocks between them."""

    roads: list[facts.Road]
    kept: BaseGeometry
    lanes: list[LineString] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def middles(self) -> list[LineString]:
        """The middle lines of all streets on the ground."""
        return [road.middle for road in self.roads if road.on_ground] + self.lanes


def obstacles() -> Any:
    """The ground where no block can be: water, parks by name, promenade."""
    wet = [water.river().buffer(6, quad_segs=2), *(bed.buffer(12, quad_segs=2) for bed in water.creek_beds())]
    green = [shape.buffer(6, quad_segs=2) for _, shape in facts.areas("green")]
    return unary_union([*wet, *green, water.promenade(), water.bund()])


def grid() -> Grid:
    """Cut the district's ground by its main roads, then by made-up streets into blocks of a few hectares."""
    found = Grid(facts.roads(), unary_union([landmark.plan for landmark in landmarks()]))
    bands = [road.band(PAVEMENT_M) for road in found.roads if road.row["tunnel"] == "no"]
    taken = unary_union([obstacles(), *bands])
    for row, ground in facts.areas("fabric"):
        size_m2 = 46000.0 if row["key"] == "310115" else 17000.0
        for number, piece in enumerate(polygons_in(ground.difference(taken), 900)):
            for shape in divide(piece, size_m2, Dice("block", row["key"], number), found):
                if not shape.buffer(-NARROW_M / 2).is_empty:
                    found.blocks.append(Block(len(found.blocks) + 1, shape, row["key"]))
    return found


def divide(shape: Polygon, size_m2: float, dice: Dice, found: Grid | None = None) -> list[Polygon]:
    """Halve a shape across its longer side until no piece is larger than ``size_m2``; a grid gets a street per cut."""
    if shape.area <= size_m2:
        return [shape]
    frame = tight_frame(shape)
    west, south, east, north = frame.bounds(shape)
    cut = west + (east - west) * dice.between(0.45, 0.55)
    gap = GAP_M / 2 if found else 1.0
    if found:
        found.lanes.extend(_lanes(shape, [frame.world(cut, south - 1), frame.world(cut, north + 1)], found))
    halves = [
        frame.box(((west - 9 + cut - gap) / 2, (south + north) / 2), cut - gap - west + 9, north - south + 9),
        frame.box(((east + 9 + cut + gap) / 2, (south + north) / 2), east + 9 - cut - gap, north - south + 9),
    ]
    pieces = [piece for half in halves for piece in polygons_in(shape.intersection(half), 500)]
    return [small for piece in pieces for small in divide(piece, size_m2, dice, found)]


def _lanes(shape: Polygon, ends: list[XY], found: Grid) -> list[LineString]:
    """The part of a cut that lies in the shape, drawn on to the next streets; none through a landmark."""
    inner = [part for part in shapely.get_parts(LineString(ends).intersection(shape)) if part.length > 30]
    inner = [part for part in inner if part.distance(found.kept) > GAP_M]
    middles = shapely.MultiLineString(found.middles())
    return [_drawn_on(part, middles) for part in inner]


def _drawn_on(lane: LineString, middles: Any) -> LineString:
    """A straight street whose ends reach the nearest street ahead, where one is near."""
    start, end = lane.coords[0], lane.coords[-1]
    return LineString([_ahead(end, start, middles), _ahead(start, end, middles)])


def _ahead(tail: XY, head: XY, middles: Any) -> XY:
    length = Point(tail).distance(Point(head))
    share = REACH_M / length
    far = (head[0] + (head[0] - tail[0]) * share, head[1] + (head[1] - tail[1]) * share)
    met = LineString([head, far]).intersection(middles)
    if met.is_empty:
        return head
    crossing = min(shapely.get_coordinates(met).tolist(), key=lambda xy: Point(xy).distance(Point(head)))
    return crossing[0], crossing[1]


def lane_roads(found: Grid) -> list[facts.Road]:
    """The made-up streets as roads with names."""
    return [
        facts.Road(f"synthetic/road/{number:03d}", naming.street(number), "residential", 9.0, middle, True, {})
        for number, middle in enumerate(found.lanes, 1)
    ]


def features(found: Grid) -> list[Feature]:
    """Rows of the layer ``roads``."""
    return [_main_road(road) for road in found.roads] + [_lane(road) for road in lane_roads(found)]


def _main_road(road: facts.Road) -> Feature:
    row = road.row
    properties: dict[str, Value] = {
        "name": row["name"],
        "name_en": row["name_en"],
        "class": row["class"],
        "ref": row["ref"],
        "oneway": row["oneway"] == "yes",
        "lanes": int(row["lanes"]),
        "maxspeed_kmh": int(row["maxspeed_kmh"]),
        "bridge": row["bridge"] == "yes",
        "tunnel": row["tunnel"] == "yes",
        "level": int(row["level"]),
        "width_m": road.width_m,
    }
    return Feature(road.key, road.middle, DRAWN, properties)


def _lane(road: facts.Road) -> Feature:
    properties: dict[str, Value] = {
        "name": road.name,
        "class": road.kind,
        "oneway": False,
        "lanes": 2,
        "maxspeed_kmh": 30,
        "bridge": False,
        "tunnel": False,
        "level": 0,
        "width_m": road.width_m,
    }
    return Feature(road.key, road.middle, SYNTHETIC, properties)
