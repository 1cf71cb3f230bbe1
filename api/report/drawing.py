"""Drawings as plain shapes, which the page writes as SVG and the PDF as vectors."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]
Ring = tuple[Point, ...]
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Area:
    """Rings filled together (non-zero winding: rings that turn the other way are holes)."""

    rings: tuple[Ring, ...]
    fill: str
    stroke: str | None = None
    width: float = 0.5
    opacity: float = 1.0


@dataclass(frozen=True)
class Line:
    """Lines of one colour and width; ``dash`` is a length of strokes and gaps, 0 for none."""

    lines: tuple[Ring, ...]
    stroke: str
    width: float = 1.0
    dash: float = 0.0


@dataclass(frozen=True)
class Dot:
    """A disc with a rim."""

    at: Point
    radius: float
    fill: str
    stroke: str = "#ffffff"
    width: float = 1.0


@dataclass(frozen=True)
class Label:
    """A text; ``at`` is on its base line, at its start, middle or end."""

    at: Point
    text: str
    size: float = 10.0
    color: str = "#3c4043"
    anchor: Anchor = "start"
    bold: bool = False


_GOLDEN = 2.39996  # the golden angle, radians: no two directions of its multiples are near each other
_NEAR_ENOUGH = 0.1
Shape = Area | Line | Dot | Label


@dataclass(frozen=True)
class Drawing:
    """Shapes in the order in which they are drawn; x to the right, y down, both from the upper left corner."""

    width: float
    height: float
    title: str
    shapes: tuple[Shape, ...]


def rectangle(x: float, y: float, width: float, height: float) -> Ring:
    """Return a rectangle by its upper left corner."""
    return ((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def spread(points: Sequence[Point], gap: float, box: tuple[float, float], rounds: int = 60) -> list[Point]:
    """Return positions for marks at least about ``gap`` apart, each as near to its point as possible.

    Pairs that are too near push each other apart; all stay inside ``box`` (width, height).
    """
    placed = [_inside(point, box, gap / 2) for point in points]
    for _ in range(rounds):
        pushed = [_push(placed, i, j, gap) for i in range(len(placed)) for j in range(i)]
        if not any(pushed):
            break
        placed = [_inside(point, box, gap / 2) for point in placed]
    return placed


def _push(placed: list[Point], i: int, j: int, gap: float) -> bool:
    (ax, ay), (bx, by) = placed[i], placed[j]
    distance = math.hypot(ax - bx, ay - by)
    if distance >= gap - _NEAR_ENOUGH:
        return False
    # Marks on the same point are separated, each in a direction of its own.
    angle = math.atan2(ay - by, ax - bx) if distance > 0.01 else _GOLDEN * i
    step = (gap - distance) / 2
    east, south = step * math.cos(angle), step * math.sin(angle)
    placed[i], placed[j] = (ax + east, ay + south), (bx - east, by - south)
    return True


def _inside(point: Point, box: tuple[float, float], margin: float) -> Point:
    x, y = (min(max(value, margin), most - margin) for value, most in zip(point, box, strict=True))
    return x, y
