"""From features to rows: transformed to the map's CRS, checked, and typed."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from layers.base import ColumnType
from layers.errors import InputError, SourceError
from layers.intake.rejection import GEOMETRY_TYPE, Reason, RejectedRow
from layers.intake.row_batch import RowBatch, batch_of
from layers.intake.source import DatasetFacts, Original, Reading, Row, SourceOptions
from layers.intake.vector.arrow import ArrowFeed, Piece
from layers.intake.vector.columnar import as_types, is_flat_wkb, typed_piece
from layers.intake.vector.columns import bring_to, clean_text
from layers.intake.vector.feed import Feature, Feed, VectorSurvey
from layers.intake.vector.geometry_type_filter import GeometryTypeFilter
from layers.intake.vector.infer_schema import dataset_id
from layers.intake.vector.refusing import bad_geometry, bad_value, missing_key, shape_on_map, untransformable
from layers.intake.vector.renaming import RenamedFeed
from layers.intake.vector.shapes import shapes_of
from layers.intake.vector.target import ROW_COLUMNS, Target, choose_target
from layers.registry import Registry
from layers.space.crs import Frame, accuracy_m, crs_name, parse_crs, to_map
from layers.space.wkb import as_type
from layers.space.zones import area_of_use, neighbour, outside
from layers.title import Title


def open_vector(feed: Feed, name: str, options: SourceOptions, registry: Registry) -> "VectorReading":
    """Survey a vector file; ``name`` is the layer that it fills when ``options`` name none."""
    feed = feed if options.geometry is None else GeometryTypeFilter(feed, options.geometry)
    feed = feed if feed.renames or not options.names else RenamedFeed(feed, options.names)
    survey = feed.survey(options.key)
    crs = options.crs or survey.crs
    if crs is None:
        raise SourceError(
            str(feed.path), "this declares no coordinate reference system; give it, for example --crs EPSG:4549"
        )
    target = choose_target(feed.path, survey, options.layer or name, registry)
    frame = parse_crs(crs, grids=options.grids)
    reading = VectorReading(
        path=feed.path,
        layers=(target.layer,),
        dataset=DatasetFacts(
            dataset_id(name, target.layer.id), Title(feed.path.stem, feed.path.stem), source=feed.path.name
        ),
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
class OutOfArea:
    """Features outside the area of use of their CRS, and the range of their longitudes."""

    count: int = 0
    west: float = 180.0
    east: float = -180.0

    def see(self, frame: Frame, bounds: "np.ndarray[Any, Any]") -> None:
        """Add features by their bounds."""
        beyond = bounds[outside(frame, bounds)]
        if len(beyond):
            self.count += len(beyond)
            self.west, self.east = min(self.west, beyond[:, 0].min()), max(self.east, beyond[:, 2].max())


@dataclass
class VectorReading(Reading):
    """The features of one vector file or table."""

    feed: Feed = field(kw_only=True)
    survey: VectorSurvey = field(kw_only=True)
    target: Target = field(kw_only=True)
    out_of_area: OutOfArea = field(default_factory=OutOfArea, kw_only=True)
    frame: Frame = field(kw_only=True)
    renamed: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)

    def rows(self) -> Iterator[Row]:
        """Stream the rows; refused features go to ``refused``."""
        self.out_of_area = OutOfArea()
        for _, row in self._pairs():
            yield row
        self._note_out_of_area()

    def batches(self) -> Iterator[RowBatch]:
        """Stream the same rows in columns, cast as a whole where the file is columnar."""
        if not isinstance(self.feed, ArrowFeed):
            yield from super().batches()
            return
        self.out_of_area = OutOfArea()
        for piece in self.feed.numbered():
            self.read[self.target.layer.id] += len(piece)
            yield self._typed_batch(piece) or self._one_by_one(piece)
            self.position += len(piece)
        self._note_out_of_area()

    def originals(self, ordinals: Mapping[str, Set[int]]) -> Iterator[tuple[str, int, Original]]:
        """Read the file again, and yield the features of some rows."""
        layer = self.target.layer.id
        again = replace(self, refused=[], read=Counter(), out_of_area=OutOfArea(), notes=[])
        for number, (feature, _) in enumerate(again._pairs(), start=1):
            if number in ordinals.get(layer, ()):
                yield layer, number, Original(feature.where, feature.properties, feature.geometry)

    def labels(self, layer: str) -> Mapping[str, str | None]:
        """Return the file's column names, without those of its geometry, and the columns that they fill."""
        old_names = {new: name for name, new in self.renamed}
        columns: dict[str, str | None] = {label: column for label, (column, _) in self.target.columns.items()}
        columns.update(dict.fromkeys(self.target.unknown))
        return {old_names.get(name, name): column for name, column in columns.items()}

    def _note_out_of_area(self) -> None:
        if self.out_of_area.count:
            self.notes.append(_out_of_area_note(self.frame, self.out_of_area))

    def _typed_batch(self, piece: Piece) -> RowBatch | None:
        """Return the rows of a piece; None where its rows have to be converted one by one."""
        typed = typed_piece(self.target, piece, self.survey.key, ids=self.survey.has_ids)
        if typed is None:
            return None
        shapes = shapes_of(piece.geometries.to_numpy(zero_copy_only=False))
        usable = np.flatnonzero(shapely.is_valid(shapes) & ~shapely.is_empty(shapes))
        try:
            placed = to_map(shapes if len(usable) == len(shapes) else shapes[usable], self.frame)
        except InputError:
            return None
        keyed = typed.keys.is_valid().to_numpy(zero_copy_only=False)[usable]
        converted = as_types(placed if keyed.all() else placed[keyed], self.target.layer.geometry)
        if converted is None:
            return None
        self.out_of_area.see(self.frame, shapely.bounds(placed))
        if keyed.sum() < len(piece):
            self._refuse_rest(
                piece, shapes, dict(zip(usable.tolist(), placed, strict=True)), set(usable[keyed].tolist())
            )
        unchanged = (
            converted is placed and shapes is placed and is_flat_wkb(piece.geometries, self.target.layer.geometry)
        )
        return typed.batch(
            usable[keyed], piece.geometries if unchanged else pa.array(_wkb(converted), pa.binary()), converted
        )

    def _refuse_rest(self, piece: Piece, shapes: Any, placed: Mapping[int, Any], accepted: Set[int]) -> None:
        for index in range(len(piece)):
            if index not in accepted:
                wkb = bytes(_wkb(placed[index])) if index in placed else None
                self.refused.append(self._refusal(piece.feature(index), shapes[index], wkb))

    def _one_by_one(self, piece: Piece) -> RowBatch:
        rows = [row for _, row in self._rows(piece.features())]
        keys, geometries = [row.source_key for row in rows], [row.geometry for row in rows]
        return batch_of(self.target.layer, keys, geometries, [row.values for row in rows])

    def _pairs(self) -> Iterator[tuple[Feature, Row]]:
        for batch in self.feed.batches():
            self.read[self.target.layer.id] += len(batch)
            yield from self._rows(batch)
            self.position += len(batch)

    def _rows(self, batch: list[Feature]) -> Iterator[tuple[Feature, Row]]:
        shapes = shapes_of([feature.geometry for feature in batch])
        usable = np.flatnonzero(shapely.is_valid(shapes) & ~shapely.is_empty(shapes))
        placed = dict(zip(usable.tolist(), self._placed(shapes[usable]), strict=True))
        for index, feature in enumerate(batch):
            wkb = placed.get(index)
            row = self._row(feature, wkb) if isinstance(wkb, bytes) else None
            if row is not None:
                yield feature, row
            else:
                self.refused.append(self._refusal(feature, shapes[index], wkb))

    def _placed(self, shapes: Any) -> "Sequence[bytes | Reason]":
        """Return WKB in the map's CRS for each shape, or the reason why there is none."""
        if not len(shapes):
            return []
        try:
            placed = to_map(shapes, self.frame)
        except InputError as error:
            if len(shapes) == 1:
                return [untransformable(error)]
            return [self._placed(shapes[index : index + 1])[0] for index in range(len(shapes))]
        self.out_of_area.see(self.frame, shapely.bounds(placed))
        return list(_wkb(placed))

    def _row(self, feature: Feature, wkb: bytes) -> Row | None:
        layer, key = self.target.layer, self._key(feature)
        if key is None:
            return None
        try:
            values = {
                column: bring_to(feature.properties.get(name), kind)
                for name, (column, kind) in self.target.columns.items()
            }
            values |= _row_values(feature.properties)
            return Row(layer.id, key, as_type(wkb, layer.geometry), values)
        except (ValueError, OverflowError, InputError):
            return None

    def _refusal(self, feature: Feature, shape: Any, wkb: bytes | Reason | None) -> RejectedRow:
        key = self._key(feature)
        return RejectedRow(
            layer=self.target.layer.id,
            place=feature.where,
            reasons=tuple(self._reasons(feature, shape, wkb, key)),
            source_key=key,
            properties=feature.properties,
            geometry=feature.geometry if feature.geometry is not None else feature.original,
            map_wkb=shape_on_map(feature, shape, self.frame),
        )

    def _reasons(self, feature: Feature, shape: Any, wkb: bytes | Reason | None, key: str | None) -> Iterator[Reason]:
        if isinstance(wkb, Reason):
            yield wkb
        elif wkb is None:
            yield bad_geometry(feature, shape, self.frame)
        elif misfit := _misfit(wkb, self.target.layer.geometry):
            yield misfit
        if feature.broken:
            return
        if key is None:
            yield missing_key(self.survey.key)
        for name, kind in self._kinds(feature):
            try:
                bring_to(feature.properties.get(name), kind, name)
            except (ValueError, OverflowError) as error:
                yield bad_value(name, error)

    def _kinds(self, feature: Feature) -> Iterator[tuple[str, ColumnType]]:
        yield from ((name, kind) for name, (_, kind) in self.target.columns.items())
        yield from ((name, kind) for name, kind in ROW_COLUMNS.items() if name in feature.properties)

    def _key(self, feature: Feature) -> str | None:
        if self.survey.key is not None:
            value = feature.properties.get(self.survey.key)
            return None if value is None else clean_text(str(value))
        if self.survey.has_ids:
            return None if feature.id is None else clean_text(feature.id)
        return str(feature.number)


