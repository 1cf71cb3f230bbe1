"""Façades cut into cells: by wall, edge strip and height band."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from twin.scenarios.wind.block import Block
from twin.scenarios.wind.risk.contact import WallContacts, wall_contacts
from twin.scenarios.wind.risk.pressure import (
    LEEWARD,
    SIDE,
    SIDE_EDGE,
    WINDWARD,
    edge_strip_m,
    gust_pressure_kpa,
    velocity_pressure_kpa,
    worst_factor,
)
from twin.scenarios.wind.risk.walls import Walls, walls_of
from twin.scenarios.wind.terrain import Terrain

BANDS_M = (0.0, 10.0, 20.0, 50.0, 100.0, 150.0, 200.0, 300.0, 400.0, 500.0, 650.0)
"""Limits of the height bands, metres above ground."""

PROBE_M = 1.5
"""How far off its wall a cell's probe point stands, metres."""

_THINNEST_M = 2.0  # a thinner band is merged with its neighbour
_NARROWEST_M = 2.0  # so is a narrower edge strip or remainder
_FINEST_M = 0.5  # resolution of contacts
_WIDEST_M = 60.0
_SHARP_DEG = 30.0  # flow separates at a corner that turns by more: there an edge strip begins

WINDWARD_DEG, LEEWARD_DEG = 60.0, 120.0
"""Angle between a wall's normal and where the wind comes from: below windward, above leeward, between a side wall."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class FacadeCells:
    """n cells of façades; all arrays have n entries, lengths in metres of the blocks' local plane.

    Seen from outside, a cell's piece of wall runs from (x0, y0) on the left to (x1, y1) on the right.
    ``edge_start`` and ``edge_end`` tell whether it lies in the edge strip at the left or the right corner of its wall.
    """

    block: NDArray[np.int64]  # index into the blocks
    x: Floats
    y: Floats  # probe point, PROBE_M off the wall
    z: Floats  # middle height
    azimuth_deg: Floats  # outward normal, clockwise from north, [0, 360)
    width_m: Floats
    base_m: Floats
    top_m: Floats
    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    edge_start: Flags
    edge_end: Flags

    def __len__(self) -> int:
        """Return the number of cells."""
        return len(self.block)

    @property
    def edge(self) -> Flags:
        """Return which cells lie in an edge strip."""
        return self.edge_start | self.edge_end

    @property
    def area_m2(self) -> Floats:
        """Return the area of each cell."""
        return self.width_m * (self.top_m - self.base_m)

    def points(self, off_m: float = PROBE_M) -> Floats:
        """Return (n, 3) points in front of the cells' middles, ``off_m`` off the wall."""
        step = off_m - PROBE_M
        angle = np.radians(self.azimuth_deg)
        return np.column_stack((self.x + step * np.sin(angle), self.y + step * np.cos(angle), self.z))


def facade_cells(blocks: Sequence[Block]) -> FacadeCells:
    """Return the cells of every wall that faces the open air.

    Where a wall touches another block, only what rises above that block's top (or hangs below its base) is façade.
    Walls of courtyards count; gaps narrower than ``PROBE_M`` do not.
    """
    walls = walls_of(blocks)
    columns = _columns(blocks, walls, wall_contacts(blocks, walls, PROBE_M))
    return _stack(blocks, walls, columns)


@dataclass(frozen=True)
class _Columns:
    """Vertical strips of walls, each with one free interval of heights."""

    wall: NDArray[np.int64]
    start: Floats  # metres along the wall
    end: Floats
    base: Floats
    top: Floats
    edge_start: Flags
    edge_end: Flags


def _columns(blocks: Sequence[Block], walls: Walls, contacts: WallContacts) -> _Columns:
    tops = np.array([block.top_m for block in blocks])
    bases = np.array([block.base_m for block in blocks])
    strip = edge_strip_m(tops[walls.block], walls.depth_m) if len(walls) else np.empty(0)
    begin = np.where(walls.turn_begin_deg > _SHARP_DEG, strip, 0.0)
    finish = np.where(walls.turn_end_deg > _SHARP_DEG, strip, 0.0)
    rows: list[tuple[float, ...]] = []
    for wall in range(len(walls)):
        block = walls.block[wall]
        for left, right in _cuts(walls.length_m[wall], begin[wall], finish[wall], contacts.limits(wall)):
            middle = 0.5 * (left + right)
            edges = (middle < begin[wall], middle > walls.length_m[wall] - finish[wall])
            rows.extend(
                (wall, left, right, low, high, *edges)
                for low, high in contacts.free(wall, middle, bases[block], tops[block])
            )
    table = np.array(rows, dtype=np.float64).reshape(-1, 7).T
    return _Columns(table[0].astype(np.int64), table[1], table[2], table[3], table[4], table[5] > 0, table[6] > 0)


def _cuts(length: float, begin: float, finish: float, limits: Sequence[float]) -> list[tuple[float, float]]:
    """Return the pieces of a wall: cut at contacts and edge strips, the wide ones halved or more."""
    cuts = [0.0]
    for limit in sorted(limits):
        if limit - cuts[-1] >= _FINEST_M and length - limit >= _FINEST_M:
            cuts.append(limit)
    cuts.append(float(length))
    edges = [begin, length - finish]
    if edges[1] - edges[0] < _NARROWEST_M:  # the strips meet, or nearly so
        edges = [0.5 * (edges[0] + edges[1])]
    cuts += [float(edge) for edge in edges if min(abs(edge - cut) for cut in cuts) >= _NARROWEST_M]
    pieces: list[tuple[float, float]] = []
    for left, right in pairwise(sorted(cuts)):
        ticks = np.linspace(left, right, 1 + int(np.ceil((right - left) / _WIDEST_M)))
        pieces.extend(pairwise(ticks.tolist()))
    return pieces


