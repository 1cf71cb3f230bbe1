"""The qualities of a library: resolution and iterations of the solve."""

from dataclasses import dataclass

from layers.errors import ParameterError
from twin.scenarios.wind.district import District
from twin.scenarios.wind.field import domain
from twin.scenarios.wind.field.domain import Extent, Resolution
from twin.scenarios.wind.field.frame import frame_for
from twin.scenarios.wind.field.grid import Stretch
from twin.scenarios.wind.field.inflow import of_terrain
from twin.scenarios.wind.field.solve import Setup

# Increased with every change of the solver or of what is stored: fields of another revision are not read.
REVISION = "r2"
# Fields are solved at this speed (open country, 10 m) and stored for one metre per second: far from the floors of k
# and epsilon, which prevent division by zero.
SOLVED_MS = 10.0
# Buildings farther from the core are represented by the roughness of the approach flow, metres.
NEIGHBOURS_M = 400.0
# The approach flow reaches the core before it adapts to another roughness: a domain of some 3 km.
_BEFORE_M, _BESIDE_M, _BEHIND_M, _ABOVE_M = 700.0, 800.0, 1000.0, 700.0


@dataclass(frozen=True)
class Quality:
    """Cells of the core ``h`` across and ``hz`` up to ``fine_top``, growing by ``ratio``; iterations at most."""

    name: str
    h: float
    hz: float
    fine_top: float
    ratio: float
    up: float
    iterations: int
    enough: float


FINE = Quality("fine", 5.0, 4.0, 24.0, 1.12, 1.08, 90, 2e-4)
PREVIEW = Quality("preview", 5.0, 5.0, 15.0, 1.3, 1.2, 30, 4e-4)
QUALITIES = {quality.name: quality for quality in (FINE, PREVIEW)}


def quality_of(name: str) -> Quality:
    """Return the quality of that name."""
    if name not in QUALITIES:
        raise ParameterError("quality", f"{name!r} is none of {', '.join(QUALITIES)}")
    return QUALITIES[name]


def setup_for(district: District, from_deg: float, quality: Quality) -> Setup:
    """Return the solve of one direction of a district."""
    frame = frame_for(from_deg, district.wall_deg)
    reach = _square(district)
    core = (-reach, -reach, reach, reach)
    neighbours = [b for b in district.blocks if _distance(b.outline.bounds, reach) < NEIGHBOURS_M]
    beside = 0.5 * (_BESIDE_M + _BEHIND_M) if frame.skew_deg else _BESIDE_M
    tallest = max((block.top_m for block in neighbours), default=0.0)
    extent = Extent(core, quality.fine_top, _BEFORE_M, _BEHIND_M, beside, tallest + _ABOVE_M)
    sideways, upwards = Stretch(quality.ratio, 80.0), Stretch(quality.up, 60.0, max(tallest - quality.fine_top, 0.0))
    resolution = Resolution(quality.h, quality.hz, sideways, upwards)
    inflow = of_terrain(district.terrain(from_deg)).times(SOLVED_MS)
    return Setup(
        tuple(neighbours),
        inflow,
        frame,
        extent,
        resolution,
        quality.iterations,
        quality.enough,
        vegetation=district.vegetation,
    )


def _square(district: District) -> float:
    """Return half the side of the core, a square about the plane's origin: every frame has the same one."""
    west, south, east, north = district.core
    return max(abs(west), abs(south), abs(east), abs(north))


def _distance(bounds: domain.Box, reach: float) -> float:
    west, south, east, north = bounds
    return max(west - reach, -reach - east, south - reach, -reach - north, 0.0)
