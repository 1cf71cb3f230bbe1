"""Files of footprints for tests: boxes in metres about a place, written in degrees."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from layers.space import LocalPlane

PLACE = (121.53, 31.22)
PLANE = LocalPlane(*PLACE)
SITE = (0.0, 0.0, 100.0, 80.0)


def box(west: float, south: float, east: float, north: float) -> Any:
    """Return a box of metres about the place, in degrees."""
    (shape,) = PLANE.to_map(np.array([shapely.box(west, south, east, north)], dtype=object))
    return shape


def feature(key: str, polygon: Any, **properties: Any) -> dict[str, Any]:
    """Return a feature of GeoJSON."""
    geometry = None if polygon is None else shapely.geometry.mapping(polygon)
    return {"type": "Feature", "id": key, "properties": properties, "geometry": geometry}


def tower(key: str, *sides: float, height: float = 24.0, storeys: int | None = 6, **more: Any) -> dict[str, Any]:
    """Return a building."""
    return feature(key, box(*sides), height_m=height, storeys=storeys, **more)  # type: ignore[arg-type]


def write(path: Path, *features: dict[str, Any], **members: Any) -> Path:
    """Write a file of features."""
    document = {"type": "FeatureCollection", "features": list(features), **members}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def site_file(folder: Path, *sides: float) -> Path:
    """Write the file of a site."""
    return write(folder / "site.geojson", feature("site", box(*(sides or SITE)), kind="site"))


def design_file(folder: Path, name: str = "design.geojson", mark: str = "") -> Path:
    """Write a design: a tower of 20 × 30 m and 24 m, a hall of 40 × 20 m and 9 m, and a lawn of 100 × 8 m."""
    return write(
        folder / name,
        tower("tower", 10, 10, 30, 40, name=f"{mark}塔楼"),
        tower("hall", 50, 20, 90, 40, height=9.0, storeys=2, name=f"{mark}裙楼"),
        feature("lawn", box(0, 72, 100, 80), kind="green", name=f"{mark}草坪"),
    )
