"""What the model, and the trivial models beside it, say at the points of a case."""

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
# So many usual blocks around the points are fine, and lie between the outermost block and the edge of the domain.
_ROOM = 4.0


@dataclass(frozen=True)
class Fineness:
    """Cells to the size of a usual block, and the most iterations; fewer when u moves less than ``enough``.

    Where that makes more than ``most_cells``, the cells are larger.
    """

    cells: int = 12
    iterations: int = 150
    enough: float = 1e-5
    most_cells: int = 1_500_000


def setup(case: Case, fineness: Fineness) -> Setup:
    """Return the solve that a case asks for: a uniform core about the points, cells that grow outwards.

    Cells are fine up to a quarter above the tallest roof, but no higher than two and a half usual blocks: what towers
    above a district is larger than its blocks, and resolved by larger cells.
    """
    frame = frame_for(case.from_deg, wall_direction(case.blocks))
    core = _core(case, frame)
    fine_top = min(1.25 * max(block.top_m for block in case.blocks), 2.5 * case.size_m)
    extent = domain.around(case.blocks, core, fine_top, skewed=frame.skew_deg != 0.0)
    extent = _with_all_blocks(extent, domain.box_of(frame.blocks(case.blocks), _ROOM * case.size_m))
    h = case.size_m / fineness.cells
    while (wished := _setup(case, frame, extent, h, fineness)).grid.cells > fineness.most_cells:
        h *= 1.1
    return wished


def _core(case: Case, frame: Frame) -> domain.Box:
    """Return the box of blocks and points, without what stands farther than some usual blocks from all points."""
    whole = core_box(case.blocks, frame, 0.5 * case.size_m, case.points)
    near = core_box((), frame, 2 * _ROOM * case.size_m, case.points)
    return max(whole[0], near[0]), max(whole[1], near[1]), min(whole[2], near[2]), min(whole[3], near[3])


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

    For probes that feel the mean of the instantaneous speed the turbulence is that of the model and, superposed, the
    slow one of the approach flow, which a steady model of the blocks does not carry.
    """
    velocity, tke = field.at(case.points)
    speed: F64 = np.linalg.norm(velocity[:, list(case.components)], axis=1)
    if case.quantity == "scalar":
        speed = scalar_speed(speed, tke + case.inflow.k(case.points[:, 2]))
    return speed / case.reference_ms


def baselines(case: Case, fineness: Fineness) -> dict[str, F64]:
    """Return what costs next to nothing to say: the undisturbed inflow, and the zone-free mass-consistent flow."""
    velocity, _ = first_guess(setup(case, fineness)).at(case.points)
    z = case.points[:, 2]
    towards = np.radians(case.from_deg + 180.0)
    inflow = case.inflow.u(z)[:, None] * np.array([np.sin(towards), np.cos(towards), 0.0])
    said: list[F64] = [np.linalg.norm(one[:, list(case.components)], axis=1) for one in (inflow, velocity)]
    if case.quantity == "scalar":
        said = [scalar_speed(speed, case.inflow.k(z)) for speed in said]
    return dict(zip(BASELINES, [speed / case.reference_ms for speed in said], strict=True))
