"""The map of a report: streets by gust, keep-out zones and numbered objects on grey buildings."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from api.report.drawing import Area, Dot, Drawing, Label, Line, Point, Ring, Shape, rectangle, spread
from twin.hazard import Level
from twin.runs.ground_plan import Coloured, GroundPlan

WIDTH = 720.0
_LEGEND = 46.0
_MARK = 7.5
_GROUND, _WATER, _GREEN, _HOUSES, _RIM = "#f7f6f3", "#cfe2f0", "#e3eddb", "#d3d1cc", "#b5b2ab"
_STREET = 3.2


def plan_drawing(
    plan: GroundPlan,
    objects: Sequence[Mapping[str, Any]],
    gusts: Mapping[str, Any] | None,
    damages: Sequence[Point] = (),
) -> Drawing:
    """Return the map; ``gusts`` is the legend of the streets' colours, as ``layers.style`` writes it.

    ``damages`` are the places of reported damages in degrees, longitude first.
    """
    scale = WIDTH / plan.width_m
    height = plan.height_m * scale
    page = Sheet(scale, height)
    shapes: list[Shape] = [Area((rectangle(0, 0, WIDTH, height),), _GROUND)]
    shapes += page.areas(plan.water, _WATER)
    shapes += page.areas(plan.green, _GREEN)
    shapes += page.zones(plan.keepout)
    shapes += page.areas(plan.buildings, _HOUSES, _RIM)
    shapes += page.streets(plan.streets)
    shapes += _crosses(_visible_points(page, [page.point(*plan.place(*place)) for place in damages]))
    shapes += _marks(page, plan, objects)
    shapes += scale_bar(scale, height)
    shapes += _legend(height, gusts)
    if damages:
        shapes += [*_crosses([(646.0, height + 33.5)]), Label((655.0, height + 37.0), "灾损 Damage", 9.5)]
    return Drawing(WIDTH, height + _LEGEND, "平面图 Map", tuple(shapes))


class Sheet:
    """From metres of the plan to the drawing, whose y points down."""

    def __init__(self, scale: float, height: float) -> None:
        """Draw a metre ``scale`` wide on a sheet that is ``height`` high."""
        self.scale = scale
        self.height = height

    def point(self, x: float, y: float) -> Point:
        """Return the place of a point in metres."""
        return x * self.scale, self.height - y * self.scale

    def ring(self, shape: BaseGeometry) -> Ring:
        """Return the corners of a line or ring."""
        return tuple(self.point(float(x), float(y)) for x, y in shapely.get_coordinates(shape))

    def rings(self, shape: BaseGeometry) -> Iterator[Ring]:
        """Yield the rings of polygons, holes turning against the rest."""
        for part in shapely.get_parts(shape):
            if part.geom_type == "GeometryCollection":
                yield from self.rings(part)
            elif part.geom_type == "Polygon" and not part.is_empty:
                turned = shapely.orient_polygons(part)
                yield self.ring(turned.exterior)
                yield from (self.ring(hole) for hole in turned.interiors)

    def areas(self, shapes: Iterable[BaseGeometry], fill: str, stroke: str | None = None) -> Iterator[Shape]:
        """Yield polygons as one area, if there are any."""
        rings = tuple(ring for shape in shapes for ring in self.rings(shape))
        if rings:
            yield Area(rings, fill, stroke, 0.4)

    def zones(self, zones: Iterable[Coloured]) -> Iterator[Shape]:
        """Yield the keep-out zones of each level as one area, so that where many overlap is not darker."""
        by_color = _by_color(zones)
        for color in (level.color for level in Level):
            if color in by_color:
                merged = shapely.union_all(np.array(by_color[color], dtype=object))
                rings = tuple(self.rings(merged))
                yield Area(rings, color, None, 0.0, 0.16)
                yield Line(tuple((*ring, ring[0]) for ring in rings), color, 0.6, 2.5)

    def streets(self, streets: Iterable[Coloured]) -> Iterator[Shape]:
        """Yield streets with a dark rim below, by colour, the worst on top."""
        by_color = _by_color(streets)
        lines = {color: tuple(self._lines(shapes)) for color, shapes in by_color.items()}
        everything = tuple(line for colored_lines in lines.values() for line in colored_lines)
        if everything:
            yield Line(everything, "#8b8f94", _STREET + 1.0)
        yield from (Line(colored_lines, color, _STREET) for color, colored_lines in lines.items() if colored_lines)

    def _lines(self, shapes: Iterable[BaseGeometry]) -> Iterator[Ring]:
        for shape in shapes:
            for part in shapely.get_parts(shape):
                if part.geom_type == "LineString" and not part.is_empty:
                    yield self.ring(part)


def _by_color(shapes: Iterable[Coloured]) -> dict[str, list[BaseGeometry]]:
    """Return shapes by colour, colours in the order in which the last of each comes."""
    shapes_by_color: dict[str, list[BaseGeometry]] = defaultdict(list)
    for each in shapes:
        if not each.shape.is_empty:
            shapes_by_color[each.color] = [*shapes_by_color.pop(each.color, []), each.shape]
    return shapes_by_color


def _marks(page: Sheet, plan: GroundPlan, objects: Sequence[Mapping[str, Any]]) -> Iterator[Shape]:
    """Yield the numbers of objects, apart from each other and with a line to where each is; the worst on top."""
    points = [page.point(*plan.place(each["lon"], each["lat"])) for each in objects]
    inside = {*_visible_points(page, points)}
    visible = [n for n, at in enumerate(points) if at in inside]
    placed = spread([points[n] for n in visible], 2.3 * _MARK, (WIDTH, page.height))
    pairs = list(zip(visible, placed, strict=True))
    moved = tuple((points[n], at) for n, at in pairs if _distance(points[n], at) > _MARK)
    if moved:
        yield Line(moved, "#3c4043", 0.7)
        yield from (Dot(start, 1.6, "#3c4043", "#ffffff", 0.4) for start, _ in moved)
    for n, at in reversed(pairs):
        level = Level(objects[n]["level"])
        color = "#202124" if level is Level.YELLOW else "#ffffff"
        number = str(objects[n]["rank"])
        yield Dot(at, _MARK, level.color, "#ffffff", 1.2)
        yield Label((at[0], at[1] + 3.0), number, 8.5 if len(number) < 3 else 7.0, color, "middle", bold=True)


def _visible_points(page: Sheet, points: Iterable[Point]) -> list[Point]:
    return [(x, y) for x, y in points if 0 <= x <= WIDTH and 0 <= y <= page.height]


def _crosses(places: Sequence[Point]) -> Iterator[Shape]:
    """Yield the marks of reported damages."""
    if places:
        arm = 4.0
        falling = [((x - arm, y - arm), (x + arm, y + arm)) for x, y in places]
        rising = [((x - arm, y + arm), (x + arm, y - arm)) for x, y in places]
        yield Line((*falling, *rising), "#202124", 2.0)


def _distance(a: Point, b: Point) -> float:
    return float(np.hypot(a[0] - b[0], a[1] - b[1]))


def scale_bar(scale: float, height: float) -> Iterator[Shape]:
    """Yield a bar of a round number of metres, and where north is."""
    metres = max((m for m in (20, 50, 100, 200, 500, 1000, 2000) if m * scale <= WIDTH / 4), default=20)
    x, y, long = 14.0, height - 14.0, metres * scale
    yield Area((rectangle(x - 6, y - 20, long + 44, 28),), "#ffffff", None, 0, 0.8)
    yield Line((((x, y - 4), (x, y), (x + long, y), (x + long, y - 4)),), "#202124", 1.2)
    yield Label((x + long / 2, y - 6), f"{metres} m", 9, "#202124", "middle")
    north = x + long + 22
    yield Area((((north, y - 16), (north + 5, y), (north, y - 4), (north - 5, y)),), "#202124")
    yield Label((north + 7, y), "N", 9, "#202124")


def _legend(height: float, gusts: Mapping[str, Any] | None) -> Iterator[Shape]:
    y = height + 18
    yield Label((0, y), "街道阵风 Gust, m/s", 9.5)
    x = 104.0
    for entry in (gusts or {}).get("entries", ()):
        text = str(entry["label"]["zh"]).replace(" m/s", "")
        yield Line((((x, y - 3.5), (x + 20, y - 3.5)),), "#8b8f94", _STREET + 1.0)
        yield Line((((x, y - 3.5), (x + 20, y - 3.5)),), str(entry["color"]), _STREET)
        yield Label((x + 26, y), text, 9.5)
        x += 74.0
    yield Area((rectangle(x + 6, y - 9, 16, 10),), _HOUSES, _RIM, 0.5)
    yield Label((x + 27, y), "建筑 Buildings", 9.5)
    y += 19
    yield Label((0, y), "对象等级 Objects", 9.5)
    for n, level in enumerate(reversed([level for level in Level if level is not Level.NONE])):
        yield Dot((112.0 + 88 * n, y - 3.5), 5.5, level.color)
        yield Label((122.0 + 88 * n, y), f"{level.title.zh} {level.title.en}", 9.5)
    yield Area((rectangle(480, y - 9, 16, 10),), Level.RED.color, None, 0, 0.2)
    yield Label((501, y), "坠物警戒区 Keep-out zone", 9.5)
