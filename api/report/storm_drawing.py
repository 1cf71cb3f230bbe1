"""The storm of a report: speed by step with its uncertainty, gusts, directions and levels."""

import math
from collections.abc import Iterator, Sequence

from api.report.drawing import Area, Dot, Drawing, Label, Line, Point, Shape, rectangle
from twin.hazard import Level
from twin.runs.report import Step
from twin.warnings.warning import BEIJING

WIDTH, HEIGHT = 720.0, 270.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 58.0, 24.0, 78.0
_WIND, _GUST, _GRID, _INK = "#1560b8", "#8e44ad", "#dadce0", "#3c4043"
# Lower bounds of Beaufort 6, 8, 10, 12 and 14 (GB/T 28591-2012), m/s.
_BEAUFORT = ((6, 10.8), (8, 17.2), (10, 24.5), (12, 32.7), (14, 41.5))
_MOST_MARKS = 24


class _Axes:
    """Where a step and a speed lie on the drawing."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = steps
        tops = [step.speed_ms + step.sigma_ms for step in steps] + [step.gust_ms or 0.0 for step in steps]
        self.most = 5.0 * math.ceil((max(tops) + 2.0) / 5.0)
        self.cell = (WIDTH - _LEFT - _RIGHT) / len(steps)
        # Steps are thinned so that their arrows and times do not overlap.
        self.every = math.ceil(len(steps) / _MOST_MARKS)

    def x(self, index: int) -> float:
        return _LEFT + (index + 0.5) * self.cell

    def y(self, speed_ms: float) -> float:
        return HEIGHT - _BOTTOM - speed_ms / self.most * (HEIGHT - _TOP - _BOTTOM)

    def at(self, index: int, speed_ms: float) -> Point:
        return self.x(index), self.y(max(speed_ms, 0.0))


def storm_drawing(steps: Sequence[Step]) -> Drawing | None:
    """Return the chart of a storm, or None without steps."""
    if not steps:
        return None
    axes = _Axes(steps)
    shapes = [*_grid(axes), *_band(axes), *_lines(axes), *_arrows(axes), *_levels(axes), *_times(axes), *_key()]
    return Drawing(WIDTH, HEIGHT, "风暴过程 The storm", tuple(shapes))


def _grid(axes: _Axes) -> Iterator[Shape]:
    left, right = _LEFT, WIDTH - _RIGHT
    for speed in range(0, int(axes.most) + 1, 5 if axes.most <= 40 else 10):
        y = axes.y(speed)
        yield Line((((left, y), (right, y)),), _GRID, 0.7)
        yield Label((left - 5, y + 3.5), str(speed), 9, _INK, "end")
    for force, bound in _BEAUFORT:
        if bound < axes.most:
            y = axes.y(bound)
            yield Line((((left, y), (right, y)),), "#9aa0a6", 0.7, 3.0)
            yield Label((right + 5, y + 3.5), f"{force}级 Bft {force}", 9, "#5f6368")


def _band(axes: _Axes) -> Iterator[Shape]:
    """Yield one standard uncertainty about the speed."""
    if len(axes.steps) == 1:
        step = axes.steps[0]
        ends = (axes.at(0, step.speed_ms - step.sigma_ms), axes.at(0, step.speed_ms + step.sigma_ms))
        yield Line((ends,), "#9cc0e7", 6.0)
        return
    above = [axes.at(n, step.speed_ms + step.sigma_ms) for n, step in enumerate(axes.steps)]
    below = [axes.at(n, step.speed_ms - step.sigma_ms) for n, step in enumerate(axes.steps)]
    yield Area(((*above, *reversed(below)),), _WIND, None, 0, 0.18)


def _lines(axes: _Axes) -> Iterator[Shape]:
    gusts = tuple(axes.at(n, step.gust_ms) for n, step in enumerate(axes.steps) if step.gust_ms is not None)
    speeds = tuple(axes.at(n, step.speed_ms) for n, step in enumerate(axes.steps))
    yield Line((gusts,), _GUST, 1.4, 4.0)
    yield Line((speeds,), _WIND, 2.0)
    yield from (Dot(point, 2.6, _WIND, "#ffffff", 0.8) for point in speeds[:: axes.every])
    yield from (Dot(point, 2.0, _GUST, "#ffffff", 0.6) for point in gusts[:: axes.every])


def _arrows(axes: _Axes) -> Iterator[Shape]:
    """Yield arrows that fly with the wind."""
    y = HEIGHT - _BOTTOM + 18
    yield Label((WIDTH - _RIGHT + 5, y + 3.5), "风向 wind", 9, "#5f6368")
    for n in range(0, len(axes.steps), axes.every):
        yield _arrow(axes.x(n), y, axes.steps[n].from_deg)


def _arrow(x: float, y: float, from_deg: float) -> Area:
    angle = math.radians(from_deg + 180.0)
    along, across = (math.sin(angle), -math.cos(angle)), (math.cos(angle), math.sin(angle))
    outline = ((9.0, 0.0), (1.0, 4.5), (1.0, 1.2), (-9.0, 1.2), (-9.0, -1.2), (1.0, -1.2), (1.0, -4.5))
    return Area(
        (tuple((x + a * along[0] + c * across[0], y + a * along[1] + c * across[1]) for a, c in outline),), _INK
    )


def _levels(axes: _Axes) -> Iterator[Shape]:
    y = HEIGHT - _BOTTOM + 35
    yield Label((WIDTH - _RIGHT + 5, y + 9), "等级 level", 9, "#5f6368")
    for n, step in enumerate(axes.steps):
        color = "#eceff1" if step.level is Level.NONE else step.level.color
        left = _LEFT + n * axes.cell
        yield Area((rectangle(left + 0.5, y, max(axes.cell - 1, 0.5), 12),), color)


def _times(axes: _Axes) -> Iterator[Shape]:
    y, day = HEIGHT - 18, ""
    for n in range(0, len(axes.steps), axes.every * math.ceil(34.0 / (axes.cell * axes.every))):
        local = axes.steps[n].time.astimezone(BEIJING)
        yield Label((axes.x(n), y), f"{local:%H:%M}", 9, _INK, "middle")
        if f"{local:%m-%d}" != day:
            day = f"{local:%m-%d}"
            yield Label((axes.x(n), y + 12), day, 9, _INK, "middle")


def _key() -> Iterator[Shape]:
    y = 12.0
    yield Line((((_LEFT, y - 3), (_LEFT + 22, y - 3)),), _WIND, 2.0)
    yield Label((_LEFT + 27, y), "10分钟平均风 10-min wind, m/s", 9)
    x = _LEFT + 190
    yield Area((rectangle(x, y - 8, 22, 10),), _WIND, None, 0, 0.18)
    yield Label((x + 27, y), "±1σ", 9)
    x += 70
    yield Line((((x, y - 3), (x + 22, y - 3)),), _GUST, 1.4, 4.0)
    yield Label((x + 27, y), "街道阵风（第99百分位） street gust, 99th percentile, m/s", 9)
    yield Label((WIDTH, y), "北京时间 CST", 9, "#5f6368", "end")
