"""Placing a model by points whose places are known: least squares over turn, shift and, if asked, scale."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bim.georeference.placement import Placement
from layers.errors import InputError
from layers.space import east_north_up, to_geocentric
from layers.title import Title

# A millimetre: closer points are one.
_ONE_M = 1e-3
# A mirrored set is said to be one where the mirror image fits so much better than the set itself, and where that
# fits worse than a surveyor's slip.
_MIRRORED, _MIRRORED_M = 0.5, 0.1
# A point is said to be wrong where the others fit so much better without it, and it is so far off without its pull.
_WRONG, _WRONG_M = 0.1, 0.1
# Metres are metres, but for the combined scale of a projected CRS.
_ODD_SCALE = 0.002

Complexes = NDArray[np.complex128]


@dataclass(frozen=True)
class ControlPoint:
    """One point of the model, in metres, and its place, in degrees (EPSG:4490) and metres; its height may be none."""

    model: tuple[float, float, float]
    lon: float
    lat: float
    height_m: float | None = None


@dataclass(frozen=True, eq=False)
class ControlFit:
    """A placement by control points.

    ``residuals_m`` (n,) is how far each lies from its place in the plane, ``height_residuals_m`` (n,) how much too
    high, nan where its height is unknown; ``rms_m`` is the root of the mean square of the former.
    """

    placement: Placement
    residuals_m: NDArray[np.float64]
    height_residuals_m: NDArray[np.float64]
    rms_m: float
    notes: tuple[Title, ...] = ()


def fit_control_points(points: Sequence[ControlPoint], with_scale: bool = False) -> ControlFit:
    """Return the placement that has the least squares of distances in the plane, and the mean height.

    Formulas: the similarity of S. Umeyama (IEEE PAMI 13, 1991) in the plane, with complex numbers; a reflection is not
    among its answers. Without ``with_scale`` metres stay metres. Heights shift the model, and do not tilt it. The
    anchor is the middle of the points, where the tangent plane is off least. Raises InputError for fewer than two
    points, points that fall together, and sets that are mirror images.
    """
    if len(points) < 2:
        raise InputError(f"{len(points)} control points; two or more are needed, three or more show their errors")
    model = np.array([point.model for point in points], np.float64)
    middle = model.mean(axis=0)
    draft = _at(points, middle)
    here, there = _plane(model - middle), _plane(_targets(draft, points, model))
    _require_apart(here, "the model")
    _require_apart(there, "the map")
    _require_same_hand(here, there, with_scale)
    placed = _placed(draft, points, here, there, with_scale)
    residuals = np.abs(_plane(placed.enu(model)) - _plane(_targets(placed, points, model)))
    notes = _wrong_point(here, there, with_scale) or _odd_scale(here, there)
    return ControlFit(placed, residuals, _too_high(placed, points, model), _rms(residuals), notes)


def _at(points: Sequence[ControlPoint], middle: NDArray[np.float64]) -> Placement:
    """Return an unturned placement in the middle of the places; its height, for now, is that of those known."""
    heights = [point.height_m for point in points if point.height_m is not None]
    lon, lat = (float(np.mean([getattr(point, name) for point in points])) for name in ("lon", "lat"))
    x, y, z = map(float, middle)
    return Placement(lon, lat, float(np.mean(heights)) if heights else 0.0, anchor=(x, y, z))


def _targets(frame: Placement, points: Sequence[ControlPoint], model: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return metres east, north and up (n, 3) of the frame's place; an unknown height is that of the model's z."""
    supposed = frame.height_m + model[:, 2] - frame.anchor[2]
    places = np.array(
        [
            [point.lon, point.lat, height if point.height_m is None else point.height_m]
            for point, height in zip(points, supposed, strict=True)
        ]
    )
    origin = to_geocentric(np.array([[frame.lon, frame.lat, frame.height_m]]))
    targets: NDArray[np.float64] = (to_geocentric(places) - origin) @ east_north_up(frame.lon, frame.lat)
    return targets


def _plane(points: NDArray[np.float64]) -> Complexes:
    return np.asarray(points[:, 0] + 1j * points[:, 1])


