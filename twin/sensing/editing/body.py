"""What a document says of an entity, as values of its columns."""

import json
from collections.abc import Mapping
from typing import Any

import shapely
from geoalchemy2.elements import WKBElement
from geoalchemy2.shape import from_shape

from layers.errors import InputError, ParameterError
from layers.grades import Grade
from twin.sensing import observation_document
from twin.sensing.entities.description import Entity, Property
from twin.sensing.entities.model import DATASTREAM, FEATURE, LOCATION, OBSERVATION, THING
from twin.sensing.observation_document import instant
from twin.sensing.reading import is_finite

Json = Mapping[str, Any]
Values = dict[str, Any]
GEOJSON = frozenset({"application/geo+json", "application/vnd.geo+json"})
_UNIT = ("name", "symbol", "definition")
# Properties that are kept in columns of their own.
_OWN = ("category", "owner", "grade")
_MOST_POINTS = 100_000


def values_of(entity: Entity, body: Any, *, partial: bool) -> Values:
    """Return the values of columns; what is ``partial`` says only some. Raises InputError."""
    if entity is OBSERVATION:
        return observation_document.values_of(body, partial=partial)
    if not isinstance(body, dict):
        raise InputError(f"{entity.type}: it is written as a JSON object")
    _require_known(entity, body)
    values: Values = {}
    for one in entity.properties:
        if not one.written:
            continue
        if one.name in body or not partial:
            values |= _value(entity, one, body.get(one.name))
    return _kept(entity, values)


def _require_known(entity: Entity, body: Json) -> None:
    for name in body:
        known = entity.property(name) is not None or entity.link(name) is not None or "@" in name or name == "id"
        # What the standard lets a datastream have, and what is found here from its things and observations.
        if not known and not (entity is DATASTREAM and name in ("observedArea", "resultTime")):
            told = ", ".join([*(one.name for one in entity.properties), *(link.name for link in entity.links)])
            raise InputError(f"{name[:40]}: {entity.type} has no such property; it has {told}")


def _value(entity: Entity, one: Property, value: Any) -> Values:
    if value is None:
        if one.required:
            raise InputError(f"{one.name}: {entity.type} has to have it")
        return {one.column: "" if one.kind == "text" else None} | ({one.more: None} if one.more else {})
    if one.kind == "text" and not isinstance(value, str):
        raise InputError(f"{one.name}: {str(value)[:40]!r} is no text")
    if one.kind == "time":
        return {one.column: instant(one.name, value)}
    if not is_finite(value):
        raise InputError(f"{one.name}: NaN and infinity are no numbers of JSON")
    if one.name == "properties" and not isinstance(value, dict):
        raise InputError("properties: they are a JSON object")
    return {one.column: value}


def _kept(entity: Entity, values: Values) -> Values:
    """Return values as the columns keep them."""
    if entity in (LOCATION, FEATURE) and "document" in values:
        return values | {"geom": shape_of(entity, values)}
    if entity is DATASTREAM and "unit" in values:
        unit = values.pop("unit")
        if not isinstance(unit, dict) or not all(isinstance(unit.get(part), str | None) for part in _UNIT):
            raise InputError("unitOfMeasurement: it is an object with name, symbol and definition, each a text or null")
        values |= {f"unit_{part}": unit.get(part) for part in _UNIT}
    if entity in (THING, DATASTREAM) and "properties" in values:
        values |= _own(entity, values.pop("properties") or {})
    return values


def _own(entity: Entity, properties: Json) -> Values:
    own = _OWN if entity is THING else ("grade",)
    rest = {name: value for name, value in properties.items() if name not in (*own, "code", "stated_grade")}
    values: Values = {"properties": json.dumps(rest, ensure_ascii=False) if rest else None}
    for name in own:
        value = properties.get(name)
        if value is not None and not isinstance(value, str):
            raise InputError(f"properties/{name}: {str(value)[:40]!r} is no text")
        if name != "grade":
            values[name] = value
        elif value is not None:
            values[name] = _grade(value)
    return values | (_stated(properties, values) if entity is DATASTREAM else {})


def _stated(properties: Json, values: Values) -> Values:
    """Return the grade stated for a datastream itself: beside ``stated_grade``, ``grade`` is what it has now."""
    if isinstance(properties.get("stated_grade"), str):
        return {"stated_grade": _grade(properties["stated_grade"])}
    return {"stated_grade": values["grade"]} if "grade" in values else {}


def _grade(text: str) -> int:
    found = next((grade for grade in Grade if grade.name.lower() == text), None)
    if found is None:
        raise InputError(f"properties/grade: {text[:40]!r} is none of {', '.join(one.name.lower() for one in Grade)}")
    return int(found)


def shape_of(entity: Entity, values: Values) -> WKBElement | None:
    """Return the shape of a location or feature in EPSG:4490, or None for an encoding that is no GeoJSON."""
    document = values["document"]
    if not isinstance(document, dict) or values.get("encoding_type", "application/geo+json") not in GEOJSON:
        return None
    geometry = document.get("geometry") if document.get("type") == "Feature" else document
    try:
        shape = shapely.force_2d(shapely.from_geojson(json.dumps(geometry)))
    except (shapely.errors.GEOSException, ValueError, TypeError) as error:
        raise InputError(f"{entity.type}: {str(document)[:60]!r} is not GeoJSON ({error})") from error
    if shape.is_empty or shapely.get_num_coordinates(shape) > _MOST_POINTS:
        raise InputError(f"{entity.type}: a shape has from 1 to {_MOST_POINTS} points")
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ParameterError(entity.type, "coordinates are longitude and latitude in degrees, in this order")
    return from_shape(shape, srid=4490)
