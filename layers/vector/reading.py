"""From features to rows: brought to the map's CRS, checked, and typed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from layers.base import ColumnType
from layers.errors import InputError, SourceError
from layers.registry import Registry
from layers.source import DatasetFacts, Reading, Row, SourceOptions
from layers.space.crs import Frame, accuracy_m, crs_name, parse_crs, to_map
from layers.space.wkb import as_type
from layers.space.zones import area_of_use, neighbour, outside
from layers.title import Title
from layers.vector.choice import ChosenFeed
from layers.vector.columns import bring_to
from layers.vector.feed import Faults, Feature, Feed, VectorSurvey
from layers.vector.founding import layer_id
from layers.vector.renaming import RenamedFeed
from layers.vector.shapes import shapes_of, why_unreadable
from layers.vector.target import ROW_COLUMNS, Target, choose_target


def open_vector(feed: Feed, name: str, options: SourceOptions, registry: Registry) -> "VectorReading":
    """Survey a vector file; ``name`` is the layer that it fills when ``options`` name none."""
    feed = feed if options.geometry is None else ChosenFeed(feed, options.geometry)
    feed = feed if feed.renames or not options.names else RenamedFeed(feed, options.names)
    survey = feed.survey(options.key)
    stated = options.crs or survey.crs
    if stated is None:
        raise SourceError(
            str(feed.path), "this names no coordinate reference system; say which it is, such as --crs EPSG:4549"
        )
    target = choose_target(feed.path, survey, options.layer or name, registry)
    frame = parse_crs(stated, grids=options.grids)
    reading = VectorReading(
        path=feed.path,
        layers=(target.layer,),
        dataset=DatasetFacts(layer_id(name), Title(feed.path.stem, feed.path.stem), source=feed.path.name),
        source_crs=crs_name(frame),
        accuracy_m=accuracy_m(frame),
        total=survey.count,
        feed=feed,
        survey=survey,
        target=target,
        frame=frame,
        renamed=options.names,
    )
    _take_notes(reading)
    return reading


@dataclass
class Stray:
    """Features outside of the area that their CRS is meant for, and the longitudes that they reach over."""

    count: int = 0
    west: float = 180.0
    east: float = -180.0

    def see(self, frame: Frame, bounds: "np.ndarray[Any, Any]") -> None:
        """Take note of features by their bounds."""
        over = bounds[outside(frame, bounds)]
        if len(over):
            self.count += len(over)
            self.west, self.east = min(self.west, over[:, 0].min()), max(self.east, over[:, 2].max())


@dataclass
class VectorReading(Reading):
    """The features of one vector file or table."""

    feed: Feed = field(kw_only=True)
    survey: VectorSurvey = field(kw_only=True)
    target: Target = field(kw_only=True)
    bare: int = field(default=0, kw_only=True)
    stray: Stray = field(default_factory=Stray, kw_only=True)
    frame: Frame = field(kw_only=True)
    renamed: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)

    def rows(self) -> Iterator[Row]:
        """Stream the rows; raises SourceError at the end of the file when geometries were broken."""
        faults, self.bare, self.stray = Faults(self.path), 0, Stray()
        for batch in self.feed.batches():
            yield from self._rows(batch, faults)
            self.position += len(batch)
        faults.settle()
        if self.bare:
            self.notes.append(f"{self.bare} features without a geometry were left out")
        if self.stray.count:
            self.notes.append(_stray_note(self.frame, self.stray))

    def labels(self, layer: str) -> Mapping[str, str | None]:
        """Return the file's names of columns, those of its geometry aside, and where they go."""
        old = {new: name for name, new in self.renamed}
        taken: dict[str, str | None] = {label: column for label, (column, _) in self.target.columns.items()}
        taken.update(dict.fromkeys(self.target.unknown))
        return {old.get(name, name): column for name, column in taken.items()}

    def _rows(self, batch: list[Feature], faults: Faults) -> Iterator[Row]:
        features = [feature for feature in batch if feature.geometry is not None]
        shapes = shapes_of([feature.geometry for feature in features])
        found = [(feature, feature.fault) for feature in batch if feature.fault is not None]
        for index in np.flatnonzero(~shapely.is_valid(shapes)):
            found.append((features[index], _why_invalid(features[index], shapes[index])))
        faults.extend(found)
        empty = shapely.is_empty(shapes)
        self.bare += len(batch) - len(features) - sum(feature.fault is not None for feature in batch) + int(empty.sum())
        if faults.count or empty.all():
            return
        kept = np.flatnonzero(~empty)
        for index, wkb in zip(kept, self._placed(shapes[kept]), strict=True):
            yield self._row(features[index], wkb)

    def _placed(self, shapes: Any) -> Any:
        try:
            placed = to_map(shapes, self.frame)
        except InputError as error:
            raise SourceError(str(self.path), str(error)) from error
        self.stray.see(self.frame, shapely.bounds(placed))
        return shapely.to_wkb(placed, byte_order=1, output_dimension=2)

    def _row(self, feature: Feature, wkb: bytes) -> Row:
        layer = self.target.layer
        try:
            values = {
                column: bring_to(feature.properties.get(name), kind)
                for name, (column, kind) in self.target.columns.items()
            }
            values |= _row_values(feature.properties)
            return Row(layer.id, self._key(feature), as_type(wkb, layer.geometry), values)
        except (ValueError, InputError) as error:
            raise SourceError(str(self.path), str(error), feature.where) from error

    def _key(self, feature: Feature) -> str:
        if self.survey.key is not None:
            return str(feature.properties[self.survey.key])
        return feature.id if self.survey.has_ids and feature.id is not None else str(feature.number)