def _similarity(here: Complexes, there: Complexes, with_scale: bool) -> tuple[complex, complex]:
    """Return turn and scale as one factor, and the shift, so that factor * here + shift is nearest to there."""
    start, end = here.mean(), there.mean()
    product = complex(np.vdot(here - start, there - end))
    size = float(np.vdot(here - start, here - start).real) if with_scale else abs(product)
    # Sets that are mirror images have a product of zero, and no turn.
    factor = product / size if size else 1.0
    return complex(factor), complex(end - factor * start)


def _misfit(here: Complexes, there: Complexes, with_scale: bool) -> float:
    factor, shift = _similarity(here, there, with_scale)
    return _rms(np.abs(factor * here + shift - there))


def _rms(distances: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(distances**2)))


def _placed(
    draft: Placement, points: Sequence[ControlPoint], here: Complexes, there: Complexes, with_scale: bool
) -> Placement:
    """Return the draft turned and shifted in the plane, then lifted to the mean of the known heights."""
    factor, shift = _similarity(here, there, with_scale)
    anchored = np.array(draft.anchor)
    ((lon, lat, _),) = draft.geodetic(anchored[None] + [[shift.real, shift.imag, 0.0]])
    scale = abs(factor) if with_scale else 1.0
    placed = replace(
        draft, lon=float(lon), lat=float(lat), heading_deg=float(np.degrees(np.angle(factor))), scale=scale
    )
    over = _too_high(placed, points, np.array([point.model for point in points], np.float64))
    known = over[~np.isnan(over)]
    return replace(placed, height_m=placed.height_m - float(known.mean())) if len(known) else placed


def _too_high(placed: Placement, points: Sequence[ControlPoint], model: NDArray[np.float64]) -> NDArray[np.float64]:
    stated = np.array([np.nan if point.height_m is None else point.height_m for point in points])
    over: NDArray[np.float64] = placed.geodetic(model)[:, 2] - stated
    return over


def _require_apart(points: Complexes, where: str) -> None:
    if np.abs(points - points.mean()).max() < _ONE_M:
        raise InputError(
            f"the control points fall together in {where}: no direction follows from them; give points that are far "
            "apart, corners of the building for example"
        )


def _require_same_hand(here: Complexes, there: Complexes, with_scale: bool) -> None:
    """Refuse sets of which one is the mirror image of the other; two points, or points in a line, do not tell."""
    straight = _misfit(here, there, with_scale)
    mirrored = _misfit(here.conj(), there, with_scale)
    if straight > _MIRRORED_M and mirrored < _MIRRORED * straight:
        raise InputError(
            f"the control points are {straight:.2f} m off, and {mirrored:.2f} m if the model is mirrored: x and y, or "
            "longitude and latitude, are probably exchanged in one of the lists; in Chinese surveys x is north"
        )


def _odd_scale(here: Complexes, there: Complexes) -> tuple[Title, ...]:
    scale = abs(_similarity(here, there, True)[0])
    if abs(scale - 1.0) <= _ODD_SCALE:
        return ()
    return (
        Title(
            f"控制点之间的距离是模型的 {scale:.5g} 倍：请检查模型的长度单位",
            f"the control points are {scale:.5g} times as far apart as in the model: check its unit of length",
        ),
    )


def _wrong_point(here: Complexes, there: Complexes, with_scale: bool) -> tuple[Title, ...]:
    """Say which one point is wrong, where the others agree once it is left out; there must be three others."""
    if len(here) < 4:
        return ()
    rest = [_misfit(np.delete(here, one), np.delete(there, one), with_scale) for one in range(len(here))]
    worst = int(np.argmin(rest))
    factor, shift = _similarity(np.delete(here, worst), np.delete(there, worst), with_scale)
    off = abs(factor * here[worst] + shift - there[worst])
    if off < _WRONG_M or rest[worst] > _WRONG * off:
        return ()
    return (
        Title(
            f"第 {worst + 1} 个控制点与其余各点相差 {off:.2f} 米；其余各点的中误差为 {rest[worst]:.2f} 米",
            f"control point {worst + 1} is {off:.2f} m off by the others, which agree to {rest[worst]:.2f} m",
        ),
    )
