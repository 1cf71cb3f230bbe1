"""The plan of a design scheme: its site, what it builds with heights, and the buildings around."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import shapely

from api.report.drawing import Area, Drawing, Label, Line, Shape, rectangle
from api.report.plan_drawing import Sheet, scale_bar
from bim.schemes import Massing
from layers.space import LocalPlane

WIDTH = 720.0
_LEGEND = 26.0
# Of the site's size, so much ground around it is drawn.
_AROUND = 0.6
_LEAST_AROUND_M = 25.0
_GROUND, _HOUSES, _RIM, _GREEN, _SITE = "#f7f6f3", "#d3d1cc", "#b5b2ab", "#cfe3c3", "#7b3f61"
_GONE = "#3c4043"
# Least height, metres, and colour: ColorBrewer's PuRd, as the steps of buildings on the map.
_HEIGHTS = ((0, "#e7cfe2"), (24, "#d69fc9"), (50, "#c76cab"), (100, "#a83c88"), (150, "#7b1f63"))
_MOST_LABELS = 60
# From this height on the colours are dark, metres.
_DARK_M = 100.0


def surrounding(site: Any) -> Any:
    """Return the ground that a plan of a site shows, a box in degrees."""
    plane = _plane(site)
    west, south, east, north = shapely.bounds(plane.to_plane(np.array([site], dtype=object)))[0].tolist()
    margin = max(_LEAST_AROUND_M, _AROUND * max(east - west, north - south))
    (around,) = plane.to_map(
        np.array([shapely.box(west - margin, south - margin, east + margin, north + margin)], dtype=object)
    )
    return around


def scheme_drawing(
    site: Any, built: Sequence[Massing], green: Any, around: Sequence[Massing], gone: set[str]
) -> Drawing:
    """Return the plan, north up; ``gone`` are the ids of buildings ``around`` that the scheme takes the place of."""
    plane = _plane(site)
    frame = shapely.bounds(plane.to_plane(np.array([surrounding(site)], dtype=object)))[0].tolist()
    west, south, east, north = frame
    scale = WIDTH / (east - west)
    height = (north - south) * scale
    sheet = Sheet(scale, height)

    def flat(shapes: Iterable[Any]) -> list[Any]:
        listed = np.array(list(shapes), dtype=object)
        if not len(listed):
            return []
        moved = shapely.transform(plane.to_plane(listed), lambda xy: xy - [west, south])
        return list(shapely.intersection(moved, shapely.box(0, 0, east - west, north - south)))

    shapes: list[Shape] = [Area((rectangle(0, 0, WIDTH, height),), _GROUND)]
    shapes += sheet.areas(flat([] if green is None else [green]), _GREEN)
    shapes += sheet.areas(flat(one.outline for one in around if one.id not in gone), _HOUSES, _RIM)
    for massing in sorted(built, key=_top):
        shapes += sheet.areas(flat([massing.outline]), _color(massing), "#5c2347")
    shapes += _borders(sheet, flat(one.outline for one in around if one.id in gone), _GONE, 1.4, 4.0)
    shapes += _borders(sheet, flat([site]), _SITE, 2.2, 0.0)
    outlines = flat(one.outline for one in built[:_MOST_LABELS])
    for massing, outline in zip(built, outlines, strict=False):
        higher = [other for one, other in zip(built, outlines, strict=False) if _top(one) > _top(massing)]
        shapes += _label(sheet, shapely.difference(outline, shapely.union_all(higher)) if higher else outline, massing)
    shapes += [*scale_bar(scale, height), *_legend(height)]
    return Drawing(WIDTH, height + _LEGEND, "方案平面图 Plan of the scheme", tuple(shapes))


def _plane(site: Any) -> LocalPlane:
    middle = shapely.centroid(site)
    return LocalPlane(middle.x, middle.y)


def _color(massing: Massing) -> str:
    return [color for least, color in _HEIGHTS if least <= _top(massing)][-1]


def _top(massing: Massing) -> float:
    return max(massing.top_m or 0.0, 0.0)


def _borders(sheet: Sheet, shapes: Iterable[Any], color: str, width: float, dash: float) -> Iterator[Shape]:
    rings = tuple((*ring, ring[0]) for shape in shapes for ring in sheet.rings(shape))
    if rings:
        yield Line(rings, color, width, dash)


def _label(sheet: Sheet, shape: Any, massing: Massing) -> Iterator[Shape]:
    if shapely.is_empty(shape):
        return
    inner = shapely.point_on_surface(shape)
    x, y = sheet.point(inner.x, inner.y)
    top = "?" if massing.top_m is None else f"{massing.top_m:g}"
    base = f"{massing.base_m:g}–" if massing.base_m > 0 else ""
    ink = "#ffffff" if _top(massing) >= _DARK_M else "#202124"
    yield Label((x, y - 2), massing.name[:20], 9.5, ink, "middle", bold=True)
    yield Label((x, y + 10), f"{base}{top} m", 9.5, ink, "middle")


def _legend(height: float) -> Iterator[Shape]:
    y = height + 17
    yield Label((0, y), "方案高度 Heights, m", 9.5)
    x = 118.0
    for least, color in _HEIGHTS:
        yield Area((rectangle(x, y - 9, 16, 10),), color, "#5c2347", 0.5)
        yield Label((x + 20, y), f"≥ {least}", 9.5)
        x += 58.0
    yield Area((rectangle(x, y - 9, 16, 10),), _HOUSES, _RIM, 0.5)
    yield Label((x + 20, y), "现状 as it is", 9.5)
    yield Line((((x + 100, y - 4), (x + 120, y - 4)),), _GONE, 1.0, 3.0)
    yield Label((x + 126, y), "被替换 replaced", 9.5)
    yield Area((rectangle(x + 210, y - 9, 16, 10),), _GREEN)
    yield Label((x + 230, y), "绿地 green", 9.5)
