"""Builds the blocks and vegetation of a district from rows of buildings, parts and greens."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely import Polygon

from layers.errors import ParameterError
from twin.scenarios.wind.block import Block, Vegetation
from twin.scenarios.wind.district import District
from twin.scenarios.wind.service.survey import Rows, Site, Survey

# The height assumed for a building without one, m: four storeys of three metres.
ASSUMED_HEIGHT_M = 12.0
_SMALLEST_M2 = 4.0
_SIMPLER_M = 0.3
# The rest of a plan that no building part covers counts as built from this share on; less is drawing inaccuracy.
_REST_SHARE = 0.15
# Height of trees and drag coefficient times leaf area density, by class of green. Judgement, after the usual Cd of 0.2
# and leaf area densities of 0.3 to 0.5 1/m of park trees; a park is half lawn.
PLANTS = {"forest": (10.0, 0.08), "wood": (10.0, 0.08), "park": (8.0, 0.03), "garden": (5.0, 0.03)}


@dataclass(frozen=True)
class Tower:
    """A planned building: its ground plan in metres of the plane, and its height."""

    name: str
    outline: Polygon
    height_m: float


@dataclass(frozen=True)
class Change:
    """The change of a what-if run: buildings removed (keys such as ``buildings/12``) and added."""

    remove: frozenset[str] = frozenset()
    add: tuple[Tower, ...] = ()


@dataclass(frozen=True)
class City:
    """The district, the row of each block's building (None for an added one), and the count of assumed heights.

    A row's ``grade`` is the highest of the building and its parts, which are its ``sources``.
    """

    district: District
    owners: tuple[dict[str, Any] | None, ...]
    assumed: int = 0
    names: dict[str, str] = field(default_factory=dict)


def city_of(survey: Survey, change: Change | None = None) -> City:
    """Return the city of a survey with a change applied; raises ParameterError for a removed building not in it."""
    change = change or Change()
    keys = {survey.buildings.key(n) for n in range(len(survey.buildings.rows))}
    missing = sorted(change.remove - keys)
    if missing:
        raise ParameterError("change.remove", f"there is no {missing[0]} in the district")
    assumed = [0]
    blocks: list[Block] = []
    owners: list[dict[str, Any] | None] = []
    for block, owner in _built_prisms(survey, change, assumed):
        blocks.append(block)
        owners.append(owner)
    for number, tower in enumerate(change.add):
        blocks.append(Block(f"added/{number}", tower.outline, 0.0, tower.height_m))
        owners.append(None)
    half = survey.site.half_m
    district = District(survey.site.plane, (-half, -half, half, half), tuple(blocks), tuple(_plants(survey.green)))
    names = {f"added/{number}": tower.name for number, tower in enumerate(change.add)}
    return City(district, tuple(owners), assumed[0], names)


def _built_prisms(survey: Survey, change: Change, assumed: list[int]) -> Iterator[tuple[Block, dict[str, Any]]]:
    parts_of = _parts_of(survey.buildings, survey.parts)
    for index, row in enumerate(survey.buildings.rows):
        key = survey.buildings.key(index)
        if key in change.remove:
            continue
        parts = parts_of.get(index, [])
        grades = [row["grade"], *(survey.parts.grade(part) for part in parts)]
        owner = row | {"grade": max(grades), "sources": tuple(survey.parts.key(part) for part in parts)}
        for outline, base, top in _prisms(survey, index, parts, assumed):
            yield Block(key, outline, base, top), owner


def _parts_of(buildings: Rows, parts: Rows) -> dict[int, list[int]]:
    """Return for each building with parts the indices of the parts whose middle lies within its plan."""
    parts_by_building: dict[int, list[int]] = defaultdict(list)
    if not len(parts.shapes) or not len(buildings.shapes):
        return parts_by_building
    tree = shapely.STRtree(buildings.shapes)
    part, building = tree.query(shapely.point_on_surface(parts.shapes), predicate="within")
    for p, b in zip(part.tolist(), building.tolist(), strict=True):
        if buildings.rows[b]["has_parts"]:
            parts_by_building[b].append(p)
    return parts_by_building


def _prisms(survey: Survey, index: int, parts: list[int], assumed: list[int]) -> Iterator[tuple[Polygon, float, float]]:
    """Yield the prisms of a building: itself, or its parts and the remainder of its plan."""
    row, plan = survey.buildings.rows[index], survey.buildings.shapes[index]
    own_heights = _heights(row, assumed)
    if not parts:
        yield from _each(plan, *own_heights)
        return
    shapes = [survey.parts.shapes[p] for p in parts]
    heights = [_heights(survey.parts.rows[p], assumed) for p in parts]
    for shape, (base, top) in zip(shapes, heights, strict=True):
        yield from _each(shape, base, top)
    remainder = shapely.difference(plan, shapely.union_all(shapes))
    if remainder.area > _REST_SHARE * plan.area:
        # The remainder is as high as the lowest part that stands on the ground: the podium.
        yield from _each(remainder, 0.0, min((top for base, top in heights if base <= 0.0), default=own_heights[1]))


def _heights(row: dict[str, Any], assumed: list[int]) -> tuple[float, float]:
    top, base = row.get("height_m"), float(row.get("min_height_m") or 0.0)
    if top is None or not np.isfinite(top) or top <= base:
        assumed[0] += 1
        return base, base + ASSUMED_HEIGHT_M
    return base, float(top)


def _each(shape: Any, base: float, top: float) -> Iterator[tuple[Polygon, float, float]]:
    for polygon in shapely.get_parts(shapely.simplify(shape, _SIMPLER_M)):
        if isinstance(polygon, Polygon) and polygon.area >= _SMALLEST_M2:
            yield polygon, base, top


def _plants(green: Rows) -> Iterator[Vegetation]:
    for row, shape in zip(green.rows, green.shapes, strict=True):
        if row["class"] in PLANTS:
            top, drag = PLANTS[row["class"]]
            for polygon in shapely.get_parts(shape):
                if isinstance(polygon, Polygon):
                    yield Vegetation(polygon, top, drag)


def tower_of(name: str, outline: Any, height_m: float, site: Site) -> Tower:
    """Return a tower from a GeoJSON polygon in degrees; it must be valid and lie inside the site's square."""
    try:
        plan = shapely.from_geojson(outline)
    except (shapely.GEOSException, TypeError) as error:
        raise ParameterError("change.add", f"outline is not a GeoJSON polygon: {error}") from error
    if not isinstance(plan, Polygon) or not plan.is_valid or plan.is_empty:
        raise ParameterError("change.add", "outline is not a valid polygon")
    placed = site.plane.to_plane(np.array([plan], dtype=object))[0]
    if placed.area < _SMALLEST_M2 or np.abs(placed.bounds).max() > site.half_m:
        raise ParameterError(
            "change.add", f"outline is not inside the square of {2 * site.half_m:.0f} m of the district"
        )
    return Tower(name, placed, height_m)


def mean_height(blocks: Sequence[Block]) -> float:
    """Return the mean height of blocks by area, m."""
    if not blocks:
        return 0.0
    return float(np.average([b.top_m for b in blocks], weights=[b.outline.area for b in blocks]))
