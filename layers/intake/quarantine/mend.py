"""Reads a repaired row again by the conversion that refused it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import shapely

from layers.errors import InputError, ParameterError
from layers.intake.source import DatasetFacts, SourceOptions
from layers.intake.vector.feed import Feature, Feed, VectorSurvey
from layers.intake.vector.geojson_shape import pack
from layers.intake.vector.reading import VectorReading, open_vector
from layers.registry import Registry
from layers.space.crs import MAP_CRS
from layers.space.local_grid import LocalGrid
from layers.title import Title

MAKE_VALID = "make_valid"


@dataclass(frozen=True)
class Patch:
    """A repair: properties that replace those of the file, GeoJSON in EPSG:4490 for its geometry, a key.

    ``mend`` of ``make_valid`` repairs the geometry of the file automatically.
    """

    properties: Mapping[str, Any] = field(default_factory=dict)
    geometry: Mapping[str, Any] | None = None
    source_key: str | None = None
    mend: str | None = None

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {name: value for name, value in vars(self).items() if value}


def read_patch(body: Mapping[str, Any]) -> Patch:
    """Read a patch from JSON."""
    unknown = body.keys() - {"properties", "geometry", "source_key", "mend", "reason"}
    if unknown:
        raise ParameterError(min(unknown), "a patch has no such member")
    properties, geometry = body.get("properties") or {}, body.get("geometry")
    if not isinstance(properties, dict):
        raise ParameterError("properties", "give an object of names and values")
    if geometry is not None and not isinstance(geometry, dict):
        raise ParameterError("geometry", "give a GeoJSON geometry")
    if body.get("mend") not in (None, MAKE_VALID):
        raise ParameterError("mend", f"{body['mend']!r} is not {MAKE_VALID}")
    key = body.get("source_key")
    return Patch(properties, geometry, None if key is None else str(key), body.get("mend"))


class OneFeed(Feed):
    """One feature, as a file would give it."""

    def __init__(self, path: Path, feature: Feature, crs: str) -> None:
        """Store the feature and its CRS."""
        super().__init__(path)
        self._feature = feature
        self._crs = crs

    def survey(self, key: str | None) -> VectorSurvey:
        """Return a survey with the feature's own id as its key."""
        columns: Any = dict.fromkeys(self._feature.properties, "text")
        return VectorSurvey(self._crs, frozenset(), columns, 1, None, has_ids=True)

    def batches(self) -> Iterator[list[Feature]]:
        """Yield the feature."""
        yield [self._feature]


def mended(row: Mapping[str, Any], patch: Patch, registry: Registry, grids: tuple[LocalGrid, ...]) -> VectorReading:
    """Return a reading of one quarantined row with its patch; raises InputError where it cannot be read at all."""
    key = patch.source_key or row["source_key"]
    if key is None:
        raise ParameterError("source_key", "the row has no readable key; give one for its release")
    geometry, crs = _geometry(row, patch)
    properties = {**row["properties"], **patch.properties}
    feed = OneFeed(Path(row["place"]), Feature(1, key, geometry, properties, None, row["place"]), crs)
    reading = open_vector(feed, row["layer"], SourceOptions(layer=row["layer"], grids=grids), registry)
    layer = registry.get(row["layer"])
    columns = {name: to for name, to in reading.target.columns.items() if layer.column(to[0]) is not None}
    target = replace(reading.target, layer=layer, columns=columns)  # type: ignore[arg-type]
    dataset = DatasetFacts(row["dataset"], Title(row["dataset"], row["dataset"]))
    return replace(reading, target=target, layers=(layer,), dataset=dataset)  # type: ignore[arg-type]


def _geometry(row: Mapping[str, Any], patch: Patch) -> tuple[bytes | None, str]:
    if patch.geometry is not None:
        try:
            return pack(patch.geometry), MAP_CRS
        except ValueError as error:
            raise ParameterError("geometry", str(error)) from error
    wkb = None if row["wkb"] is None else bytes(row["wkb"])
    if patch.mend == MAKE_VALID:
        return _make_valid(wkb, row["text"]), row["crs"]
    return wkb, row["crs"]


def _make_valid(wkb: bytes | None, text: str | None) -> bytes:
    shape = _closed(text) if wkb is None else shapely.from_wkb(wkb, on_invalid="ignore")
    if shape is None:
        raise InputError("its geometry cannot be repaired automatically; give a new one in geometry")
    valid = shapely.make_valid(shape)
    # Repairing an area may leave lines and points, which are not part of the object.
    parts = [part for part in shapely.get_parts(valid) for part in shapely.get_parts(part)]
    matching = [part for part in parts if shapely.get_dimensions(part) == shapely.get_dimensions(shape)]
    kinds = (shapely.MultiPoint, shapely.MultiLineString, shapely.MultiPolygon)
    return bytes(shapely.to_wkb(kinds[int(shapely.get_dimensions(shape))](matching), byte_order=1))


def _closed(text: str | None) -> Any:
    """Return a polygon of GeoJSON with its rings closed, or None."""
    try:
        document = json.loads(text or "")
        rings = document["coordinates"] if document["type"] == "Polygon" else []
        return shapely.Polygon(rings[0], rings[1:])
    except (ValueError, KeyError, TypeError, IndexError, shapely.errors.ShapelyError):
        return None
