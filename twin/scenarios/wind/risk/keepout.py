"""Keep-out zones below objects that may fall: the reach of fragments, and the ground they may hit."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from layers.errors import InputError
from layers.title import Title
from twin.scenarios.wind.terrain import AIR_DENSITY, Terrain

GRAVITY = 9.81  # m/s²
GUST_SECONDS = 3.0  # the duration of a gust; then the mean wind blows
LATERAL_DEG = 15.0  # half-angle of the fan downwind, for the turning of gusts: judgement
TOPPLE_KINDS = frozenset({"tree", "tower_crane"})
"""Kinds that fall over whole: their zone has the radius of their height, or of the jib where it is longer."""

_STEP_S = 0.1
_LONGEST_S = 240.0
# Possible radius of a fall without wind by height (GB/T 3608-2008): 3, 4, 5, 6 m.
_CALM_HEIGHTS, _CALM_RADII = (5.0, 15.0, 30.0), (3.0, 4.0, 5.0, 6.0)
_FILE = Path(__file__).with_name("missiles.csv")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Missile:
    """A plate that may come off: ``mass_kg_m2`` of its area, drag coefficient, share of area exposed to the wind."""

    kind: str
    title: Title
    mass_kg_m2: float
    drag: float
    projected_share: float
    basis: str
    source: str

    @property
    def drag_per_mass(self) -> float:
        """Return ½ρ C_D A/m, 1/m: deceleration over the square of relative speed."""
        return 0.5 * AIR_DENSITY * self.drag * self.projected_share / self.mass_kg_m2

    def tachikawa(self, speed_ms: ArrayLike) -> Floats:
        """Return the Tachikawa number K = ρU²A/(2mg): the wind's force over the weight."""
        speed = np.asarray(speed_ms, dtype=np.float64)
        return np.asarray(AIR_DENSITY * np.square(speed) / (2.0 * self.mass_kg_m2 * GRAVITY))


@cache
def missiles(path: Path = _FILE) -> dict[str, Missile]:
    """Return the missile that may come off each kind of object."""
    with path.open(encoding="utf-8") as file:
        return {row["kind"]: _missile(row) for row in csv.DictReader(file)}


def reach_m(missile: Missile, height_m: ArrayLike, gust_ms: ArrayLike, terrain: Terrain = Terrain.D) -> Floats:
    """Return the distance downwind at which a plate lands, by its height and the 3 s gust at that height, metres.

    A point mass with drag in two dimensions, by fourth-order Runge-Kutta. The gust blows for three seconds, then the
    mean wind that belongs to it; below, the wind decreases with the terrain's profile. Lift is neglected.
    """
    height, gust = np.broadcast_arrays(np.asarray(height_m, np.float64), np.asarray(gust_ms, np.float64))
    wind = _Wind(np.maximum(height, 0.0).ravel(), np.maximum(gust, 0.0).ravel(), terrain)
    return _land(missile.drag_per_mass, wind).reshape(height.shape)


def calm_radius_m(height_m: ArrayLike) -> Floats:
    """Return the radius within which things fall without wind (GB/T 3608-2008)."""
    heights = np.asarray(height_m, dtype=np.float64)
    return np.asarray(_CALM_RADII)[np.searchsorted(_CALM_HEIGHTS, heights, side="left")]


@dataclass(frozen=True)
class FallingThings:
    """n things of one kind that may come off; outlines in metres of a plane, x east and y north."""

    kind: str
    outlines: NDArray[np.object_]
    height_m: Floats
    gust_ms: Floats
    from_deg: Floats  # where the wind blows from
    width_m: Floats | None = None  # of a crane: its jib


def keepout_zones(things: FallingThings, terrain: Terrain = Terrain.D) -> "np.ndarray[Any, np.dtype[np.object_]]":
    """Return the ground that each thing may reach: its outline, a margin, and a fan downwind.

    A convex polygon; for kinds that topple, a circle of the height around the outline.
    """
    if things.kind in TOPPLE_KINDS:
        return np.asarray(shapely.buffer(things.outlines, _topple_radius(things)))
    reach = reach_m(_missile_of(things.kind), things.height_m, things.gust_ms, terrain)
    margins = shapely.buffer(things.outlines, calm_radius_m(things.height_m))
    xy, of = shapely.get_coordinates(margins, return_index=True)
    return _swept_hulls(xy, of, reach, np.radians(things.from_deg + 180.0))


