"""From OpenStreetMap objects to rows: a second pass, which streams and assembles areas."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import osmium
import shapely

from layers.errors import SourceError
from layers.intake.source import DatasetFacts, Reading, Row, SourceOptions
from layers.intake.sources.osm.features import AREAS, KEYS, LAYERS, LINES, POINTS, Rule, Tags, Values
from layers.intake.sources.osm.survey import Survey, in_order, reading, survey
from layers.registry import Registry
from layers.space.crs import WGS84, WGS84_ACCURACY_M, has_map_numbers, parse_crs
from layers.space.wkb import as_type
from layers.store.dataset_layer import DatasetLayer
from layers.title import Title

FACTS = DatasetFacts(
    "osm", Title("开放街道地图", "OpenStreetMap"), source="© OpenStreetMap contributors", licence="ODbL-1.0"
)
_LISTED = 5


def open_osm(path: Path, options: SourceOptions, registry: Registry) -> Reading:
    """Survey a file and return how to read it into the built-in layers, or into the one that ``options`` name."""
    if options.crs is not None and not has_map_numbers(parse_crs(options.crs, grids=options.grids)):
        raise SourceError(str(path), f"OpenStreetMap files are always in WGS 84, so they cannot be in {options.crs}")
    names = LAYERS if options.layer is None else (options.layer,)
    if options.layer is not None and options.layer not in LAYERS:
        raise SourceError(str(path), f"OpenStreetMap files have no layer {options.layer!r}, only {', '.join(LAYERS)}")
    layers = tuple(layer for name in names if isinstance(layer := registry.get(name), DatasetLayer))
    surveyed = survey(path)
    return OsmReading(
        path=path,
        layers=layers,
        dataset=FACTS,
        source_crs=WGS84,
        accuracy_m=WGS84_ACCURACY_M,
        date=surveyed.date,
        extent=surveyed.bounds,
        reference_layer="buildings",
        total=surveyed.objects,
        derived=("has_parts", "one_station", "farmland_area"),
        survey=surveyed,
    )


@dataclass
class OsmReading(Reading):
    """Rows of one OpenStreetMap file; an object may give rows for several layers.

    The declared extent is the rectangle in the file's header. Overpass writes none, and returns ways that extend far
    beyond the requested area, such as whole metro lines; then it is the convex hull of the buildings, which do not.
    """

    survey: Survey = field(kw_only=True)

    def rows(self) -> Iterator[Row]:
        """Stream the rows of all objects."""
        with reading(self.path), in_order(self.path, self.survey.ordered) as path:
            for row in _Pass({layer.id: layer for layer in self.layers}, self).rows(path):
                self.read[row.layer] += 1
                yield row


class _Pass:
    """One pass through the file, with the areas that are not assembled yet."""

    def __init__(self, layers: dict[str, DatasetLayer], report: Reading) -> None:
        self._layers = layers
        self._report = report
        self._wkb = osmium.geom.WKBFactory()
        # Closed ways without an area so far; those left at the end cross themselves.
        self._rings: dict[str, tuple[Tags, list[tuple[float, float]]]] = {}
        self._relations: set[int] = set()
        self._repaired: list[str] = []
        self._skipped: list[str] = []

    def rows(self, path: Path) -> Iterator[Row]:
        keys = osmium.filter.KeyFilter(*KEYS)
        processor: Iterable[Any] = osmium.FileProcessor(str(path)).with_areas(keys).with_filter(keys)
        for item in processor:
            if item.is_area():
                yield from self._area(item)
            else:
                self._report.position += 1
                yield from self._object(item)
        yield from self._repaired_rows()
        self._add_notes()

    def _object(self, item: Any) -> Iterator[Row]:
        if item.is_node():
            yield from self._node(item)
        elif item.is_way():
            yield from self._way(item)
        elif item.tags.get("type") in {"multipolygon", "boundary"} and self._is_area(dict(item.tags)):
            self._relations.add(item.id)

    def _node(self, node: Any) -> Iterator[Row]:
        tags = dict(node.tags)
        for layer, values in self._matches(POINTS, tags):
            yield Row(layer, f"node/{node.id}", bytes.fromhex(self._wkb.create_point(node)), values)

    def _way(self, way: Any) -> Iterator[Row]:
        tags, key = dict(way.tags), f"way/{way.id}"
        for layer, values in self._matches(LINES, tags):
            line = self._line(way, key)
            if line is not None:
                yield Row(layer, key, as_type(line, "MultiLineString"), values)
        if way.is_closed() and tags.get("area") != "no" and self._is_area(tags):
            self._rings[key] = tags, [(node.lon, node.lat) for node in way.nodes if node.location.valid()]

    def _line(self, way: Any, key: str) -> bytes | None:
        """Return a way's line through the nodes that the file has; extracts omit others."""
        try:
            return bytes.fromhex(self._wkb.create_linestring(way))
        except (osmium.InvalidLocationError, RuntimeError):
            places = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
        if len(set(places)) < 2:
            self._skipped.append(key)
            return None
        return bytes(shapely.LineString(places).wkb)

    def _area(self, area: Any) -> Iterator[Row]:
        if not area.num_rings()[0]:
            # It crosses itself; ways are repaired at the end, relations are noted.
            return
        key = f"{'way' if area.from_way() else 'relation'}/{area.orig_id()}"
        self._relations.discard(0 if area.from_way() else area.orig_id())
        self._rings.pop(key, None)
        yield from self._area_rows(key, dict(area.tags), bytes.fromhex(self._wkb.create_multipolygon(area)))

    def _area_rows(self, key: str, tags: Tags, wkb: bytes) -> Iterator[Row]:
        for layer, values in self._matches(AREAS, tags):
            yield Row(layer, key, wkb, values)
        for layer, values in self._matches(POINTS, tags):
            yield Row(layer, key, as_type(wkb, "Point"), values)

    def _repaired_rows(self) -> Iterator[Row]:
        """Yield the rows of closed ways without an area, because their outline crosses itself."""
        for key, (tags, places) in self._rings.items():
            polygons = _polygons(places)
            if polygons is None:
                self._skipped.append(key)
            else:
                self._repaired.append(key)
                yield from self._area_rows(key, tags, polygons)

    def _matches(self, rules: dict[str, Rule], tags: Tags) -> Iterator[tuple[str, Values]]:
        for layer, rule in rules.items():
            if layer in self._layers and (values := rule(tags)) is not None:
                yield layer, values

    def _is_area(self, tags: Tags) -> bool:
        return any(True for _ in self._matches(AREAS, tags)) or any(True for _ in self._matches(POINTS, tags))

    def _add_notes(self) -> None:
        skipped = [*self._skipped, *(f"relation/{number}" for number in sorted(self._relations))]
        if skipped:
            reason = "have no valid geometry (missing nodes or members, or a self-crossing outline) and were left out"
            self._report.notes.append(f"{len(skipped)} objects {reason}: {_some(skipped)}")
        if self._repaired:
            self._report.notes.append(
                f"{len(self._repaired)} areas cross themselves and were repaired: {_some(self._repaired)}"
            )


def _polygons(places: list[tuple[float, float]]) -> bytes | None:
    """Return a multipolygon of the faces of a ring that crosses itself, or None where it encloses nothing."""
    if len(places) < 4:
        return None
    valid = shapely.make_valid(shapely.Polygon(places))
    faces = [part for part in shapely.get_parts(valid) if part.geom_type in {"Polygon", "MultiPolygon"}]
    return bytes(shapely.MultiPolygon([p for face in faces for p in shapely.get_parts(face)]).wkb) if faces else None


def _some(keys: list[str]) -> str:
    return ", ".join(keys[:_LISTED]) + (" …" if len(keys) > _LISTED else "")
