"""A small district and its wind fields, solved on coarse cells in some seconds."""

from pathlib import Path

from shapely import box

from layers.space.plane import LocalPlane
from twin.scenarios.wind.block import Block
from twin.scenarios.wind.district import District
from twin.scenarios.wind.library.build import Plan
from twin.scenarios.wind.library.quality import Quality

COARSE = Quality("coarse", 10.0, 8.0, 16.0, 1.5, 1.5, 12, 0.0)


class Quiet:
    """Progress that is only recorded."""

    def __init__(self) -> None:
        self.said: list[tuple[int, int | None, str]] = []

    def report(self, done: int, total: int | None, message: str) -> None:
        """Record it."""
        self.said.append((done, total, message))


def small_district(height_m: float = 60.0) -> District:
    """Return a tower and two low houses about a place in Lujiazui, in a square of 200 m."""
    blocks = (
        Block("buildings/1", box(-15, -15, 15, 15), 0.0, height_m),
        Block("buildings/2", box(-80, 30, -40, 60), 0.0, 16.0),
        Block("buildings/3", box(40, -70, 80, -40), 0.0, 24.0),
    )
    return District(LocalPlane(121.5025, 31.2375), (-100.0, -100.0, 100.0, 100.0), blocks)


def small_plan(folder: Path, directions: tuple[float, ...] = (247.5, 270.0)) -> Plan:
    """Return the plan of the small district's library."""
    return Plan(small_district(), COARSE, directions, folder, processes=2)
