"""The ground of the district as two rasters: heights by a formula, and what covers the land. Both are made up."""

import json
from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from . import water
from .feature import Feature
from .plane import SCALE, to_plane

STEP = 0.0003  # degrees; some 29 m by 33 m
NODATA = -9999
SOURCE = "onemap-twin: made up (data/README.md)"
Floats = NDArray[np.float64]
Extent = list[float]

# Metres: the land, its waves, the dike along the river, how the beds of river and creeks fall off, and how deep.
LAND, WAVE, DIKE = 4.0, 0.5, 1.6
DIKE_M, SLOPE_M = 40.0, 90.0
RIVER_BED, CREEK_BED = -9.0, 0.5

WATER, GREEN, CROPS, BUILT = 1, 2, 3, 4
CLASSES = [
    {"value": WATER, "color": "#56b4e9", "zh": "水体", "en": "water"},
    {"value": GREEN, "color": "#009e73", "zh": "绿地", "en": "green"},
    {"value": CROPS, "color": "#f0e442", "zh": "耕地", "en": "cropland"},
    {"value": BUILT, "color": "#999999", "zh": "建设用地", "en": "built-up"},
]


def texts(extent: Extent, green: list[Feature], fields: list[Feature]) -> dict[str, str]:
    """Files by path: each raster as an ASCII grid, with its metadata in a JSON file beside it."""
    shared = {
        "date": "2026-01-01T00:00:00+08:00",
        "crs": "EPSG:4490",
        "dataset": "sample_rasters",
        "source": SOURCE,
    }
    heights = {
        "title_zh": "地面高程（样例，虚构）",
        "title_en": "Ground heights (sample, made up)",
        "description_zh": "按公式生成，不是实测：陆地约 4 米，江堤略高，江底约 −9 米",
        "description_en": "By a formula, no survey: land near 4 m, dikes a little higher, the river's bed at −9 m",
        "unit": "m",
        "elevation": True,
        "colormap": "cividis",
        "rescale": [-9, 6],
        "nodata": NODATA,
    }
    cover = {
        "title_zh": "土地覆盖（样例，虚构）",
        "title_en": "Land cover (sample, made up)",
        "kind": "categorical",
        "classes": CLASSES,
        "nodata": NODATA,
    }
    return {
        "rasters/sample_dem.asc": _grid(extent, _heights(extent), "%.1f"),
        "rasters/sample_dem.raster.json": _json(heights | shared),
        "rasters/sample_land_cover.asc": _grid(extent, _cover(extent, green, fields), "%d"),
        "rasters/sample_land_cover.raster.json": _json(cover | shared),
    }


def _heights(extent: Extent) -> Floats:
    x, y = _places(extent)
    land = LAND + WAVE * np.sin(x / 900.0) * np.cos(y / 1300.0) + 0.3 * np.sin((x + y) / 310.0)
    points = _points(extent)
    river = water.river()
    river_distance = shapely.distance(river, points)
    bank_distance = np.where(river_distance > 0, 0.0, shapely.distance(river.exterior, points))
    dry = land + DIKE * np.exp(-((river_distance / DIKE_M) ** 2))
    bed = RIVER_BED + (LAND - RIVER_BED) * np.exp(-bank_distance / SLOPE_M)
    heights = np.where(river_distance > 0, dry, bed)
    creeks = shapely.distance(shapely.union_all(water.creek_beds()), points) == 0
    return np.where(creeks & (river_distance > 0), CREEK_BED, heights).round(1)


def _cover(extent: Extent, green: list[Feature], fields: list[Feature]) -> Floats:
    points = _points(extent)
    covered = np.full(points.shape, float(BUILT))
    waters = [feature.geometry for feature in water.surfaces()]
    crops, parks = ([one.geometry for one in features] for features in (fields, green))
    for value, shapes in ((CROPS, crops), (GREEN, parks), (WATER, waters)):
        covered[_is_inside(shapes, points)] = value
    return covered


def _is_inside(shapes: list[BaseGeometry], points: "NDArray[np.object_]") -> NDArray[np.bool_]:
    mask = np.zeros(points.size, dtype=bool)
    mask[shapely.STRtree(points.ravel()).query(shapes, predicate="intersects")[1]] = True
    return mask.reshape(points.shape)


def _points(extent: Extent) -> "NDArray[np.object_]":
    return np.asarray(shapely.points(*_places(extent)))


@cache
def _axes(west: float, south: float, east: float, north: float) -> tuple[Floats, Floats]:
    columns, rows = round((east - west) / STEP), round((north - south) / STEP)
    lon, lat = west + (np.arange(columns) + 0.5) * STEP, north - (np.arange(rows) + 0.5) * STEP
    return lon, lat


def _places(extent: Extent) -> tuple[Floats, Floats]:
    """Metres of the plane of each pixel's middle, from the north-west corner."""
    lon, lat = _axes(*extent)
    x0, y0 = to_plane(0.0, 0.0)
    x, y = np.meshgrid(x0 + lon * SCALE[0], y0 + lat * SCALE[1])
    return x, y


def _grid(extent: Extent, values: Floats, form: str) -> str:
    rows = "\n".join(" ".join(form % value for value in row) for row in values.tolist())
    head = {
        "ncols": values.shape[1],
        "nrows": values.shape[0],
        "xllcorner": extent[0],
        "yllcorner": extent[1],
        "cellsize": STEP,
        "NODATA_value": NODATA,
    }
    return "\n".join(f"{name} {value}" for name, value in head.items()) + f"\n{rows}\n"


def _json(document: dict[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
