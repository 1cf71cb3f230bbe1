"""Ground plans of buildings, given as corners around zero."""

import math
from collections.abc import Callable

from .plane import XY

Outline = list[XY]


def outline(shape: str, size_m: str) -> Outline:
    """The corners of a named shape; ``size_m`` is its width, or length x depth for a ``rect``."""
    if shape == "rect":
        length, depth = (float(side) for side in size_m.split("x"))
        return rectangle(length, depth)
    return SHAPES[shape](float(size_m))


def rectangle(length: float, depth: float) -> Outline:
    """A rectangle, its length along the first axis."""
    u, v = length / 2, depth / 2
    return [(-u, -v), (u, -v), (u, v), (-u, v)]


def square(width: float) -> Outline:
    """A square."""
    return rectangle(width, width)


def circle(width: float) -> Outline:
    """A circle of 32 corners."""
    return _round(32, lambda _: width / 2)


def octagon(width: float) -> Outline:
    """A square whose corners are cut off; ``width`` is measured between opposite sides."""
    return _round(8, lambda _: width / 2 / math.cos(math.pi / 8), first=math.pi / 8)


def rounded_triangle(width: float) -> Outline:
    """A triangle with soft corners and bulging sides."""
    return _round(36, lambda angle: width / 2 * (0.88 + 0.12 * math.cos(3 * angle)))


def cross(width: float) -> Outline:
    """A plus sign, as point towers of flats often have it."""
    far, near = width / 2, width / 5
    quarter = [(far, -near), (far, near), (near, near)]
    return [_turned(corner, turn) for turn in range(4) for corner in quarter]


def ell(width: float) -> Outline:
    """A letter L with arms of 0.4 of the width."""
    far, arm = width / 2, width * 0.4
    return [(-far, -far), (far, -far), (far, arm - far), (arm - far, arm - far), (arm - far, far), (-far, far)]


def _turned(corner: XY, quarters: int) -> XY:
    u, v = corner
    for _ in range(quarters):
        u, v = -v, u
    return u, v


def _round(corners: int, radius: Callable[[float], float], first: float = 0.0) -> Outline:
    angles = [first + 2 * math.pi * corner / corners for corner in range(corners)]
    return [(radius(angle) * math.cos(angle), radius(angle) * math.sin(angle)) for angle in angles]


SHAPES: dict[str, Callable[[float], Outline]] = {
    "square": square,
    "circle": circle,
    "octagon": octagon,
    "rounded_triangle": rounded_triangle,
    "cross": cross,
    "ell": ell,
}
