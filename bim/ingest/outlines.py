"""Where the elements of a model lie in plan, and how high: those with a shape, and those that only hold others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bim.georeference import Placement
from bim.model import Element


@dataclass(frozen=True)
class Extent:
    """An outline in the plane of the model, and the least and the greatest height over its origin, in metres."""

    outline: Any
    low: float
    high: float


def complete(elements: Iterable[Element], shaped: Mapping[str, Extent]) -> dict[str, Extent]:
    """Return an extent for every element: its own, else that of all its parts, else its parent's.

    ``elements`` stand parents before children. Elements of a model that has no shape at all have none.
    """
    ordered = list(elements)
    parts: dict[str, list[Extent]] = {}
    extents: dict[str, Extent] = dict(shaped)
    for element in reversed(ordered):
        extent = extents.get(element.id) or _around(parts.get(element.id, []))
        if extent is not None:
            extents[element.id] = extent
            if element.parent is not None:
                parts.setdefault(element.parent, []).append(extent)
    for element in ordered:
        if element.id not in extents and element.parent in extents:
            above = extents[element.parent]
            extents[element.id] = Extent(above.outline, above.low, above.high)
    return extents


def _around(parts: list[Extent]) -> Extent | None:
    if not parts:
        return None
    hull = shapely.convex_hull(shapely.union_all([shapely.convex_hull(part.outline) for part in parts]))
    return Extent(hull, min(part.low for part in parts), max(part.high for part in parts))


def on_the_map(outlines: "NDArray[Any]", low: NDArray[np.float64], placement: Placement) -> "NDArray[Any]":
    """Return outlines (n,) in the plane of the model as MultiPolygons in EPSG:4490, longitude first.

    ``low`` (n,) is the height over the model's origin that each lies at.
    """
    if not len(outlines):
        return outlines
    coordinates, which = shapely.get_coordinates(outlines, return_index=True)
    places = placement.geodetic(np.column_stack([coordinates, low[which]]))
    moved = shapely.set_coordinates(outlines.copy(), places[:, :2])
    return np.array([_multi(_valid(outline)) for outline in moved], dtype=object)


def _valid(outline: Any) -> Any:
    if outline.is_valid:
        return outline
    return shapely.make_valid(outline, method="structure")


def _multi(outline: Any) -> Any:
    return shapely.MultiPolygon([outline]) if outline.geom_type == "Polygon" else outline
