"""A map of where data fail their rules: points over the box that they lie in, as a drawing."""

import math

from api.report.drawing import Area, Dot, Drawing, Label, Shape
from layers.intake import Report

_WIDTH, _MARGIN, _LEAST_DEGREES = 640.0, 14.0, 0.002
_LOWEST, _HIGHEST = 180.0, 560.0
# Okabe and Ito's colours, which colour-blind people tell apart too; further rules share the last.
_COLORS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5f6368")


def quality_map(report: Report) -> Drawing | None:
    """Return a drawing with a dot for each failure whose place is known, coloured by rule; None where there is none."""
    spots = report.spots()
    if not spots:
        return None
    west, east = _span([x for x, *_ in spots])
    south, north = _span([y for _, y, _ in spots])
    across = math.cos(math.radians((south + north) / 2))
    scale = (_WIDTH - 2 * _MARGIN) / ((east - west) * across)
    height = min(max((north - south) * scale, _LOWEST), _HIGHEST)
    scale = min(scale, height / (north - south))
    rules = list(dict.fromkeys(rule for *_, rule in spots))
    colors = {rule: _COLORS[min(number, len(_COLORS) - 1)] for number, rule in enumerate(rules)}
    frame = ((0.0, 0.0), (_WIDTH, 0.0), (_WIDTH, height + 2 * _MARGIN), (0.0, height + 2 * _MARGIN))
    shapes: list[Shape] = [Area((frame,), "#f6f7f8", "#dadce0")]
    for x, y, rule in spots:
        at = (_MARGIN + (x - west) * across * scale, _MARGIN + (north - y) * scale)
        shapes.append(Dot(at, 4, colors[rule]))
    base = height + 2 * _MARGIN
    corners = f"{west:.5f}, {south:.5f} – {east:.5f}, {north:.5f}"
    shapes.append(Label((_WIDTH - 6, base - 5), corners, 9, "#5f6368", "end"))
    for number, rule in enumerate(rules):
        down = base + 18 + 16 * number
        shapes += [Dot((10, down - 4), 4, colors[rule]), Label((20, down), rule, 11)]
    return Drawing(_WIDTH, base + 24 + 16 * len(rules), "不合格位置 where rules fail", tuple(shapes))


def _span(values: list[float]) -> tuple[float, float]:
    """Return the ends of some numbers, so far apart that a map can be drawn between them."""
    low, high = min(values), max(values)
    more = max(0.0, _LEAST_DEGREES - (high - low)) / 2
    return low - more, high + more
