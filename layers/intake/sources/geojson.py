"""GeoJSON files (RFC 7946)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layers.errors import SourceError
from layers.intake.row_batch import BATCH_ROWS
from layers.intake.source import Reading, Source, SourceOptions
from layers.intake.vector.columns import Inference
from layers.intake.vector.feed import Feature, Feed, VectorSurvey
from layers.intake.vector.geojson_shape import pack
from layers.intake.vector.geojson_text import GeoJsonText, Members
from layers.intake.vector.keys import KeyChoice
from layers.intake.vector.reading import default_name, open_vector
from layers.registry import Registry
from layers.title import Title

# RFC 7946, section 4: longitude and latitude on WGS 84.
DEFAULT_CRS = "OGC:CRS84"


@dataclass(frozen=True)
class GeoJsonSource(Source):
    """Reads feature collections, streaming."""

    def open(self, path: Path, options: SourceOptions, registry: Registry) -> Reading:
        """Survey the file for its columns and its count."""
        return open_vector(GeoJsonFeed(path), default_name(path), options, registry)


@dataclass(frozen=True)
class InvalidJson:
    """The text in place of a feature that is not JSON."""

    text: str
    reason: str


class GeoJsonFeed(Feed):
    """The features of a GeoJSON file."""

    def __init__(self, path: Path) -> None:
        """Remember the path."""
        super().__init__(path)
        self.members: Members = {}

    def features(self) -> Iterator[tuple[int, Any]]:
        """Stream the features with their numbers; afterwards ``members`` has the other members of the file."""
        text = GeoJsonText(self.path)
        self.members = text.members
        return text.features()

    def where(self, number: int) -> str | None:
        """Return the place of a feature in the file, if not its number."""
        return None

    def survey(self, key: str | None) -> VectorSurvey:
        """Survey the file; the old member ``crs`` is honoured, as many programs still write it."""
        inference, keys = Inference(), KeyChoice(self.path, key)
        types: set[str] = set()
        fault = None
        for number, feature in self.features():
            if not _is_feature(feature):
                fault = fault or (_broken(feature)[0], self.where(number) or f"feature {number}")
                continue
            properties = _properties(feature)
            inference.see(properties)
            keys.see(properties, feature.get("id"))
            if isinstance(feature.get("geometry"), dict):
                types.add(str(feature["geometry"].get("type")))
        if fault and not keys.count:
            raise SourceError(str(self.path), *fault)
        return VectorSurvey(
            crs=_crs(self.members),
            geometries=frozenset(types),
            columns=inference.types(),
            count=keys.count,
            key=keys.column(),
            has_ids=keys.has_ids(),
            title=self.members["name"] if isinstance(self.members.get("name"), str) else None,
        )

    def batches(self) -> Iterator[list[Feature]]:
        """Stream the features."""
        batch: list[Feature] = []
        for number, feature in self.features():
            batch.append(_feature(number, feature, self.where(number)))
            if len(batch) == BATCH_ROWS:
                yield batch
                batch = []
        yield batch


def _is_feature(feature: Any) -> bool:
    return isinstance(feature, dict) and feature.get("type") == "Feature"


def _properties(feature: dict[str, Any]) -> dict[str, Any]:
    properties = feature.get("properties")
    return properties if isinstance(properties, dict) else {}


def _feature(number: int, feature: Any, place: str | None) -> Feature:
    if not _is_feature(feature):
        fault, text = _broken(feature)
        return Feature(number, None, None, {}, fault, place, text, broken=True)
    properties, own_id, geometry = _properties(feature), feature.get("id"), feature.get("geometry")
    name = None if own_id is None else str(own_id)
    try:
        return Feature(number, name, pack(geometry), properties, None, place)
    except (TypeError, ValueError, OverflowError) as error:
        return Feature(number, name, None, properties, str(error), place, json.dumps(geometry))


def _broken(feature: Any) -> tuple[str, str]:
    if isinstance(feature, InvalidJson):
        return feature.reason, feature.text
    return "this is not a GeoJSON Feature", json.dumps(feature, ensure_ascii=False)


def _crs(members: Members) -> str:
    """Return the CRS of GeoJSON's first edition of 2008, or the one of RFC 7946."""
    declared = members.get("crs")
    name = declared.get("properties", {}).get("name") if isinstance(declared, dict) else None
    return name if isinstance(name, str) else DEFAULT_CRS


SOURCE = GeoJsonSource(
    "geojson", Title("GeoJSON 文件", "GeoJSON file"), (".geojson", ".json"), supports=frozenset({"names"})
)
