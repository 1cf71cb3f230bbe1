"""Impacts on façades: the cells of each building are summarised in one impact."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.hazard import Exposure, Impact, Level, score
from twin.scenarios.wind.risk.facade import FacadeCells, design_factor, zone_factor
from twin.scenarios.wind.risk.facade_finding import FacadeFinding, side_index
from twin.scenarios.wind.risk.levels import level_rule
from twin.scenarios.wind.risk.pressure import design_gust_ms, velocity_pressure_kpa
from twin.scenarios.wind.risk.steps import Worst
from twin.scenarios.wind.terrain import Terrain

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class FacadeLoad:
    """The wind load of a storm on n façade cells.

    ``eta`` is the worst demand over design of each cell before ageing, ``gust_ms`` the gust at that step; ``ageing``
    is the factor of each block for the age of its glass, or None where no age is considered.
    """

    eta: Worst
    gust_ms: Floats
    terrain: Terrain
    w0_years: int = 50
    ageing: Floats | None = None

    def aged(self, cells: FacadeCells) -> Floats:
        """Return η with the age of the glass."""
        return self.eta.values if self.ageing is None else self.eta.values * self.ageing[cells.block]


@dataclass(frozen=True)
class _Groups:
    """For each of m buildings: its worst cell, how many cells reach each level, and the heights concerned."""

    cell: Indices
    counts: Indices  # (m, 5)
    base: Floats
    top: Floats


def facade_impacts(cells: FacadeCells, load: FacadeLoad, buildings: Sequence[Exposure]) -> list[Impact]:
    """Return an impact for each building with a façade at blue or above.

    ``buildings`` has the building of each block; blocks of one key (podium and tower) are one building.
    """
    demand, rule = load.aged(cells), level_rule("facade")
    groups = _group(cells, _first_of_key(buildings), demand)
    findings = _findings(cells, load, demand, groups)
    exposed = [buildings[block] for block in cells.block[groups.cell].tolist()]
    scores = score(rule.severity(demand[groups.cell]), [each.people for each in exposed]).tolist()
    levels, times = rule.levels(demand[groups.cell]).tolist(), load.eta.times()
    return [
        Impact(
            key=each.key,
            kind="facade",
            name=each.name,
            level=Level(levels[i]),
            score=scores[i],
            demand=findings[i].eta,
            measure=rule.measure,
            at=times[cell],
            reason=findings[i].reason(),
            uncertainty=findings[i].eta_error,
            people=each.people,
            owner=each.owner,
            phone=each.phone,
            evidence=findings[i].evidence(),
            grade=each.grade,
            sources=each.sources,
        )
        for i, (cell, each) in enumerate(zip(groups.cell.tolist(), exposed, strict=True))
    ]


def _first_of_key(buildings: Sequence[Exposure]) -> Indices:
    """Return for each block the first block of the same building."""
    first: dict[str, int] = {}
    return np.array([first.setdefault(each.key, index) for index, each in enumerate(buildings)], dtype=np.int64)


def _group(cells: FacadeCells, building: Indices, demand: Floats) -> _Groups:
    levels = level_rule("facade").levels(demand)
    concerned = np.flatnonzero(levels >= Level.BLUE)
    group, index = np.unique(building[cells.block[concerned]], return_inverse=True)
    # Worst first inside each building; of equal cells the first, so that equal runs give equal results.
    order = np.lexsort((concerned, -demand[concerned], index))
    worst = concerned[order[np.searchsorted(index[order], np.arange(len(group)))]]
    level = levels[concerned]
    counts = np.bincount(index * 5 + level, minlength=5 * len(group)).reshape(-1, 5)
    side = side_index(cells.azimuth_deg)
    same_side = (side[concerned] == side[worst][index]) & (level == levels[worst][index])
    base, top = np.full(len(group), np.inf), np.full(len(group), -np.inf)
    np.minimum.at(base, index[same_side], cells.base_m[concerned][same_side])
    np.maximum.at(top, index[same_side], cells.top_m[concerned][same_side])
    return _Groups(worst, counts, base, top)


def _findings(cells: FacadeCells, load: FacadeLoad, demand: Floats, groups: _Groups) -> list[FacadeFinding]:
    worst = groups.cell
    design = design_gust_ms(cells.z[worst], load.terrain, load.w0_years)
    from_deg = load.eta.from_deg()
    ageing = np.ones(len(worst)) if load.ageing is None else load.ageing[cells.block[worst]]
    columns = (
        demand[worst],
        # Demand goes with the square of the gust, so its relative error is twice the gust's.
        2.0 * load.eta.gust_error()[worst] * demand[worst],
        load.gust_ms[worst],
        design,
        velocity_pressure_kpa(design) * design_factor(cells)[worst],
        side_index(cells.azimuth_deg[worst]),
        cells.azimuth_deg[worst],
        groups.base,
        groups.top,
        zone_factor(cells, from_deg)[worst],
        from_deg[worst],
        ageing,
    )
    rows = zip(*(column.tolist() for column in columns), map(tuple, groups.counts[:, 1:].tolist()), strict=True)
    return [FacadeFinding(*row) for row in rows]
