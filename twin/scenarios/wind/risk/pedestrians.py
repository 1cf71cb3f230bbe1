"""People on foot in the wind: gusts of an event, and comfort by Lawson for design."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.title import Title
from twin.scenarios.wind.risk.levels import level_rule

GUST_EQUIVALENT = 1.85
"""A gust counts as a mean of this fraction: the gust-equivalent mean (Lawson 1990 as it is used today)."""

DISTRESS_FRAIL_MS, DISTRESS_ABLE_MS = 15.0, 20.0
"""Speeds that are unsafe for the frail and cyclists, and for able-bodied people (Lawson 1990)."""

_COMFORT_LIMITS = (4.0, 6.0, 8.0, 10.0)
COMFORT = (
    Title("可久坐", "sitting"),
    Title("可站立", "standing"),
    Title("可漫步", "walking"),
    Title("可快走", "business walking"),
    Title("不舒适", "uncomfortable"),
)
"""Lawson's classes by the speed exceeded in 5 % of the time: below 4, 6, 8, 10 m/s, and above."""


def gust_levels(gust_ms: ArrayLike) -> NDArray[np.int8]:
    """Return the level of an instantaneous gust at pedestrian height: 10, 15, 20, 25 m/s; NaN has none."""
    return level_rule("street").levels(gust_ms)


def comfort_classes(mean_ms: ArrayLike, gust_ms: ArrayLike) -> NDArray[np.int8]:
    """Return the index into ``COMFORT`` of the mean and gust that are exceeded in 5 % of the time."""
    gust_equivalent = np.asarray(gust_ms, dtype=np.float64) / GUST_EQUIVALENT
    worse = np.maximum(np.asarray(mean_ms, dtype=np.float64), gust_equivalent)
    return np.searchsorted(_COMFORT_LIMITS, worse, side="right").astype(np.int8)


@dataclass(frozen=True)
class SegmentGusts:
    """Gusts along n segments: the worst, and the share of sampled places that have the worst one's level."""

    worst_ms: NDArray[np.float64]
    share: NDArray[np.float64]


def along_segments(segment: NDArray[np.int64], gust_ms: ArrayLike, count: int) -> SegmentGusts:
    """Return the gusts along each of ``count`` segments, from places sampled on them; NaN where none is free.

    ``segment`` is the segment of each place and need not be sorted; a place inside a building has gust NaN.
    """
    gusts = np.asarray(gust_ms, dtype=np.float64)
    free = ~np.isnan(gusts)
    of, values = segment[free], gusts[free]
    worst = np.full(count, -np.inf)
    np.maximum.at(worst, of, values)
    places = np.bincount(of, minlength=count)
    worst[places == 0] = np.nan
    level = gust_levels(worst)
    at_worst_level = np.bincount(of, weights=gust_levels(values) == level[of], minlength=count)
    return SegmentGusts(worst, at_worst_level / np.maximum(places, 1))
