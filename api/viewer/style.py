"""The base map as one MapLibre style: sources of our own tiles, layers in drawing order, no glyphs from a server."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]

LAND = "#f3f4f4"
# Fonts of the reader's own system, Chinese first. A style without `glyphs` makes MapLibre draw every letter itself.
FONTS = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "sans-serif"]
# Areas lie under lines, lines under what stands up. Names of ground things (streets, parks) come before it, so that
# a tower hides them; names of towers and points come last.
RANK = {"fill": 1, "raster": 1, "line": 2, "fill-extrusion": 4, "circle": 5, "symbol": 6}
GROUND_NAMES = 3


def style(catalog: Mapping[str, Any], origin: str = "") -> Json:
    """Return the style of everything that the catalogue lists.

    ``origin`` (``https://host:port``) makes tile addresses absolute; without it they stay relative to the server,
    and the page completes them, since it alone knows its own address.
    """
    listed = list(catalog_layers(catalog))
    background = {"id": "background", "type": "background", "paint": {"background-color": LAND}}
    return {
        "version": 8,
        "name": "onemap-twin",
        "sources": {layer["id"]: _source(layer, origin) for layer in listed},
        "layers": [background, *_in_drawing_order(listed)],
    }


def catalog_layers(catalog: Mapping[str, Any]) -> Iterator[Json]:
    """Go through the layers of all themes."""
    for theme in catalog["themes"]:
        yield from theme["layers"]


def _source(layer: Mapping[str, Any], origin: str) -> Json:
    source: Json = {
        "type": "vector",
        "tiles": [origin + layer["tiles"]],
        "minzoom": layer["minzoom"],
        "maxzoom": layer["maxzoom"],
    }
    if "raster" in layer:
        source |= {"type": "raster", "tileSize": 256}
    if layer.get("bounds"):
        source["bounds"] = layer["bounds"]
    if layer.get("source"):
        source["attribution"] = layer["source"]
    return source


def _in_drawing_order(listed: list[Json]) -> list[Json]:
    ranked = [
        (_rank(layer, part), layer.get("order", place), part)
        for place, layer in enumerate(listed)
        for part in _first_variant(layer)
    ]
    return [_visible(part) for _, _, part in sorted(ranked, key=lambda entry: entry[:2])]


def _rank(layer: Json, part: Json) -> int:
    stands = "Point" in layer["geometry"] or any(other["type"] == "fill-extrusion" for other in _parts(layer))
    return GROUND_NAMES if part["type"] == "symbol" and not stands else RANK.get(part["type"], 2)


def _parts(layer: Json) -> list[Json]:
    return next(iter(layer["maplibre"].values()), [])


def _first_variant(layer: Json) -> Iterator[Json]:
    shown = "visible" if layer["visible"] else "none"
    for part in _parts(layer):
        flat = part["type"] != "fill-extrusion"
        yield part | {"layout": part.get("layout", {}) | {"visibility": shown if flat else "none"}}


def _visible(part: Json) -> Json:
    if part["type"] == "symbol":
        return part | {"layout": part["layout"] | {"text-font": FONTS}}
    return part