def _stack(blocks: Sequence[Block], walls: Walls, columns: _Columns) -> FacadeCells:
    """Cut columns at the limits of height bands."""
    limits = np.array(BANDS_M[1:-1])
    inside = (limits > columns.base[:, None] + _THINNEST_M) & (limits < columns.top[:, None] - _THINNEST_M)
    count = inside.sum(axis=1) + 1
    of = np.repeat(np.arange(len(count)), count)
    first_band = np.cumsum(count) - count
    last_band = first_band + count - 1
    base = np.empty(len(of))
    base[first_band] = columns.base
    base[np.setdiff1d(np.arange(len(of)), first_band, assume_unique=True)] = np.broadcast_to(limits, inside.shape)[
        inside
    ]
    top = np.append(base[1:], 0.0)
    top[last_band] = columns.top
    return _cells(blocks, walls, columns, _Bands(of, base, top))


@dataclass(frozen=True)
class _Bands:
    column: NDArray[np.int64]
    base: Floats
    top: Floats


def _cells(blocks: Sequence[Block], walls: Walls, columns: _Columns, bands: _Bands) -> FacadeCells:
    wall, of = columns.wall[bands.column], bands.column
    start, end, middle = columns.start[of], columns.end[of], 0.5 * (columns.start + columns.end)[of]
    ux, uy = walls.ux[wall], walls.uy[wall]
    # Outlines are counter-clockwise around the solid, so outside is on the right.
    x, y = walls.x0[wall] + middle * ux + PROBE_M * uy, walls.y0[wall] + middle * uy - PROBE_M * ux
    cells = FacadeCells(
        block=walls.block[wall],
        x=x,
        y=y,
        z=0.5 * (bands.base + bands.top),
        azimuth_deg=np.degrees(np.arctan2(uy, -ux)) % 360.0,
        width_m=end - start,
        base_m=bands.base,
        top_m=bands.top,
        x0=walls.x0[wall] + start * ux,
        y0=walls.y0[wall] + start * uy,
        x1=walls.x0[wall] + end * ux,
        y1=walls.y0[wall] + end * uy,
        edge_start=columns.edge_start[of],
        edge_end=columns.edge_end[of],
    )
    return _without_narrow_gaps(blocks, cells)


def _without_narrow_gaps(blocks: Sequence[Block], cells: FacadeCells) -> FacadeCells:
    """Drop cells whose probe point is inside their own block: a slot or a tiny courtyard."""
    outlines = np.array([block.outline for block in blocks], dtype=object)
    shapely.prepare(outlines)
    keep = ~shapely.intersects_xy(outlines[cells.block], cells.x, cells.y) if len(cells) else np.empty(0, dtype=bool)
    return FacadeCells(**{name: values[keep] for name, values in vars(cells).items()})


class WindFrom(Protocol):
    """A wind with a direction, such as a ``ReferenceWind``."""

    @property
    def from_deg(self) -> float:
        """Return where it blows from, degrees clockwise from north."""
        ...


def incidence_deg(cells: FacadeCells, from_deg: float | Floats) -> Floats:
    """Return the angle between each cell's outward normal and where the wind comes from: 0 facing it, 180 behind."""
    return np.asarray(np.abs((cells.azimuth_deg - from_deg + 180.0) % 360.0 - 180.0))


def zone_factor(cells: FacadeCells, from_deg: float | Floats) -> Floats:
    """Return the local external factor μ_sl of each cell for one direction of the wind, or one for each cell.

    The code tabulates walls that face the wind, its sides and its lee; so the factor is a step function of the
    incidence, changing at 60° and 120°. The strip of -1.4 is at the upwind corner of a side wall.
    """
    incidence = incidence_deg(cells, from_deg)
    angle = np.radians(from_deg)
    toward = (cells.x1 - cells.x0) * np.sin(angle) + (cells.y1 - cells.y0) * np.cos(angle)
    upwind_strip = np.where(toward > 0.0, cells.edge_end, cells.edge_start)
    side = np.where(upwind_strip, SIDE_EDGE, SIDE)
    return np.where(incidence < WINDWARD_DEG, WINDWARD, np.where(incidence > LEEWARD_DEG, LEEWARD, side))


def design_factor(cells: FacadeCells) -> Floats:
    """Return |μ_sl ± internal| of each cell's design: the worst zone and sign over all directions."""
    return worst_factor(np.where(cells.edge, SIDE_EDGE, SIDE))


def eta(cells: FacadeCells, wind: WindFrom, gust_ms: ArrayLike, terrain: Terrain, w0_years: int = 50) -> Floats:
    """Return demand over design for each cell: a screening index that needs no strength of glass.

    Demand is ½ρ gust² |μ_sl ± internal| with the factor of the cell's zone in this wind; design is w_k of the same
    cell for its worst zone (GB 50009-2012 8.1.1-2). The area factor is in both and cancels. ``gust_ms`` is the 3 s
    gust of the flow on the cell, (n,) or (steps, n); NaN stays NaN.
    """
    demand = velocity_pressure_kpa(gust_ms) * worst_factor(zone_factor(cells, wind.from_deg))
    return np.asarray(demand / (gust_pressure_kpa(cells.z, terrain, w0_years) * design_factor(cells)))
