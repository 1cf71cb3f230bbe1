"""TileJSON 3.0.0 of a raster, for its colours or for its heights."""

from math import cos, log2, pi, radians
from typing import Any

from layers.base import MAX_ZOOM
from layers.raster import Raster

_EQUATOR_M = 2 * pi * 6378137.0
_TILE_PIXELS = 256


def zooms(raster: Raster) -> tuple[int, int]:
    """Return the first zoom at which it fills some pixels, and the last at which there is more to see."""
    _, south, _, north = raster.bounds
    across_m = _EQUATOR_M * cos(radians((south + north) / 2)) / _TILE_PIXELS
    last = min(MAX_ZOOM, max(0, round(log2(across_m / min(raster.pixel_m)) + 0.5)))
    pixels = max(raster.width, raster.height)
    first = max(0, min(last, int(log2(across_m / max(raster.pixel_m))) - int(log2(max(pixels / 16, 1)))))
    return first, last


def raster_tilejson(raster: Raster, base_url: str, *, terrain: bool = False) -> dict[str, Any]:
    """Return the TileJSON; that of terrain states Mapbox's encoding, as raster-dem sources want it."""
    west, south, east, north = raster.bounds
    minzoom, maxzoom = zooms(raster)
    part = "terrain" if terrain else "tiles"
    document: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": raster.title.zh,
        "description": raster.title.en,
        "attribution": raster.source,
        "scheme": "xyz",
        "tiles": [f"{base_url}{tiles_path(raster, part)}"],
        "minzoom": minzoom,
        "maxzoom": maxzoom,
        "bounds": list(raster.bounds),
        "center": [(west + east) / 2, (south + north) / 2, maxzoom],
        "tileSize": _TILE_PIXELS,
        "vector_layers": [],
    }
    return document | ({"encoding": "mapbox"} if terrain else {})


def tiles_path(raster: Raster, part: str = "tiles") -> str:
    """Return the path of its tiles with z, x and y to be filled in."""
    return f"/rasters/{raster.id}/{part}/{{z}}/{{x}}/{{y}}.png"
