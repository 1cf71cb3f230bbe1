"""Placing a model by its ground plan: the turn and shift with which it covers a footprint of the base map best."""

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from bim.georeference.placement import Placement, wrapped
from layers.errors import InputError
from layers.space import LocalPlane
from layers.title import Title

# Degrees between turns that are tried, besides those that lay the least rectangles on one another.
_STEP_DEG = 3.0
# How many of the turns tried are followed to their best, and how far apart two answers are two.
_FOLLOWED, _APART_DEG = 8, 10.0
# The least share of the best cover with which another turn is as good; and what is a poor cover.
_AS_GOOD, _POOR = 0.95, 0.6
# A plan is compared without details of less than this, in metres.
_DETAIL_M = 0.05
# Where the search ends: shares of the ground plan's size, and of its cover.
_ENDS = {"xatol": 1e-5, "fatol": 1e-7, "maxiter": 400}


@dataclass(frozen=True)
class FootprintMatch:
    """A placement by a footprint.

    ``iou`` is the area that both ground plans share over the area that either covers, 1 for equal ones.
    ``alternatives`` are other headings, in degrees, and their iou; with some within 95 % of the best it is ambiguous.
    """

    placement: Placement
    iou: float
    alternatives: tuple[tuple[float, float], ...]
    notes: tuple[Title, ...] = ()

    @property
    def is_ambiguous(self) -> bool:
        """Tell whether another heading is as good."""
        return any(iou >= _AS_GOOD * self.iou for _, iou in self.alternatives)


def match_footprint(
    model: shapely.Geometry,
    base: shapely.Geometry,
    base_z: float = 0.0,
    height_m: float = 0.0,
    near_deg: float | None = None,
) -> FootprintMatch:
    """Return the placement that lays the model's plan (metres) over a footprint of the map (EPSG:4490).

    Turns all round are tried with both centroids on one another, the best of them then moved and turned for the most
    cover; nothing is scaled or mirrored. ``base_z`` is the z of the model at the ground, which ``height_m`` is the
    height of. Of headings that are as good, the one nearest to ``near_deg`` is taken, if it is given: from true north
    of the file, for example. Raises InputError for what is no area.
    """
    here, centre = _centred(_area(model, "the model's ground plan").simplify(_DETAIL_M))
    placed = _area(base, "the footprint of the map")
    plane = LocalPlane(placed.centroid.x, placed.centroid.y)
    there, middle = _centred(shapely.transform(placed, plane.xy).simplify(_DETAIL_M))
    fits = _fits(here, there)
    best = _chosen(fits, near_deg)
    # The plan turns about its centroid, which the shift then takes to its place.
    ((lon, lat),) = plane.lonlat(np.array([middle + best.shift]))
    anchor = (float(centre[0]), float(centre[1]), base_z)
    placement = Placement(float(lon), float(lat), height_m, best.heading_deg, anchor=anchor)
    others = tuple((fit.heading_deg, fit.iou) for fit in fits if fit is not best)
    return FootprintMatch(placement, best.iou, others, _notes(best, others, near_deg, here.area / there.area))


@dataclass(frozen=True, eq=False)
class _Fit:
    heading_deg: float
    shift: NDArray[np.float64]
    iou: float


def _area(shape: shapely.Geometry, what: str) -> shapely.Geometry:
    """Return the areas of a shape, mended; raises InputError where there are none."""
    areas = shapely.make_valid(shape) if shape is not None and not shape.is_valid else shape
    if areas is None or areas.is_empty or not areas.area > 0.0:
        raise InputError(f"{what} has no area; give a polygon, or place the model by control points")
    parts = shapely.get_parts(shapely.get_parts(areas))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _centred(shape: shapely.Geometry) -> tuple[shapely.Geometry, NDArray[np.float64]]:
    """Return a shape about its centroid, and that."""
    centre = np.array([shape.centroid.x, shape.centroid.y])
    return shapely.transform(shape, lambda points: points - centre), centre


def _turned(shape: shapely.Geometry, degrees: float, shift: NDArray[np.float64]) -> shapely.Geometry:
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return shapely.transform(shape, lambda points: points @ np.array([[cos, sin], [-sin, cos]]) + shift)


