"""Predictions of the model, and of the trivial models, at the points of a case."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.scenarios.wind.field import domain
from twin.scenarios.wind.field.domain import Resolution
from twin.scenarios.wind.field.frame import Frame, frame_for, wall_direction
from twin.scenarios.wind.field.grid import Stretch
from twin.scenarios.wind.field.probe import scalar_speed
from twin.scenarios.wind.field.solve import Field, Setup, Watch, core_box, first_guess, solve
from twin.scenarios.wind.skill.case import Case

F64 = NDArray[np.float64]
BASELINES = ("inflow", "mass-consistent")
# The margin in typical blocks, both of the fine cells around the points and between blocks and the domain's edge.
_ROOM = 4.0


@dataclass(frozen=True)
class Fineness:
    """Cells per typical block, and the most iterations; it stops earlier when u changes by less than ``enough``.

    The cells are larger where there would be more than ``most_cells``.
    """

    cells: int = 12
    iterations: int = 150
    enough: float = 1e-5
    most_cells: int = 1_500_000


def setup(case: Case, fineness: Fineness) -> Setup:
    """Return the setup of the solve of a case: a uniform core about the points, cells that grow outwards.

    Cells are fine up to a quarter above the tallest roof, but no higher than two and a half typical blocks: towers
    above a district are larger than its blocks, so larger cells resolve them.
    """
    frame = frame_for(case.from_deg, wall_direction(case.blocks))
    core = _core(case, frame)
    fine_top = min(1.25 * max(block.top_m for block in case.blocks), 2.5 * case.size_m)
    extent = domain.extent_for(case.blocks, core, fine_top, skewed=frame.skew_deg != 0.0)
    extent = _with_all_blocks(extent, domain.box_of(frame.blocks(case.blocks), _ROOM * case.size_m))
    h = case.size_m / fineness.cells
    while (requested := _setup(case, frame, extent, h, fineness)).grid.cells > fineness.most_cells:
        h *= 1.1
    return requested


def _core(case: Case, frame: Frame) -> domain.Box:
    """Return the box of blocks and points, without blocks that are far from all points."""
    blocks_box = core_box(case.blocks, frame, 0.5 * case.size_m, case.points)
    points_box = core_box((), frame, 2 * _ROOM * case.size_m, case.points)
    return (
        max(blocks_box[0], points_box[0]),
        max(blocks_box[1], points_box[1]),
        min(blocks_box[2], points_box[2]),
        min(blocks_box[3], points_box[3]),
    )


def _with_all_blocks(extent: domain.Extent, blocks: domain.Box) -> domain.Extent:
    """Return the extent, grown where blocks stand outside it."""
    west, south, east, north = extent.core
    return replace(
        extent,
        before=max(extent.before, west - blocks[0]),
        behind=max(extent.behind, blocks[2] - east),
        beside=max(extent.beside, south - blocks[1], blocks[3] - north),
    )


def _setup(case: Case, frame: Frame, extent: domain.Extent, h: float, fineness: Fineness) -> Setup:
    coarse = Stretch(1.15, 2 * case.size_m)
    return Setup(
        case.blocks, case.inflow, frame, extent, Resolution(h, h, coarse, coarse), fineness.iterations, fineness.enough
    )


def predicted(case: Case, fineness: Fineness, watch: Watch | None = None) -> tuple[F64, Field]:
    """Return the model's speeds over the reference at the case's points (n,), and the field that they came from."""
    field = solve(setup(case, fineness), watch)
    return speeds(case, field), field


def speeds(case: Case, field: Field) -> F64:
    """Return the speeds over the reference that a field has at the case's points, in the case's own quantity.

    For probes of the mean instantaneous speed, the turbulence is that of the model plus the slow part of the approach
    flow, which a steady model of the blocks does not include.
    """
    velocity, tke = field.at(case.points)
    speed: F64 = np.linalg.norm(velocity[:, list(case.components)], axis=1)
    if case.quantity == "scalar":
        speed = scalar_speed(speed, tke + case.inflow.k(case.points[:, 2]))
    return speed / case.reference_ms


def baselines(case: Case, fineness: Fineness) -> dict[str, F64]:
    """Return the trivial predictions: the undisturbed inflow, and the zone-free mass-consistent flow."""
    velocity, _ = first_guess(setup(case, fineness)).at(case.points)
    z = case.points[:, 2]
    towards = np.radians(case.from_deg + 180.0)
    inflow = case.inflow.u(z)[:, None] * np.array([np.sin(towards), np.cos(towards), 0.0])
    speeds_by_baseline: list[F64] = [
        np.linalg.norm(one[:, list(case.components)], axis=1) for one in (inflow, velocity)
    ]
    if case.quantity == "scalar":
        speeds_by_baseline = [scalar_speed(speed, case.inflow.k(z)) for speed in speeds_by_baseline]
    return dict(zip(BASELINES, [speed / case.reference_ms for speed in speeds_by_baseline], strict=True))
