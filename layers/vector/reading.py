"""From features to rows: brought to the map's CRS, checked, and typed."""

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
from layers.refusal import GEOMETRY_TYPE, Reason, Refused
from layers.registry import Registry
from layers.row_batch import RowBatch, batch_of
from layers.source import DatasetFacts, Original, Reading, Row, SourceOptions
from layers.space.crs import Frame, accuracy_m, crs_name, parse_crs, to_map
from layers.space.wkb import as_type
from layers.space.zones import area_of_use, neighbour, outside
from layers.title import Title
from layers.vector.arrow import ArrowFeed, Piece
from layers.vector.choice import ChosenFeed
from layers.vector.columns import bring_to, clean_text
from layers.vector.feed import Feature, Feed, VectorSurvey
from layers.vector.founding import dataset_id
from layers.vector.refusing import seen, why_no_key, why_no_place, why_no_shape, why_no_value
from layers.vector.renaming import RenamedFeed
from layers.vector.shapes import shapes_of
from layers.vector.target import ROW_COLUMNS, Target, choose_target
from layers.vector.whole import as_types, is_flat_wkb, whole_piece


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
    stray: Stray = field(default_factory=Stray, kw_only=True)
    frame: Frame = field(kw_only=True)
    renamed: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)

    def rows(self) -> Iterator[Row]:
        """Stream the rows; what cannot be one goes to ``refused``."""
        self.stray = Stray()
        for _, row in self._pairs():
            yield row
        self._note_stray()

    def batches(self) -> Iterator[RowBatch]:
        """Stream the same rows in columns, brought to their types whole where the file has them in columns."""
        if not isinstance(self.feed, ArrowFeed):
            yield from super().batches()
            return
        self.stray = Stray()
        for piece in self.feed.numbered():
            self.read[self.target.layer.id] += len(piece)
            yield self._whole(piece) or self._one_by_one(piece)
            self.position += len(piece)
        self._note_stray()

    def originals(self, wanted: Mapping[str, Set[int]]) -> Iterator[tuple[str, int, Original]]:
        """Read the file again, and give the features of some rows."""
        layer = self.target.layer.id
        again = replace(self, refused=[], read=Counter(), stray=Stray(), notes=[])
        for number, (feature, _) in enumerate(again._pairs(), start=1):
            if number in wanted.get(layer, ()):
                yield layer, number, Original(feature.where, feature.properties, feature.geometry)

    def labels(self, layer: str) -> Mapping[str, str | None]:
        """Return the file's names of columns, those of its geometry aside, and where they go."""
        old = {new: name for name, new in self.renamed}
        taken: dict[str, str | None] = {label: column for label, (column, _) in self.target.columns.items()}
        taken.update(dict.fromkeys(self.target.unknown))
        return {old.get(name, name): column for name, column in taken.items()}

    def _note_stray(self) -> None:
        if self.stray.count:
            self.notes.append(_stray_note(self.frame, self.stray))

    def _whole(self, piece: Piece) -> RowBatch | None:
        """Return the rows of a piece; None where its rows have to be gone through one by one."""
        typed = whole_piece(self.target, piece, self.survey.key, ids=self.survey.has_ids)
        if typed is None:
            return None
        shapes = shapes_of(piece.geometries.to_numpy(zero_copy_only=False))
        sound = np.flatnonzero(shapely.is_valid(shapes) & ~shapely.is_empty(shapes))
        try:
            placed = to_map(shapes if len(sound) == len(shapes) else shapes[sound], self.frame)
        except InputError:
            return None
        keyed = typed.keys.is_valid().to_numpy(zero_copy_only=False)[sound]
        made = as_types(placed if keyed.all() else placed[keyed], self.target.layer.geometry)
        if made is None:
            return None
        self.stray.see(self.frame, shapely.bounds(placed))
        if keyed.sum() < len(piece):
            self._refuse_others(
                piece, shapes, dict(zip(sound.tolist(), placed, strict=True)), set(sound[keyed].tolist())
            )
        unchanged = made is placed and shapes is placed and is_flat_wkb(piece.geometries, self.target.layer.geometry)
        return typed.batch(sound[keyed], piece.geometries if unchanged else pa.array(_wkb(made), pa.binary()), made)

    def _refuse_others(self, piece: Piece, shapes: Any, placed: Mapping[int, Any], accepted: Set[int]) -> None:
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
        sound = np.flatnonzero(shapely.is_valid(shapes) & ~shapely.is_empty(shapes))
        placed = dict(zip(sound.tolist(), self._placed(shapes[sound]), strict=True))
        for index, feature in enumerate(batch):
            wkb = placed.get(index)
            row = self._row(feature, wkb) if isinstance(wkb, bytes) else None
            if row is not None:
                yield feature, row
            else:
                self.refused.append(self._refusal(feature, shapes[index], wkb))

    def _placed(self, shapes: Any) -> "Sequence[bytes | Reason]":
        """Return WKB on the map for each shape, or why there is none."""
        if not len(shapes):
            return []
        try:
            placed = to_map(shapes, self.frame)
        except InputError as error:
            if len(shapes) == 1:
                return [why_no_place(error)]
            return [self._placed(shapes[index : index + 1])[0] for index in range(len(shapes))]
        self.stray.see(self.frame, shapely.bounds(placed))
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

    def _refusal(self, feature: Feature, shape: Any, wkb: bytes | Reason | None) -> Refused:
        key = self._key(feature)
        return Refused(
            layer=self.target.layer.id,
            place=feature.where,
            reasons=tuple(self._reasons(feature, shape, wkb, key)),
            source_key=key,
            properties=feature.properties,
            geometry=feature.geometry if feature.geometry is not None else feature.original,
            seen=seen(feature, shape, self.frame),
        )

    def _reasons(self, feature: Feature, shape: Any, wkb: bytes | Reason | None, key: str | None) -> Iterator[Reason]:
        if isinstance(wkb, Reason):
            yield wkb
        elif wkb is None:
            yield why_no_shape(feature, shape, self.frame)
        elif misfit := _misfit(wkb, self.target.layer.geometry):
            yield misfit
        if feature.broken:
            return
        if key is None:
            yield why_no_key(self.survey.key)
        for name, kind in self._kinds(feature):
            try:
                bring_to(feature.properties.get(name), kind, name)
            except (ValueError, OverflowError) as error:
                yield why_no_value(name, error)

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


def _misfit(wkb: bytes, wanted: str) -> Reason | None:
    try:
        as_type(wkb, wanted)
    except InputError as error:
        return Reason(GEOMETRY_TYPE, Title(f"几何类型不符：{error}", str(error)))
    return None


def _row_values(properties: Mapping[str, Any]) -> dict[str, Any]:
    stated = {name: kind for name, kind in ROW_COLUMNS.items() if name in properties}
    return {name: bring_to(properties[name], kind, name) for name, kind in stated.items()}


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
