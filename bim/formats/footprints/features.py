"""Features of a file of polygons: their geometries in EPSG:4490, longitude first, and what is said of each."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import CRS

from bim.place import Place, listing, mapping, told
from bim.unpacked import read_within
from layers.errors import InputError, SourceError
from layers.space import LocalGrid, Shift, accuracy_m, parse_crs, to_map

_PLAIN = (".geojson", ".geojson.gz")
_BY_GDAL = (".gpkg", ".fgb", ".shp")
SUFFIXES = (*_PLAIN, *_BY_GDAL)
# RFC 7946, section 4: longitude and latitude on WGS 84, which is within decimetres of EPSG:4490.
_DEFAULT_CRS = "OGC:CRS84"
_MOST_FEATURES = 100_000
_SAY = 'let the file say what its coordinates are (GeoJSON: "crs": {"properties": {"name": "EPSG:4549"}})'


@dataclass(frozen=True)
class Feature:
    """One feature: its key in the file, where it stands there, a valid (multi)polygon in degrees, its properties."""

    key: str
    place: Place
    polygon: Any
    properties: dict[str, Any]

    @property
    def kind(self) -> str:
        """Return what it says that it is: building, green or site."""
        value = self.properties.get("kind")
        return value.strip().lower() if isinstance(value, str) and value.strip() else "building"

    def number(self, name: str) -> float | None:
        """Return a number, or None where there is none; raises SourceError for what is no number."""
        value = self.properties.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            raise self.place.error(f"{name} is {told(value)}, and no number")
        return number


@dataclass(frozen=True)
class Features:
    """The features of a file, the reference system that its coordinates were in, and the accuracy of its way here."""

    crs: str
    accuracy_m: float | None
    title: str
    features: tuple[Feature, ...]


def read_features(path: Path) -> Features:
    """Read the polygons of a file; raises SourceError, naming the feature, for any that is none or not valid."""
    if not path.is_file():
        raise SourceError(str(path), "there is no such file; check the path")
    if not path.name.lower().endswith(SUFFIXES):
        raise SourceError(str(path), f"files of polygons end in {', '.join(SUFFIXES)}")
    read = _read_geojson if path.name.lower().endswith(_PLAIN) else _read_by_gdal
    return _features(path, *read(path))


def features_of(document: object, name: str) -> Features:
    """Return the polygons of a document of GeoJSON, a geometry alone among them; errors say where in ``name``."""
    if isinstance(document, dict) and document.get("type") in ("Polygon", "MultiPolygon"):
        document = {"type": "Feature", "geometry": document}
    return _features(Path(name), *_geojson(document, Place(Path(name))))


def _features(path: Path, title: str, crs: str, found: Iterator["Found"]) -> Features:
    frame = _frame(path, crs)
    features = []
    keys: dict[str, Place] = {}
    for place, key, geometry, properties in found:
        if key in keys:
            raise place.error(f"its key {told(key)} is that of {keys[key]} too; give each feature an id of its own")
        keys[key] = place
        features.append(Feature(key, place, _on_the_map(geometry, frame, place), properties))
        if len(features) > _MOST_FEATURES:
            raise SourceError(str(path), f"it has more than {_MOST_FEATURES:,} features; load it in parts")
    if not features:
        raise SourceError(str(path), "it has no features")
    return Features(crs, accuracy_m(frame), title, tuple(features))


def polygon_of(geometry: Any, place: Place) -> Any:
    """Return a polygon, or several, whose rings are sound; raises SourceError, saying where they are not."""
    if geometry is None or geometry.is_empty:
        raise place.error("it has no geometry; a footprint is a polygon")
    if geometry.geom_type not in ("Polygon", "MultiPolygon"):
        raise place.error(f"it is a {geometry.geom_type}; a footprint is a Polygon or MultiPolygon")
    flat = shapely.force_2d(geometry)
    if not np.isfinite(shapely.get_coordinates(flat)).all():
        raise place.error("a coordinate of it is no finite number")
    if not flat.is_valid:
        raise place.error(f"its polygon is not valid ({shapely.is_valid_reason(flat)}); mend it where it was drawn")
    return flat


Found = tuple[Place, str, Any, dict[str, Any]]


def _read_geojson(path: Path) -> tuple[str, str, Iterator[Found]]:
    place = Place(path)
    try:
        document = json.loads(read_within(path))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise SourceError(str(path), f"this is not JSON: {error}; it may have been cut off") from error
    return _geojson(document, place)


def _geojson(given: object, place: Place) -> tuple[str, str, Iterator[Found]]:
    document = mapping(given, place)
    if document.get("type") == "Feature":
        document = {"type": "FeatureCollection", "features": [document]}
    if document.get("type") != "FeatureCollection":
        raise place.error(f"its type is {told(document.get('type'))}; a FeatureCollection is expected")
    listed = listing(document.get("features"), place.at("features"))
    crs = document.get("crs")
    named = crs.get("properties", {}).get("name") if isinstance(crs, dict) else None
    title = document.get("name")
    return (
        title if isinstance(title, str) else "",
        named if isinstance(named, str) else _DEFAULT_CRS,
        (_geojson_feature(value, place.at("features", number), number) for number, value in enumerate(listed)),
    )


def _geojson_feature(value: object, place: Place, number: int) -> Found:
    feature = mapping(value, place)
    properties = feature.get("properties") or {}
    properties = mapping(properties, place.at("properties"))
    key = next(
        (
            str(one)
            for one in (properties.get("source_key"), feature.get("id"), properties.get("id"))
            if isinstance(one, str | int) and not isinstance(one, bool) and str(one).strip()
        ),
        str(number + 1),
    )
    try:
        geometry = None if feature.get("geometry") is None else shapely.geometry.shape(feature["geometry"])
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, shapely.errors.ShapelyError) as error:
        raise place.error(f"its geometry cannot be read: {error}") from error
    return place, key.replace("\0", ""), geometry, properties


def _read_by_gdal(path: Path) -> tuple[str, str, Iterator[Found]]:
    import pyogrio

    try:
        frame, table = pyogrio.read_arrow(path, datetime_as_string=True, max_features=_MOST_FEATURES + 1)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise SourceError(str(path), f"it cannot be read: {error}") from error
    crs = frame.get("crs")
    if not crs:
        raise SourceError(str(path), "it does not say what its coordinates are; write it with a reference system")
    names = [name for name in table.column_names if name != (frame.get("geometry_name") or "wkb_geometry")]
    return path.stem, str(crs), _table_features(path, table, names)


def _table_features(path: Path, table: Any, names: list[str]) -> Iterator[Found]:
    geometry = next(name for name in table.column_names if name not in names)
    columns = {name: table.column(name).to_pylist() for name in names}
    for number, wkb in enumerate(table.column(geometry).to_pylist()):
        place = Place(path, within=f"feature {number + 1}")
        properties = {name: values[number] for name, values in columns.items()}
        key = next((str(properties[name]) for name in ("source_key", "id") if properties.get(name)), str(number + 1))
        yield place, key, None if wkb is None else shapely.from_wkb(wkb), properties


def _frame(path: Path, crs: str) -> CRS | LocalGrid:
    try:
        frame = parse_crs(crs)
    except InputError as error:
        raise SourceError(str(path), str(error)) from error
    if isinstance(frame, Shift):
        raise SourceError(str(path), "its coordinates are shifted; convert them first: twin load knows how")
    return frame


def _on_the_map(geometry: Any, frame: CRS | LocalGrid, place: Place) -> Any:
    try:
        (moved,) = to_map(np.array([polygon_of(geometry, place)], dtype=object), frame)
    except InputError as error:
        raise place.error(
            f"it cannot be put on the map: {str(error).removesuffix('; give their CRS with --crs')}; {_SAY}"
        ) from error
    return polygon_of(moved, place)
