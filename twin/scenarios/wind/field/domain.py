"""The size of a domain and its fine core: rules in heights of the tallest block."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from twin.scenarios.wind.block import Block
from twin.scenarios.wind.field.grid import Grid, Span, Stretch

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Extent:
    """The core (west, south, east, north, in the turned frame), its height, and the margins around it, metres."""

    core: Box
    fine_top: float
    before: float
    behind: float
    beside: float
    above: float


@dataclass(frozen=True)
class Resolution:
    """Cells of the core: ``h`` across, ``hz`` up to ``Extent.fine_top``; and their growth outside."""

    h: float
    hz: float
    sideways: Stretch = field(default_factory=Stretch)
    upwards: Stretch = field(default_factory=Stretch)


def box_of(blocks: Sequence[Block], margin: float = 0.0) -> Box:
    """Return the box around all ground plans, ``margin`` metres wider at each side."""
    bounds = [block.outline.bounds for block in blocks]
    west, south = min(b[0] for b in bounds), min(b[1] for b in bounds)
    east, north = max(b[2] for b in bounds), max(b[3] for b in bounds)
    return west - margin, south - margin, east + margin, north + margin


def extent_for(blocks: Sequence[Block], core: Box, fine_top: float, *, skewed: bool) -> Extent:
    """Return the domain for the tallest block: 5 heights before, 10 behind, 5 beside, 5 above.

    AIJ and COST 732 recommend 5 before and beside, 15 behind and 5 above; the far end of the wake is not needed here. A
    ``skewed`` wind leaves through a side too, whose margin is then between "before" and "behind".
    """
    tallest = max((block.top_m for block in blocks), default=fine_top)
    beside = 7.5 * tallest if skewed else 5 * tallest
    return Extent(core, fine_top, 5 * tallest, 10 * tallest, beside, 5 * tallest)


def build(extent: Extent, resolution: Resolution) -> Grid:
    """Return the stretched grid of a domain."""
    west, south, east, north = extent.core
    h, side = resolution.h, resolution.sideways
    x = Span(west - extent.before, west, east, east + extent.behind, h).axis(side)
    y = Span(south - extent.beside, south, north, north + extent.beside, h).axis(side)
    z = Span(0.0, 0.0, extent.fine_top, extent.fine_top + extent.above, resolution.hz).axis(resolution.upwards)
    return Grid(x, y, z)
