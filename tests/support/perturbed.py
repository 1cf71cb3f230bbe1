"""A synthetic second survey of given buildings, reproducible by a seed, with the true matches."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from layers.space.plane import LocalPlane

# Shares of the buildings that are left out, cut in two, and drawn as one with a neighbour that they touch.
DROPPED, SPLIT, JOINED = 0.1, 0.08, 0.08
# Standard deviation of the shift of one building, and a shift of all, metres; tolerance of the simplification.
SHIFT_M, ALL_M, TOLERANCE_M = 1.5, (2.0, -1.0), 1.0
# Of points: the standard deviation of their shift, metres; up to which draw one has no name, or an English one.
POINT_SHIFT_M, NAMELESS, ENGLISH = 8.0, 0.1, 0.55
_ENDINGS = ("大厦", "大楼", "中心", "广场")


@dataclass
class Copy:
    """Features of the copy, and the true pairs (key of the original, key in the copy) by relation."""

    features: list[dict[str, Any]] = field(default_factory=list)
    same: set[tuple[str, str]] = field(default_factory=set)
    parts: set[tuple[str, str]] = field(default_factory=set)

    def add(self, shape: Any, values: dict[str, Any]) -> str:
        """Add one building and return its key."""
        key = f"copy/{len(self.features)}"
        self.features.append({"key": key, "shape": shape, "values": values})
        return key


def perturb(buildings: list[dict[str, Any]], seed: int) -> Copy:
    """Return a copy of buildings (``key``, ``shape`` in degrees, ``name``, ``height_m``) as by another surveyor."""
    random, copy = np.random.default_rng(seed), Copy()
    plane = LocalPlane(*shapely.get_coordinates(shapely.centroid(buildings[0]["shape"]))[0])
    flat = plane.to_plane(np.array([each["shape"] for each in buildings]))
    tree, used = shapely.STRtree(flat), np.zeros(len(flat), bool)
    for at in random.permutation(len(flat)):
        if used[at]:
            continue
        used[at] = True
        _draw(copy, buildings, flat, (int(at), _neighbour(tree, flat, at, used)), used, random)
    shapes = plane.to_map(np.array([each["shape"] for each in copy.features]))
    for each, shape in zip(copy.features, shapes, strict=True):
        each["shape"] = shape
    return copy


def perturb_points(places: list[dict[str, Any]], seed: int) -> Copy:
    """Return a copy of places (``key``, ``shape`` in degrees, ``name``, ``name_en``, ``class``) by another surveyor.

    Some are left out, some have no name, and half of the others only an English one.
    """
    random, copy = np.random.default_rng(seed), Copy()
    plane = LocalPlane(*shapely.get_coordinates(places[0]["shape"])[0])
    flat = plane.to_plane(np.array([each["shape"] for each in places]))
    for place, shape in zip(places, flat, strict=True):
        if random.random() < DROPPED:
            continue
        way = random.random()
        name = None if way < NAMELESS else place["name_en"] if way < ENGLISH else _respelled(place["name"], random)
        moved = shapely.transform(shape, lambda xy: xy + np.array(ALL_M) + random.normal(0, POINT_SHIFT_M, 2))
        copy.same.add((place["key"], copy.add(moved, {"name": name, "class": place["class"]})))
    for each, shape in zip(copy.features, plane.to_map(np.array([f["shape"] for f in copy.features])), strict=True):
        each["shape"] = shape
    return copy


def _neighbour(tree: Any, flat: Any, at: int, used: Any) -> int | None:
    neighbours = tree.query(flat[at], predicate="dwithin", distance=0.5)
    return next((int(other) for other in neighbours if not used[other]), None)


def _draw(copy: Copy, buildings: Any, flat: Any, pair: tuple[int, int | None], used: Any, random: Any) -> None:
    at, other = pair
    chance, source = random.random(), buildings[at]
    if chance < DROPPED:
        return
    if chance < DROPPED + SPLIT:
        halves = _halves(flat[at])
        copy.parts |= {(source["key"], copy.add(_shifted(half, random), {})) for half in halves}
    elif chance < DROPPED + SPLIT + 4 * JOINED and other is not None:
        used[other] = True
        key = copy.add(_shifted(shapely.union(flat[at], flat[other]), random), {})
        copy.parts |= {(buildings[each]["key"], key) for each in (at, other)}
    else:
        values = {"name": _respelled(source["name"], random), "height_m": _measured(source["height_m"], random)}
        copy.same.add((source["key"], copy.add(_shifted(flat[at], random), values)))


def _halves(shape: Any) -> list[Any]:
    west, south, east, north = shape.bounds
    is_wide = east - west > north - south
    middle = (west + east) / 2 if is_wide else (south + north) / 2
    sides = (
        ((west, south, middle, north), (middle, south, east, north))
        if is_wide
        else (
            (west, south, east, middle),
            (west, middle, east, north),
        )
    )
    return [shapely.intersection(shape, shapely.box(*side)) for side in sides]


def _shifted(shape: Any, random: Any) -> Any:
    moved = shapely.transform(shape, lambda xy: xy + np.array(ALL_M) + random.normal(0, SHIFT_M, 2))
    return shapely.simplify(moved, TOLERANCE_M)


def _respelled(name: str | None, random: Any) -> str | None:
    """Return another spelling: without the town, with another ending, in full width, in brackets, or none at all."""
    if name is None or random.random() < 0.2:
        return None
    ending = next((end for end in _ENDINGS if name.endswith(end)), "")
    new_ending = str(random.choice(_ENDINGS))
    spellings = (
        name,
        name.removeprefix("上海") or name,
        name.removesuffix(ending) + new_ending if ending else name,
        "".join(chr(ord(glyph) + 0xFEE0) if glyph.isascii() and glyph.isalnum() else glyph for glyph in name),
        f"{name}（浦东）",
    )
    return spellings[int(random.integers(len(spellings)))]


def _measured(height: float | None, random: Any) -> float | None:
    return None if height is None or random.random() < 0.5 else round(float(height * random.normal(1, 0.03)), 1)
