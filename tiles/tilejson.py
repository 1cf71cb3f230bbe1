"""TileJSON 3.0.0 of one or several layers (github.com/mapbox/tilejson-spec, 3.0.0)."""

from collections.abc import Sequence
from typing import Any

from layers.base import Layer

Bounds = tuple[float, float, float, float]
_KINDS = {"text": "String", "integer": "Number", "real": "Number", "boolean": "Boolean", "timestamp": "String"}


def tilejson(layers: Sequence[Layer], base_url: str, bounds: Bounds | None) -> dict[str, Any]:
    """Return the TileJSON of a tile that has all these layers; ``bounds`` are west, south, east, north in degrees."""
    ids = ",".join(layer.id for layer in layers)
    document: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": "、".join(layer.title.zh for layer in layers),
        "description": ", ".join(layer.title.en for layer in layers),
        "attribution": "; ".join(sorted({layer.source for layer in layers if layer.source})),
        "scheme": "xyz",
        "tiles": [f"{base_url}/tiles/{ids}/{{z}}/{{x}}/{{y}}.mvt"],
        "minzoom": min(layer.minzoom for layer in layers),
        "maxzoom": max(layer.maxzoom for layer in layers),
        "vector_layers": [_vector_layer(layer) for layer in layers],
    }
    if bounds is not None:
        west, south, east, north = bounds
        document |= {"bounds": list(bounds), "center": [(west + east) / 2, (south + north) / 2, 14]}
    return document


def _vector_layer(layer: Layer) -> dict[str, Any]:
    return {
        "id": layer.id,
        "description": f"{layer.title.zh} {layer.title.en}",
        "minzoom": layer.minzoom,
        "maxzoom": layer.maxzoom,
        "fields": {column.name: _KINDS[column.type] + _unit(column.unit) for column in layer.columns},
    }


def _unit(unit: str | None) -> str:
    return f", {unit}" if unit else ""
