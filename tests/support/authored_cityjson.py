"""Small CityJSON documents for tests; coordinates are whole millimetres."""

import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]
# A box of 4 by 3 by 2 m, its faces counter-clockwise seen from outside.
BOX = [[0, 0, 0], [4000, 0, 0], [4000, 3000, 0], [0, 3000, 0],
       [0, 0, 2000], [4000, 0, 2000], [4000, 3000, 2000], [0, 3000, 2000]]  # fmt: skip
FACES = [[[0, 3, 2, 1]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]
VOLUME = 24.0


def solid(lod: str = "2", faces: Any = None, **more: Any) -> Json:
    """Return the geometry of the box."""
    return {"type": "Solid", "lod": lod, "boundaries": [FACES if faces is None else faces], **more}


def document(objects: Json, vertices: Any = None, **more: Any) -> Json:
    """Return a document that stands in Lujiazui, in EPSG:4550 (CGCS2000, central meridian 123°)."""
    return {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [0.001] * 3, "translate": [359000.0, 3457000.0, 4.0]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4550"},
        "CityObjects": objects,
        "vertices": BOX if vertices is None else vertices,
        **more,
    }


def building(*geometry: Json, **more: Any) -> Json:
    """Return a building."""
    return {"type": "Building", "geometry": list(geometry), **more}


def write(path: Path, *texts: Json) -> Path:
    """Write a document, or a sequence of them, one a line."""
    path.write_text("\n".join(json.dumps(text, ensure_ascii=False) for text in texts), encoding="utf-8")
    return path
