"""Ground plans and heights of a measured configuration, in the unit of its files."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely import Polygon, affinity, box
from shapely.geometry import shape

from layers.errors import SourceError
from twin.scenarios.wind.block import Block
from twin.scenarios.wind.skill.sheet import Sheet, read_csv

_STEMS = ("geometry", "buildings", "blocks")
_WKT = ("wkt", "geometry", "footprint")
_BOX = (
    ("cx_m", "cx", "x_m"),
    ("cy_m", "cy", "y_m"),
    ("width_m", "width", "wx_m"),
    ("length_m", "length", "depth_m", "wy_m"),
)
_HEIGHT = ("height_m", "height", "h_m", "top_m")
_BASE = ("base_m", "base", "min_height_m", "min_height")


def blocks_of(folder: Path, variant: str) -> list[Block] | None:
    """Return the blocks of a variant, or None where the folder has no geometry; raises SourceError with the place."""
    path = next((p for end in ("csv", "geojson") for s in _STEMS if (p := folder / f"{s}.{end}").is_file()), None)
    if path is None:
        return None
    sheet, plans = _from_geojson(path) if path.suffix == ".geojson" else _from_csv(path)
    heights = sheet.numbers(_height_column(sheet, variant))[:, 0]
    bases = sheet.number(_BASE)
    bases = np.zeros(len(heights)) if bases is None else bases
    blocks = [block for n, plan in enumerate(plans) for block in _blocks(sheet, n, plan, (bases[n], heights[n]))]
    if not blocks:
        raise SourceError(str(path), "there are no blocks: all heights are zero")
    return blocks


def _height_column(sheet: Sheet, variant: str) -> str:
    """Return the column of a variant's heights, else the one of all heights."""
    own = (f"height_{variant}", f"height_{variant}_m", f"height_m_{variant}") if variant else ()
    return sheet.need((*own, *_HEIGHT), "the heights")


def _blocks(sheet: Sheet, position: int, plan: Any, levels: tuple[float, float]) -> list[Block]:
    base, top = levels
    if top < base or base < 0:
        raise SourceError(sheet.path, f"a block from {base:g} up to {top:g} is impossible", sheet.at(position))
    key = f"block/{position}"
    return (
        [Block(key, part, float(base), float(top)) for part in _polygons(sheet, position, plan)] if top > base else []
    )


def _polygons(sheet: Sheet, position: int, plan: Any) -> list[Polygon]:
    """Return the polygons of a ground plan; one that crosses itself is split there."""
    sound = plan if plan.is_valid else shapely.make_valid(plan)
    parts = [part for part in shapely.get_parts(sound) if isinstance(part, Polygon) and part.area > 0]
    if not parts:
        raise SourceError(sheet.path, f"the ground plan is {plan.geom_type}, not a polygon", sheet.at(position))
    return [Polygon(shapely.force_2d(part)) for part in parts]


def _from_csv(path: Path) -> tuple[Sheet, Sequence[Any]]:
    sheet = read_csv(path)
    text = sheet.find(_WKT)
    if text is not None:
        return sheet, [_from_wkt(sheet, n, wkt) for n, wkt in enumerate(sheet.rows[text])]
    x, y, a, b = sheet.numbers(*(sheet.need(names, "a wkt or the block's place and size") for names in _BOX)).T
    turned = sheet.number(("turned_deg",))
    plans = [box(*bounds) for bounds in zip(x - a / 2, y - b / 2, x + a / 2, y + b / 2, strict=True)]
    return sheet, plans if turned is None else [affinity.rotate(p, t) for p, t in zip(plans, turned, strict=True)]


def _from_wkt(sheet: Sheet, position: int, wkt: object) -> Any:
    try:
        return shapely.from_wkt(str(wkt))
    except shapely.GEOSException as error:
        raise SourceError(sheet.path, f"this is not valid WKT: {str(wkt)[:60]!r}", sheet.at(position)) from error


def _from_geojson(path: Path) -> tuple[Sheet, Sequence[Any]]:
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        plans = [shape(feature["geometry"]) for feature in features]
        rows = pd.DataFrame([feature.get("properties") or {} for feature in features])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, shapely.GEOSException) as error:
        raise SourceError(str(path), f"is not a GeoJSON FeatureCollection with geometries: {error}") from error
    rows.columns = [str(name).strip().lower() for name in rows.columns]
    _refuse_degrees(path, plans)
    return Sheet(str(path), rows, "feature", 1), plans


def _refuse_degrees(path: Path, plans: Sequence[Any]) -> None:
    """Refuse coordinates that must be degrees: a tiny extent far from the origin."""
    if not plans:
        raise SourceError(str(path), "contains no features")
    west, south, east, north = shapely.total_bounds(plans)
    distance = max(abs(west + east), abs(south + north)) / 2
    if max(east - west, north - south) < 0.02 * distance and distance <= 180:
        raise SourceError(str(path), f"coordinates such as {west:.4f}, {south:.4f} are degrees; give metres of a plane")
