"""Looks winds up: any wind is a blend of the two nearest directions, scaled by its speed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from layers.errors import NotFound
from twin.scenarios.wind.library.entry import Entry
from twin.scenarios.wind.library.places import HEIGHTS_M, Maps, gust

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


class Wind(Protocol):
    """A reference wind: ten-minute mean over open country at 10 m, and its direction."""

    @property
    def speed_ms(self) -> float:
        """Return the speed."""

    @property
    def from_deg(self) -> float:
        """Return the direction."""


@dataclass(frozen=True)
class WindMap:
    """Winds at one height over a square: coordinates of columns and rows (m), u east, v north, mean and gust (m/s).

    Arrays are (rows from the south, columns from the west), NaN inside blocks.
    """

    axis: F64
    u: F32
    v: F32
    mean: F32
    gust: F32


@dataclass(frozen=True)
class Samples:
    """Velocities (directions, n, 3) and k (directions, n) at fixed points, to be blended for many winds."""

    directions: F64
    velocity: F64
    tke: F64
    background: F64

    def speeds(self, wind: Wind) -> tuple[F64, F64]:
        """Return the mean speed and the gust of 3 s (n,) at the points, m/s."""
        velocity, tke, background = self._blended(wind)
        mean = np.linalg.norm(velocity, axis=1)
        return mean * wind.speed_ms, gust(mean, tke, background) * wind.speed_ms

    def velocities(self, wind: Wind) -> F64:
        """Return the mean velocity (n, 3; east, north, up) at the points, m/s."""
        return self._blended(wind)[0] * wind.speed_ms

    def _blended(self, wind: Wind) -> tuple[F64, F64, F64]:
        pairs = weights(self.directions, wind.from_deg)
        velocity = sum(turned(self.velocity[n], wind.from_deg - self.directions[n]) * share for n, share in pairs)
        tke, background = (sum(values[n] * share for n, share in pairs) for values in (self.tke, self.background))
        return np.asarray(velocity), np.asarray(tke), np.asarray(background)


def weights(directions: F64, from_deg: float) -> list[tuple[int, float]]:
    """Return the directions on either side of a wind and their shares; a single direction stands for all winds."""
    order = np.argsort(directions)
    rising = directions[order]
    upper = int(np.searchsorted(rising, from_deg % 360.0, side="right")) % len(rising)
    lower = (upper - 1) % len(rising)
    if lower == upper:
        return [(int(order[lower]), 1.0)]
    span = (rising[upper] - rising[lower]) % 360.0
    part = ((from_deg - rising[lower]) % 360.0) / span
    return [(int(order[lower]), 1.0 - part), (int(order[upper]), part)]


def turned(velocity: F64, degrees: float) -> F64:
    """Return velocities (n, 3) turned clockwise: a field is used for winds from a nearby direction."""
    angle = np.radians(degrees)
    c, s = np.cos(angle), np.sin(angle)
    east, north = velocity[:, 0], velocity[:, 1]
    return np.column_stack([east * c + north * s, north * c - east * s, velocity[:, 2]])


class Library:
    """The stored directions of one state of a district, in one quality."""

    def __init__(self, folder: Path) -> None:
        """Open the library in a folder; raises NotFound when it has no direction."""
        self.folder = folder
        self.entries = [Entry(path.parent) for path in sorted(folder.glob("*/facts.json")) if _is_complete(path.parent)]
        if not self.entries:
            raise NotFound(f"there is no wind field in {folder.name}; build one with: twin wind library")
        self.directions = np.array([entry.facts.from_deg for entry in self.entries])

    @property
    def version(self) -> str:
        """Return the version of the district that it was solved for."""
        return self.entries[0].facts.version

    @cached_property
    def maps(self) -> Maps:
        """Return the points of its maps."""
        return Maps(self.entries[0].facts.reach)

    @cached_property
    def _levels(self) -> F32:
        return np.stack([entry.array("levels") for entry in self.entries]).astype(np.float32)

    @cached_property
    def _facades(self) -> F32:
        return np.stack([entry.array("facades") for entry in self.entries])

    def map(self, wind: Wind, height_m: float = 2.0) -> WindMap:
        """Return the wind over the core at one of ``HEIGHTS_M``, the nearest to the requested height."""
        level = int(np.abs(np.array(HEIGHTS_M) - height_m).argmin())
        n = len(self.maps.axis)
        background = np.array([float(entry.inflow.k(np.array([HEIGHTS_M[level]]))[0]) for entry in self.entries])
        total = np.zeros((3, n * n), np.float32)
        sigma = np.zeros(n * n, np.float32)
        for number, share in weights(self.directions, wind.from_deg):
            values = self._levels[number, level].reshape(4, n * n)
            angle = np.radians(wind.from_deg - self.directions[number])
            c, s = np.float32(np.cos(angle) * share), np.float32(np.sin(angle) * share)
            total[0] += c * values[0] + s * values[1]
            total[1] += c * values[1] - s * values[0]
            total[2] += np.float32(share) * values[2]
            sigma += np.float32(share) * (values[3] + np.float32(background[number]))
        mean = np.sqrt((total**2).sum(axis=0))
        peak = gust(mean, sigma, np.zeros(1)).astype(np.float32)
        u, v, m, g = (part.reshape(n, n) * np.float32(wind.speed_ms) for part in (total[0], total[1], mean, peak))
        return WindMap(self.maps.axis, u, v, m, g)

    def facade_gusts(self, wind: Wind) -> F64:
        """Return the gust on each façade cell (n,), m/s."""
        pairs = weights(self.directions, wind.from_deg)
        return np.asarray(sum(self._facades[n] * share for n, share in pairs) * wind.speed_ms)

    def sample(self, points: F64, winds: Sequence[Wind]) -> Samples:
        """Return samples of the directions that ``winds`` need at points (n, 3; metres of the plane, above ground)."""
        needed = sorted({n for wind in winds for n, _ in weights(self.directions, wind.from_deg)})
        entries = [self.entries[n] for n in needed]
        samples = [entry.at(points) for entry in entries]
        background = np.stack([entry.inflow.k(points[:, 2]) for entry in entries])
        return Samples(
            self.directions[needed], np.stack([v for v, _ in samples]), np.stack([k for _, k in samples]), background
        )

    def inside(self, points: F64) -> NDArray[np.bool_]:
        """Return which points lie inside blocks."""
        return self.entries[0].inside(points)


def _is_complete(folder: Path) -> bool:
    return not folder.name.endswith(".part")
