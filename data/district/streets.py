"""The blocks between the main roads, and the small streets that divide them."""

from dataclasses import dataclass, field
from typing import Any

import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from . import facts, naming, water
from .feature import DRAWN, SYNTHETIC, Feature, Value
from .landmarks import landmarks
from .plane import XY, polygons_in, tight_frame
from .rng import Rng

GAP_M = 13.0  # between the two sides of a made-up street
REACH_M = 75.0  # how far a street is extended to reach the next one
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
    """The streets so far, and the blocks between them."""

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
    layout = Grid(facts.roads(), unary_union([landmark.plan for landmark in landmarks()]))
    bands = [road.band(PAVEMENT_M) for road in layout.roads if road.row["tunnel"] == "no"]
    occupied = unary_union([obstacles(), *bands])
    for row, ground in facts.areas("fabric"):
        size_m2 = 46000.0 if row["key"] == "310115" else 17000.0
        for number, piece in enumerate(polygons_in(ground.difference(occupied), 900)):
            for shape in divide(piece, size_m2, Rng("block", row["key"], number), layout):
                if not shape.buffer(-NARROW_M / 2).is_empty:
                    layout.blocks.append(Block(len(layout.blocks) + 1, shape, row["key"]))
    return layout


def divide(shape: Polygon, size_m2: float, rng: Rng, layout: Grid | None = None) -> list[Polygon]:
    """Halve a shape across its longer side until no piece is larger than ``size_m2``; a grid gets a street per cut."""
    if shape.area <= size_m2:
        return [shape]
    frame = tight_frame(shape)
    west, south, east, north = frame.bounds(shape)
    cut_u = west + (east - west) * rng.between(0.45, 0.55)
    gap = GAP_M / 2 if layout else 1.0
    if layout:
        layout.lanes.extend(_new_streets(shape, [frame.world(cut_u, south - 1), frame.world(cut_u, north + 1)], layout))
    halves = [
        frame.box(((west - 9 + cut_u - gap) / 2, (south + north) / 2), cut_u - gap - west + 9, north - south + 9),
        frame.box(((east + 9 + cut_u + gap) / 2, (south + north) / 2), east + 9 - cut_u - gap, north - south + 9),
    ]
    pieces = [piece for half in halves for piece in polygons_in(shape.intersection(half), 500)]
    return [small for piece in pieces for small in divide(piece, size_m2, rng, layout)]


def _new_streets(shape: Polygon, ends: list[XY], layout: Grid) -> list[LineString]:
    """The parts of a cut inside the shape, extended to the next streets; none through a landmark."""
    inner = [part for part in shapely.get_parts(LineString(ends).intersection(shape)) if part.length > 30]
    inner = [part for part in inner if part.distance(layout.kept) > GAP_M]
    middles = shapely.MultiLineString(layout.middles())
    return [_extended(part, middles) for part in inner]


def _extended(lane: LineString, middles: Any) -> LineString:
    """A straight street whose ends reach the nearest street ahead, where one is near."""
    start, end = lane.coords[0], lane.coords[-1]
    return LineString([_extended_end(end, start, middles), _extended_end(start, end, middles)])


def _extended_end(tail: XY, head: XY, middles: Any) -> XY:
    length = Point(tail).distance(Point(head))
    share = REACH_M / length
    target = (head[0] + (head[0] - tail[0]) * share, head[1] + (head[1] - tail[1]) * share)
    crossings = LineString([head, target]).intersection(middles)
    if crossings.is_empty:
        return head
    crossing = min(shapely.get_coordinates(crossings).tolist(), key=lambda xy: Point(xy).distance(Point(head)))
    return crossing[0], crossing[1]


def lane_roads(layout: Grid) -> list[facts.Road]:
    """The made-up streets as roads with names."""
    return [
        facts.Road(f"synthetic/road/{number:03d}", naming.street(number), "residential", 9.0, middle, True, {})
        for number, middle in enumerate(layout.lanes, 1)
    ]


def features(layout: Grid) -> list[Feature]:
    """Rows of the layer ``roads``."""
    return [_main_road(road) for road in layout.roads] + [_lane_feature(road) for road in lane_roads(layout)]


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


def _lane_feature(road: facts.Road) -> Feature:
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