def _swept_hulls(xy: Floats, of: NDArray[np.int64], reach: Floats, downwind: Floats) -> NDArray[np.object_]:
    """Return the hull of each outline's points and their copies downwind and at both sides of the fan."""
    spread = np.radians(LATERAL_DEG)
    copies: list[Floats] = [xy]
    for turn in (-spread, 0.0, spread):
        # The sides of the fan reach as far along as across, so the hull has no dent before its tip.
        step = reach / np.cos(turn)
        shift = np.column_stack((step * np.sin(downwind + turn), step * np.cos(downwind + turn)))
        copies.append(xy + shift[of])
    order = np.argsort(np.tile(of, len(copies)), kind="stable")
    points = shapely.multipoints(np.concatenate(copies)[order], indices=np.tile(of, len(copies))[order])
    return np.asarray(shapely.convex_hull(points))


def _topple_radius(things: FallingThings) -> Floats:
    jib = np.zeros_like(things.height_m) if things.width_m is None else np.nan_to_num(things.width_m)
    return np.maximum(things.height_m, jib if things.kind == "tower_crane" else 0.0)


@dataclass(frozen=True)
class _Wind:
    """Wind along each fall: ``gust`` at the release height for three seconds, then its mean, less further down."""

    height: Floats
    gust: Floats
    terrain: Terrain

    def speed(self, z: Floats, t: float) -> Floats:
        at_release = self.gust
        if t >= GUST_SECONDS:
            at_release = self.gust / self.terrain.gust_speed_factor(self.height)
        profile = self.terrain.mean_ratio(np.minimum(z, self.height)) / self.terrain.mean_ratio(self.height)
        return np.asarray(at_release * profile)


def _land(drag_per_mass: float, wind: _Wind) -> Floats:
    """Integrate until everything has landed; the last step is cut where it meets the ground."""
    state = np.stack((np.zeros_like(wind.height), wind.height, np.zeros_like(wind.height), np.zeros_like(wind.height)))
    landed = np.where(wind.height > 0.0, np.nan, 0.0)
    for number in range(int(_LONGEST_S / _STEP_S)):
        if not np.isnan(landed).any():
            break
        next_state = _step(state, number * _STEP_S, drag_per_mass, wind)
        down = np.isnan(landed) & (next_state[1] <= 0.0)
        share = state[1] / np.maximum(state[1] - next_state[1], 1e-9)
        landed = np.where(down, state[0] + share * (next_state[0] - state[0]), landed)
        state = next_state
    return np.asarray(np.where(np.isnan(landed), state[0], landed))


def _step(state: Floats, t: float, drag_per_mass: float, wind: _Wind) -> Floats:
    def slope(at: Floats, when: float) -> Floats:
        across = wind.speed(at[1], when) - at[2]
        relative = np.hypot(across, at[3])
        return np.stack((at[2], at[3], drag_per_mass * relative * across, -GRAVITY - drag_per_mass * relative * at[3]))

    k1 = slope(state, t)
    k2 = slope(state + 0.5 * _STEP_S * k1, t + 0.5 * _STEP_S)
    k3 = slope(state + 0.5 * _STEP_S * k2, t + 0.5 * _STEP_S)
    k4 = slope(state + _STEP_S * k3, t + _STEP_S)
    return np.asarray(state + _STEP_S / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4))


def _missile(row: dict[str, str]) -> Missile:
    return Missile(
        row["kind"],
        Title(row["what_zh"], row["what_en"]),
        float(row["mass_kg_m2"]),
        float(row["drag"]),
        float(row["projected_share"]),
        row["basis"],
        row["source"],
    )


def _missile_of(kind: str) -> Missile:
    by_kind = missiles()
    if kind not in by_kind:
        raise InputError(f"there is no missile for the kind {kind!r}; there are missiles for {', '.join(by_kind)}")
    return by_kind[kind]


def outlines_of_points(x: Sequence[float], y: Sequence[float], width_m: Sequence[float]) -> NDArray[np.object_]:
    """Return discs of the given width around points, for objects without an outline."""
    widths = np.maximum(np.nan_to_num(np.asarray(width_m, dtype=np.float64)), 1.0)
    return np.asarray(shapely.buffer(shapely.points(np.asarray(x), np.asarray(y)), 0.5 * widths))
