"""Sunlight of a day: 3,000 buildings, 20,000 points, each minute from 8 to 16 h, beside bare rays of embree."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from statistics import median
from typing import Any

import numpy as np
import shapely
from blocks import ANCHOR, FRAME, on_the_map, town
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from report import machine

from bim.review import (
    Placing,
    Prisms,
    SamplePoints,
    Scene,
    facade_points,
    ground_points,
    read_rules,
    shadow_polygons,
    sun_at,
    sunlight,
)
from bim.review.rays import AT_ONCE

HEADING = "## Sunlight"
BUILDINGS, POINTS, YEAR = 3_000, 20_000, 2027
RULE = "cn-great-cold-2h"
CASTERS = 1_000


@dataclass(frozen=True)
class Sunshine:
    """Seconds of each round: points on the ground, the same rays bare, points on façades; shadows at one instant."""

    conditions: dict[str, str]
    triangles: int
    points: int
    steps: int
    ground_s: list[float]
    bare_s: list[float]
    facade_points: int
    facade_s: list[float]
    shadows_s: list[float]

    def text(self) -> str:
        """Return the section of the report."""
        return "\n".join(_lines(self)) + "\n"

    def as_json(self) -> dict[str, Any]:
        """Return everything that was measured."""
        return asdict(self)


def sunshine(rounds: int) -> Sunshine:
    """Count the sun of a day over and over, in turn with bare rays."""
    prisms, rule = town(BUILDINGS), read_rules()[RULE]
    scene = Scene.of(prisms, ANCHOR)
    ground = _first(ground_points(on_the_map(shapely.box(-1100, -1100, 1100, 1100)), 10.0, FRAME, prisms))
    facade = _first(facade_points(prisms, Placing(spacing_m=4.0, all_storeys=True), FRAME, prisms))
    directions = sun_at(rule.instants(YEAR, ANCHOR[0]), *ANCHOR).directions
    bare = _bare(scene)
    on_ground, alone, on_facades, shadows = [], [], [], []
    casters = _angular(town(CASTERS))
    for _ in range(rounds):
        # Each round builds its scene anew, as a question does.
        on_ground.append(_seconds(lambda: sunlight(Scene.of(prisms, ANCHOR), ground, rule, YEAR)))
        alone.append(_seconds(lambda: _cast(bare, ground.points, directions)))
        on_facades.append(_seconds(lambda: sunlight(Scene.of(prisms, ANCHOR), facade, rule, YEAR)))
        shadows.append(_seconds(lambda: shadow_polygons(casters, FRAME, directions[60])))
    conditions = {"date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "machine": machine()}
    return Sunshine(
        conditions,
        len(scene.triangles),
        len(ground),
        len(directions),
        on_ground,
        alone,
        len(facade),
        on_facades,
        shadows,
    )


def _angular(prisms: Prisms) -> Prisms:
    """Return buildings with a corner cut out, which have no hull to go by."""
    west, south, east, north = shapely.bounds(prisms.outlines).T
    corner = shapely.box((west + east) / 2, (south + north) / 2, east + 1, north + 1)
    return replace(prisms, outlines=shapely.difference(prisms.outlines, corner))


def _first(samples: SamplePoints) -> SamplePoints:
    chosen = np.random.default_rng(3).choice(len(samples), min(POINTS, len(samples)), replace=False)
    return samples.chosen(np.sort(chosen))


def _bare(scene: Scene) -> Any:
    made = EmbreeScene()
    TriangleMesh(made, scene.vertices.astype(np.float32), scene.triangles.astype(np.int32))
    return made


def _cast(scene: Any, points: Any, directions: Any) -> None:
    """Cast all rays with nothing around them but arrays of single precision."""
    starts, towards = points.astype(np.float32), directions.astype(np.float32)
    at_once = max(1, AT_ONCE // len(towards))
    for first in range(0, len(starts), at_once):
        part = starts[first : first + at_once]
        scene.run(np.repeat(part, len(towards), axis=0), np.tile(towards, (len(part), 1)), query="OCCLUDED")


def _seconds(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _lines(result: Sunshine) -> Iterator[str]:
    rays = result.points * result.steps
    ground, bare = median(result.ground_s), median(result.bare_s)
    ratio = median(one / two for one, two in zip(result.ground_s, result.bare_s, strict=True))
    yield from (HEADING, "", "Made by `make bench ARGS=sunlight`.", "")
    yield from (f"- {name}: {value}" for name, value in result.conditions.items())
    yield ""
    yield (
        f"{BUILDINGS:,} boxes ({result.triangles:,} triangles), each minute from 8 to 16 h of the great cold "
        f"({result.steps} instants), {len(result.ground_s)} rounds each, in turn, one thread:"
    )
    yield ""
    yield (
        f"- {result.points:,} points on the ground, from footprints to minutes: {ground:.2f} s (worst "
        f"{max(result.ground_s):.2f} s), {rays / ground / 1e6:.1f} M rays/s"
    )
    yield (
        f"- the same rays bare, the limit: {bare:.2f} s, {rays / bare / 1e6:.1f} M rays/s; all that is around them "
        f"makes it {ratio:.2f} times as long"
    )
    facade = median(result.facade_s)
    yield f"- {result.facade_points:,} points on façades, which look one way: {facade:.2f} s"
    shadows = median(result.shadows_s) * 1000
    yield f"- shadows of {CASTERS:,} angular buildings at one instant, as one geometry: {shadows:.0f} ms"