def _iou(here: shapely.Geometry, there: shapely.Geometry) -> float:
    shared = float(shapely.intersection(here, there).area)
    return shared / (float(here.area) + float(there.area) - shared)


def _fits(here: shapely.Geometry, there: shapely.Geometry) -> list[_Fit]:
    """Return the best of the turns that are followed, best first, one for each answer."""
    nowhere = np.zeros(2)
    tried = sorted(_turns(here, there), key=lambda turn: -_iou(_turned(here, turn, nowhere), there))
    starts: list[float] = []
    for turn in tried:
        if len(starts) < _FOLLOWED and all(abs(wrapped(turn - start)) > _APART_DEG for start in starts):
            starts.append(turn)
    fits: list[_Fit] = []
    for fit in sorted((_followed(here, there, start) for start in starts), key=lambda fit: -fit.iou):
        if all(abs(wrapped(fit.heading_deg - other.heading_deg)) > _APART_DEG for other in fits):
            fits.append(fit)
    return fits


def _turns(here: shapely.Geometry, there: shapely.Geometry) -> list[float]:
    """Return degrees all round, and the four that lay the least rectangles about both on one another."""
    aligned = _longest_side(there) - _longest_side(here)
    return [*np.arange(0.0, 360.0, _STEP_DEG), *(aligned + 90.0 * quarter for quarter in range(4))]


def _longest_side(shape: shapely.Geometry) -> float:
    """Return the direction in degrees of the longer side of the least rectangle about a shape."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(shape))
    sides = np.diff(corners[:3], axis=0)
    along = sides[np.argmax(np.hypot(sides[:, 0], sides[:, 1]))]
    return math.degrees(math.atan2(along[1], along[0]))


def _followed(here: shapely.Geometry, there: shapely.Geometry, start: float) -> _Fit:
    """Return the best cover in reach of a turn, by moving and turning (J. A. Nelder, R. Mead, 1965)."""
    from scipy.optimize import minimize

    size = math.sqrt(there.area)

    def uncovered(at: NDArray[np.float64]) -> float:
        return 1.0 - _iou(_turned(here, start + math.degrees(at[2]), at[:2] * size), there)

    # A twentieth of its size, and three degrees.
    simplex = np.vstack([np.zeros(3), np.eye(3) * 0.05])
    found = minimize(uncovered, np.zeros(3), method="Nelder-Mead", options={**_ENDS, "initial_simplex": simplex})
    return _Fit(wrapped(start + math.degrees(found.x[2])), found.x[:2] * size, 1.0 - float(found.fun))


def _chosen(fits: list[_Fit], near_deg: float | None) -> _Fit:
    """Return the best; of those as good, the one whose heading is nearest to the one supposed."""
    if near_deg is None:
        return fits[0]
    good = [fit for fit in fits if fit.iou >= _AS_GOOD * fits[0].iou]
    return min(good, key=lambda fit: abs(wrapped(fit.heading_deg - near_deg)))


def _notes(
    best: _Fit, others: tuple[tuple[float, float], ...], near_deg: float | None, ratio: float
) -> tuple[Title, ...]:
    notes = []
    good = [f"{heading:.1f}° ({iou:.3f})" for heading, iou in others if iou >= _AS_GOOD * best.iou]
    if good and near_deg is None:
        notes.append(
            Title(
                f"方位不唯一，除 {best.heading_deg:.1f}°（{best.iou:.3f}）外 {'、'.join(good)} 也吻合；请给出大致方位",
                f"the heading is ambiguous: besides {best.heading_deg:.1f}° ({best.iou:.3f}), {', '.join(good)} fit as "
                "well; give a heading that is about right",
            )
        )
    if best.iou < _POOR:
        notes.append(
            Title(
                f"模型与底图轮廓的重合度仅为 {best.iou:.2f}，面积比为 {ratio:.2f}：可能不是同一建筑，或长度单位不同",
                f"the ground plan covers the footprint poorly ({best.iou:.2f}; areas {ratio:.2f} : 1): perhaps another "
                "building, or another unit of length",
            )
        )
    return tuple(notes)