def _wkb(placed: Any) -> Any:
    return shapely.to_wkb(placed, byte_order=1, output_dimension=2)


def _misfit(wkb: bytes, geometry_type: str) -> Reason | None:
    try:
        as_type(wkb, geometry_type)
    except InputError as error:
        return Reason(GEOMETRY_TYPE, Title(f"几何类型不符：{error}", str(error)))
    return None


def _row_values(properties: Mapping[str, Any]) -> dict[str, Any]:
    kinds = {name: kind for name, kind in ROW_COLUMNS.items() if name in properties}
    return {name: bring_to(properties[name], kind, name) for name, kind in kinds.items()}


def _take_notes(reading: VectorReading) -> None:
    reading.notes.extend(reading.feed.notes)
    if reading.target.unknown:
        unknown = ", ".join(reading.target.unknown)
        reading.notes.append(
            f"layer {reading.target.layer.id} has no columns for these properties, which were left out: {unknown}"
        )
    if reading.accuracy_m is None:
        reading.notes.append(
            f"the accuracy of the transformation from {reading.source_crs} is unknown; coordinates may be off by "
            "many metres (坐标转换精度未知)"
        )
    if reading.survey.key is None and not reading.survey.has_ids:
        reading.notes.append(
            "features have no id, so their numbers in the file are their keys; give a column with --key to identify "
            "them from one load to the next"
        )


def _out_of_area_note(frame: Frame, out_of_area: OutOfArea) -> str:
    west, south, east, north = area_of_use(frame) or (-180.0, -90.0, 180.0, 90.0)
    name = crs_name(frame)
    zones = (neighbour(frame, out_of_area.east), neighbour(frame, out_of_area.west))
    zone = next((f"; the zone next to it is {zone}" for zone in zones if zone is not None), "")
    return (
        f"{out_of_area.count} features lie outside the area of use of {name}, {west:g} to {east:g}° east and "
        f"{south:g} to {north:g}° north: they lie between {out_of_area.west:.4f} and {out_of_area.east:.4f}° east, "
        f"where its scale error grows{zone} (坐标超出 {name} 的适用范围,请核对分带)"
    )


def default_name(path: Path) -> str:
    """Return the default layer name of a file: its name without suffixes."""
    return path.name.split(".", maxsplit=1)[0]
