"""Statistics of a raster's pixels by zones: any polygons in EPSG:4490, longitude first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod, Transformer
from rasterio.windows import Window

from layers.errors import ParameterError
from layers.raster.coverage import Rule, weights
from layers.raster.pixel_area import pixel_areas
from layers.raster.pool import DatasetPool
from layers.raster.raster import Raster
from layers.raster.value import transformers

Floats = NDArray[np.float64]
MOST_ZONES = 5_000
MOST_PIXELS_OF_ZONE = 10_000_000
MOST_PIXELS = 60_000_000
MOST_VERTICES = 500_000
# An edge that is straight in degrees bends on a projected raster; over that many pixels it does not matter.
_STRAIGHT_PIXELS = 32
_GEOD = Geod(ellps="GRS80")


@dataclass(frozen=True)
class ZonalQuery:
    """The statistics of each zone: a band, the rule by which pixels count, and percentiles from 0 to 100."""

    band: int = 1
    rule: Rule = "fraction"
    percentiles: tuple[float, ...] = ()


@dataclass(frozen=True)
class ClassShare:
    """What a class takes of a zone; ``share`` is that of the area with a value."""

    value: int
    pixels: float
    area_m2: float
    share: float


@dataclass(frozen=True)
class ZoneStatistics:
    """What lies in a zone; numbers are None where no pixel has a value.

    ``pixels`` counts pixels of the raster by their weights, ``count`` those with a value. ``area_m2`` is the zone's
    own area on the ellipsoid, ``valued_m2`` that of its pixels with a value. Mean, deviation (of the whole, not of a
    sample), sum and percentiles weigh pixels by the rule's weights; a percentile is the smallest value at or below
    which at least that share of the weight lies. ``integral`` is value times area, summed up: depth gives volume.
    """

    pixels: float
    count: float
    area_m2: float
    valued_m2: float
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    std: float | None = None
    total: float | None = None
    integral: float | None = None
    median: float | None = None
    percentiles: tuple[float, ...] = ()
    classes: tuple[ClassShare, ...] = ()


def zonal(pool: DatasetPool, raster: Raster, zones: "NDArray[Any]", query: ZonalQuery) -> list[ZoneStatistics]:
    """Return the statistics of each zone; raises ParameterError where that would read too many pixels."""
    raster.band(query.band)
    if len(zones) > MOST_ZONES:
        raise ParameterError("zones", f"{len(zones)} zones are too many for one request; {MOST_ZONES} is the most")
    vertices = int(shapely.get_num_coordinates(zones).sum())
    if vertices > MOST_VERTICES:
        raise ParameterError("zones", f"{vertices} corners of zones are too many; {MOST_VERTICES} is the most")
    with pool.lend(raster.file) as dataset:
        ways = transformers(dataset.crs.to_wkt())
        shapes = _in_pixels(dataset, raster, zones, ways[0])
        windows = [_window(dataset, shape) for shape in shapes]
        _require_few(windows)
        rows = zip(zones, shapes, windows, strict=True)
        return list(_each(dataset, raster, rows, ways[1], query))


def _each(
    dataset: Any,
    raster: Raster,
    rows: Iterable[tuple[Any, Any, Window | None]],
    to_degrees: Transformer,
    query: ZonalQuery,
) -> Iterator[ZoneStatistics]:
    for zone, shape, window in rows:
        own = _own_area(zone)
        if window is None:
            yield ZoneStatistics(0.0, 0.0, own, 0.0)
            continue
        size = (int(window.height), int(window.width))
        weight = weights(shapely.transform(shape, lambda at, w=window: at - [w.col_off, w.row_off]), *size, query.rule)
        values = dataset.read(query.band, window=window, masked=True)
        area = pixel_areas(dataset.transform, to_degrees, (int(window.row_off), int(window.col_off)), size)
        yield _statistics(raster, values, weight, area, own, query)


def _own_area(zone: Any) -> float:
    """Return the area of a zone on the ellipsoid, its edges being straight in degrees."""
    if zone.is_empty:
        return 0.0
    west, south, east, north = zone.bounds
    cut = shapely.segmentize(shapely.orient_polygons(shapely.make_valid(zone)), max(east - west, north - south) / 50)
    return abs(float(_GEOD.geometry_area_perimeter(cut)[0]))


def _statistics(
    raster: Raster, values: Any, weight: Floats, area: Floats, own: float, query: ZonalQuery
) -> ZoneStatistics:
    has_value = (weight > 0) & ~np.ma.getmaskarray(values)
    w, a = weight[has_value], (weight * area)[has_value]
    v = np.ma.getdata(values)[has_value].astype(np.float64)
    pixels, count = float(weight.sum()), float(w.sum())
    if not len(v):
        return ZoneStatistics(pixels, count, own, 0.0)
    if raster.kind == "categorical":
        return ZoneStatistics(pixels, count, own, float(a.sum()), classes=_classes(v, w, a))
    mean = float((w * v).sum() / count)
    percentiles = _percentiles(v, w, (50.0, *query.percentiles))
    return ZoneStatistics(
        pixels=pixels,
        count=count,
        area_m2=own,
        valued_m2=float(a.sum()),
        minimum=float(v.min()),
        maximum=float(v.max()),
        mean=mean,
        std=float(np.sqrt((w * (v - mean) ** 2).sum() / count)),
        total=float((w * v).sum()),
        integral=float((a * v).sum()),
        median=percentiles[0],
        percentiles=percentiles[1:],
    )


def _percentiles(values: Floats, weight: Floats, percentiles: tuple[float, ...]) -> tuple[float, ...]:
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[order])
    # Slightly less, so that rounding does not skip the value at which the share is reached exactly.
    places = np.searchsorted(below, np.asarray(percentiles) / 100 * below[-1] * (1 - 1e-12))
    return tuple(values[order][np.minimum(places, len(values) - 1)].tolist())


def _classes(values: Floats, weight: Floats, area: Floats) -> tuple[ClassShare, ...]:
    classes, place = np.unique(values.astype(np.int64), return_inverse=True)
    pixels, areas = np.bincount(place, weight), np.bincount(place, area)
    rows = zip(classes.tolist(), pixels.tolist(), areas.tolist(), (areas / areas.sum()).tolist(), strict=True)
    return tuple(ClassShare(*row) for row in rows)


def _in_pixels(dataset: Any, raster: Raster, zones: "NDArray[Any]", forth: Transformer) -> "NDArray[Any]":
    """Return zones in columns and rows of the raster, valid, with points enough on their edges."""
    west, south, east, north = raster.bounds
    step = max((east - west) / raster.width, (north - south) / raster.height) * _STRAIGHT_PIXELS
    cut = shapely.intersection(
        shapely.make_valid(zones), shapely.box(west - step, south - step, east + step, north + step)
    )
    to_pixels = ~dataset.transform

    def move(places: Floats) -> Floats:
        return np.column_stack(to_pixels @ forth.transform(places[:, 0], places[:, 1]))

    moved = np.asarray(shapely.transform(shapely.segmentize(cut, step), move))
    return np.asarray(shapely.make_valid(moved))


def _window(dataset: Any, shape: Any) -> Window | None:
    """Return the part of the raster that a shape may take, None where that is nothing."""
    if shape.is_empty or not np.isfinite(shape.bounds).all():
        return None
    left, top, right, low = shape.bounds
    first_col, first_row = max(0, int(np.floor(left))), max(0, int(np.floor(top)))
    last_col, last_row = min(dataset.width, int(np.ceil(right))), min(dataset.height, int(np.ceil(low)))
    if last_col <= first_col or last_row <= first_row:
        return None
    return Window(first_col, first_row, last_col - first_col, last_row - first_row)


def _require_few(windows: list[Window | None]) -> None:
    sizes = [int(window.width * window.height) for window in windows if window is not None]
    if max(sizes, default=0) > MOST_PIXELS_OF_ZONE or sum(sizes) > MOST_PIXELS:
        raise ParameterError(
            "zones",
            f"the zones take {sum(sizes):,} pixels, the largest {max(sizes):,}; {MOST_PIXELS:,} and "
            f"{MOST_PIXELS_OF_ZONE:,} are the most for one request; use smaller or fewer zones",
        )
