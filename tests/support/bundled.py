"""The files of the bundled sample as tests read them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

DATA = Path(__file__).resolve().parents[2] / "data"
SAMPLE = DATA / "sample"
DATASET: dict[str, Any] = json.loads((SAMPLE / "dataset.json").read_text(encoding="utf-8"))

Row = dict[str, Any]


@cache
def rows(layer: str) -> list[Row]:
    """Return the features of a layer, in the order of its file."""
    features: list[Row] = json.loads((SAMPLE / f"{layer}.geojson").read_text(encoding="utf-8"))["features"]
    return features


@cache
def geometries(layer: str) -> list[BaseGeometry]:
    """Return the geometries of a layer in degrees, in the order of its file."""
    return [shape(row["geometry"]) for row in rows(layer)]


def building(name: str) -> Row:
    """Return the one building of that name."""
    [match] = [row for row in rows("buildings") if row["properties"]["name"] == name]
    return match
