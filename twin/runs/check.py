"""Validates the result of a run before anything of it is written."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from layers.errors import InputError
from twin.hazard import Level
from twin.scenario import RunFeature, RunResult

MOST_STEPS = 2000
MOST_STEP_S = 366 * 24 * 3600
# Latitudes beyond Web Mercator's square cannot be put into tiles.
_EDGE = (180.0, 85.06)


def check_result(result: RunResult, kinds: Sequence[str]) -> None:
    """Raise InputError, naming the feature, unless all of a result can be stored and shown as one of these kinds."""
    if result.begins.tzinfo is None:
        raise InputError(f"begins: {result.begins.isoformat()} has no offset from UTC")
    if not 1 <= result.steps <= MOST_STEPS:
        raise InputError(f"steps: {result.steps} is not from 1 to {MOST_STEPS}")
    if not 1 <= result.step_s <= MOST_STEP_S:
        raise InputError(f"step_s: {result.step_s} is not from 1 to {MOST_STEP_S} seconds")
    to_json("summary", result.summary)
    for feature in result.features:
        if feature.kind not in kinds:
            raise InputError(f"{_name(feature)}: kind {feature.kind!r} is none of {', '.join(kinds) or 'the scenario'}")
        _check_feature(feature, result.steps)
    _check_geometries(result.features)


def to_json(place: str, document: Mapping[str, Any]) -> str:
    """Return a document as JSON for PostgreSQL, or raise InputError: NaN and NUL are not allowed."""
    try:
        text = json.dumps(dict(document), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"{place}: this is not valid JSON ({error})") from error
    if "\\u0000" in text:
        raise InputError(f"{place}: a text contains the character NUL, which cannot be stored")
    return text


def _check_feature(feature: RunFeature, steps: int) -> None:
    _check_levels(feature, steps)
    _check_numbers(feature, steps)


def _check_levels(feature: RunFeature, steps: int) -> None:
    levels = [feature.level] if feature.levels is None else [feature.level, *feature.levels]
    if feature.levels is not None and len(feature.levels) != steps:
        raise InputError(f"{_name(feature)}: {len(feature.levels)} levels for {steps} steps")
    if not Level.NONE <= min(levels) <= max(levels) <= Level.RED:
        raise InputError(f"{_name(feature)}: a level is not from {int(Level.NONE)} to {int(Level.RED)}")


def _check_numbers(feature: RunFeature, steps: int) -> None:
    series: Sequence[float] = () if feature.series is None else feature.series
    if feature.series is not None and len(series) != steps:
        raise InputError(f"{_name(feature)}: a series of {len(series)} values for {steps} steps")
    scalars = (feature.value, feature.people, feature.base_m, feature.height_m)
    numbers = np.asarray([number for number in scalars if number is not None] + list(series), dtype=np.float32)
    if not np.isfinite(numbers).all():
        raise InputError(f"{_name(feature)}: value, series, people and heights must be finite numbers of 4 bytes")


def _check_geometries(features: Sequence[RunFeature]) -> None:
    """Refuse empty geometries and those outside the map, such as one in metres."""
    if not features:
        return
    shapes = np.asarray([feature.geom for feature in features], dtype=object)
    bounds = shapely.bounds(shapes)
    reach = np.abs(bounds).reshape(-1, 2, 2).max(axis=1)
    # The bounds of an empty geometry are NaN, which compares false.
    wrong = np.flatnonzero(~(reach <= np.asarray(_EDGE)).all(axis=1))
    if wrong.size:
        raise InputError(f"{_name(features[wrong[0]])}: its geometry is empty or not in degrees, longitude first")


def _name(feature: RunFeature) -> str:
    return f"{feature.kind} feature {feature.key!r}"
