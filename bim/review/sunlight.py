"""Minutes of sun at points on a day, counted as a rule counts them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.review.facades import SamplePoints
from bim.review.rays import AT_ONCE, Rays
from bim.review.rule import SunlightRule
from bim.review.scene import Scene

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Progress = Callable[[int, int], None]
# Sun along a wall is no sun on it.
_GRAZING = 1e-6


@dataclass(frozen=True, eq=False)
class Segments:
    """Times of sun without a break: of ``point`` (g,), from instant ``first`` to ``last`` (g,), both sunlit."""

    point: Ints
    first: Ints
    last: Ints

    @classmethod
    def joined(cls, parts: Sequence["Segments"]) -> "Segments":
        """Return the segments of all parts."""
        none = np.empty(0, np.int64)
        columns = ([none, *column] for column in zip(*((one.point, one.first, one.last) for one in parts), strict=True))
        return cls(*map(np.concatenate, columns)) if parts else cls(none, none, none)

    def chosen(self, mask: "NDArray[Any]") -> "Segments":
        """Return those that a mask chooses."""
        return Segments(self.point[mask], self.first[mask], self.last[mask])

    @property
    def steps(self) -> Ints:
        """Return how many steps of time each has."""
        return self.last - self.first


@dataclass(frozen=True, eq=False)
class Sunlight:
    """What points (n,) have of the sun: ``minutes`` as the rule counts them, and the ``segments`` that may count.

    ``instants`` (t,) are those that were looked at, seconds since 1970-01-01T00:00Z.
    """

    rule: SunlightRule
    instants: Floats
    minutes: Floats
    segments: Segments

    @property
    def meets(self) -> Bools:
        """Tell which points have what the rule asks for."""
        return np.asarray(self.minutes >= self.rule.required_min - 1e-6)


def sunlight(
    scene: Scene, samples: SamplePoints, rule: SunlightRule, year: int, progress: Progress | None = None
) -> Sunlight:
    """Return the sunlight of points in a scene on the day of a rule.

    A point is in the sun from one instant to the next if it is at both, so that an answer is at most two steps short
    for each segment, and never too long by more than what is hidden for less than a step.
    """
    instants = rule.instants(year, scene.anchor[0])
    directions = rule.sun(year, *scene.anchor).directions
    found: list[Segments] = []
    at_once = max(1, AT_ONCE // len(directions))
    for first in range(0, len(samples), at_once):
        # A part at a time: all points and instants of a district at once would take gigabytes.
        part = samples.chosen(slice(first, first + at_once))
        own = segments_of(sunlit(scene.rays, part, directions, rule.least_sweep_deg), rule)
        found.append(replace(own, point=own.point + first))
        if progress is not None:
            progress(first + len(part), len(samples))
    segments = Segments.joined(found)
    return Sunlight(rule, instants, counted_minutes(segments, len(samples), rule), segments)


def sunlit(rays: Rays, samples: SamplePoints, directions: Floats, least_sweep_deg: float = 0.0) -> Bools:
    """Tell for points (n,) and directions towards the sun (t, 3) whether it shines there (n, t).

    It does not from below the horizon, from behind, nor where it meets the wall, seen from above, at less than
    ``least_sweep_deg``. On a window 满窗 it shines where it does on both ends of the sill.
    """
    asked = _faces(samples.normals, directions, least_sweep_deg) & (directions[:, 2] > 0)
    if not samples.halves.any():
        return rays.free(samples.points, directions, asked)
    # What is dark at one end need not be asked about at the other.
    one_end = rays.free(samples.points - samples.halves, directions, asked)
    return rays.free(samples.points + samples.halves, directions, one_end)


def segments_of(lit: Bools, rule: SunlightRule) -> Segments:
    """Return the segments of sun (n, t) that are as long as the rule asks for; one instant alone has no length."""
    edges = np.diff(np.pad(lit, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    point, first = np.nonzero(edges == 1)
    last = np.nonzero(edges == -1)[1] - 1
    found = Segments(point, first, last)
    long_enough = found.steps * rule.step_min >= rule.least_segment_min - 1e-9
    return found.chosen(long_enough & (found.steps > 0))


def counted_minutes(segments: Segments, points: int, rule: SunlightRule) -> Floats:
    """Return the minutes (n,) that count: of all segments, or of the longest of each point."""
    most = rule.counted_segments
    if most is not None:
        order = np.lexsort((-segments.steps, segments.point))
        point = segments.point[order]
        rank = np.arange(len(order)) - np.searchsorted(point, point)
        segments = segments.chosen(order[rank < most])
    return np.asarray(np.bincount(segments.point, segments.steps, minlength=points) * rule.step_min, np.float64)


def _faces(normals: Floats, directions: Floats, least_sweep_deg: float) -> Bools:
    """Tell which sun (t,) is before which wall (n,), and enters it."""
    cosine = normals @ directions.T
    if least_sweep_deg:
        flat = directions[:, :2] / np.maximum(np.linalg.norm(directions[:, :2], axis=1), 1e-12)[:, None]
        enters = normals[:, :2] @ flat.T >= math.sin(math.radians(least_sweep_deg)) - 1e-12
        before = (cosine > _GRAZING) & enters
    else:
        before = cosine > _GRAZING
    looks_nowhere = np.linalg.norm(normals, axis=1) == 0
    return np.asarray(before | looks_nowhere[:, None])