def _why_invalid(feature: Feature, shape: Any) -> str:
    if shape is not None:
        return str(shapely.is_valid_reason(shape))
    reason = why_unreadable(feature.geometry)
    return f"its geometry cannot be read ({reason}); arcs and surfaces have to be made lines and areas first"


def _row_values(properties: Mapping[str, Any]) -> dict[str, Any]:
    stated: dict[str, tuple[Any, ColumnType]] = {
        name: (properties[name], kind) for name, kind in ROW_COLUMNS.items() if name in properties
    }
    return {name: bring_to(value, kind) for name, (value, kind) in stated.items()}


def _take_notes(reading: VectorReading) -> None:
    reading.notes.extend(reading.feed.notes)
    if reading.target.unknown:
        unknown = ", ".join(reading.target.unknown)
        reading.notes.append(
            f"layer {reading.target.layer.id} has no columns for these, which were left out: {unknown}"
        )
    if reading.accuracy_m is None:
        reading.notes.append(
            f"nobody knows how well coordinates in {reading.source_crs} can be brought to the map; they may be off by "
            "many metres (坐标转换精度未知)"
        )
    if reading.survey.key is None and not reading.survey.has_ids:
        reading.notes.append(
            "features have no id, so their numbers in the file are their keys; name a column with --key to follow "
            "them from one load to the next"
        )


def _stray_note(frame: Frame, stray: Stray) -> str:
    west, south, east, north = area_of_use(frame) or (-180.0, -90.0, 180.0, 90.0)
    name = crs_name(frame)
    zones = (neighbour(frame, stray.east), neighbour(frame, stray.west))
    zone = next((f"; the zone next to it is {zone}" for zone in zones if zone is not None), "")
    return (
        f"{stray.count} features reach out of the area of use of {name}, {west:g} to {east:g}° east and {south:g} to "
        f"{north:g}° north: they lie between {stray.west:.4f} and {stray.east:.4f}° east, where its scale is off "
        f"the more{zone} (坐标超出 {name} 的适用范围,请核对分带)"
    )


def default_name(path: Path) -> str:
    """Return what a file's layer is called when nobody says: the file's name without its end."""
    return path.name.split(".", maxsplit=1)[0]
