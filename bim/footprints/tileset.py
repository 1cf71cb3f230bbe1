"""The tileset of footprints as JSON: one implicit tile, whose subtrees tell of all others."""

from math import cos, radians
from typing import Any

from bim.tiling import SUBTREE_LEVELS, Counts, Pyramid

Json = dict[str, Any]
_METRES_PER_DEGREE = 111_320.0
# A tile is divided when it is seen from nearer than some ten times its side: its error is an eighth of that.
_ERROR = 1 / 8


def tileset_json(counts: Counts, pyramid: Pyramid, query: str = "") -> Json:
    """Return the tileset; addresses are relative to its own, with ``query`` (from the question mark on) behind them.

    Its region is the root, and the heights are those of what is shown.
    """
    west, south, east, north = pyramid.root.bounds
    width = (east - west) * _METRES_PER_DEGREE * cos(radians(min(abs(south), abs(north))))
    region = [*map(radians, (west, south, east, north)), *counts.heights]
    root = {
        "boundingVolume": {"region": region},
        "geometricError": width * _ERROR,
        "refine": "ADD",
        "content": {"uri": f"content/{{level}}/{{x}}/{{y}}.glb{query}"},
        "implicitTiling": {
            "subdivisionScheme": "QUADTREE",
            "subtreeLevels": SUBTREE_LEVELS,
            "availableLevels": pyramid.levels,
            "subtrees": {"uri": f"subtrees/{{level}}/{{x}}/{{y}}.subtree{query}"},
        },
        "extras": {"root": pyramid.root.text, "features": counts.total, "without_height": counts.missing},
    }
    return {"asset": {"version": "1.1"}, "geometricError": width * _ERROR * 4, "root": root}
