"""The entities of SensorThings 2.0 (OGC 23-019) that are read so far: the rows of 1.1 under their new names.

A Datastream has a type of results, after SWE Common, in the place of a type of observations and a unit.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import Select, Text, case, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import ColumnElement

from twin.sensing.entities import model
from twin.sensing.entities.description import Columns, Entity, Link, Property
from twin.sensing.entities.documents import Words
from twin.sensing.entities.view import View
from twin.sensing.reading import CATEGORY, COUNT, MEASUREMENT, TRUTH

WORDS = Words("id", "@id", "@navigationLink", "@count", "@nextLink", spans=True)
_TYPES = {MEASUREMENT: "Quantity", COUNT: "Count", TRUTH: "Boolean", CATEGORY: "Category"}
_UCUM = "ucum:"


def _streams(view: View) -> Select[Any]:
    rows = model.DATASTREAM.rows(view).subquery()
    kept = [column for column in rows.c if column.name not in ("unit", "observation_type")]
    return select(*kept, _result_type(rows.c).label("result_type"))


def _result_type(streams: Columns) -> ColumnElement[Any]:
    """Return what a result is; null where its type of observations does not tell."""
    kind = case(_TYPES, value=streams.observation_type)
    definition = _of_unit(streams, "definition")
    is_ucum = func.starts_with(definition, _UCUM)
    parts = {
        "label": _of_unit(streams, "name"),
        "symbol": _of_unit(streams, "symbol"),
        "code": case((is_ucum, func.substr(definition, len(_UCUM) + 1))),
        "href": case((~is_ucum, definition)),
    }
    unit = case((streams.observation_type == MEASUREMENT, _object(parts)))
    return case((kind.is_not(None), _object({"type": kind, "uom": unit})))


def _of_unit(streams: Columns, name: str) -> ColumnElement[Any]:
    return func.nullif(streams.unit.op("->>", return_type=Text())(literal(name, Text)), "")


def _object(parts: dict[str, Any]) -> ColumnElement[Any]:
    pairs = [part for name, value in parts.items() for part in (cast(literal(name), Text), value)]
    return func.jsonb_strip_nulls(func.jsonb_build_object(*pairs), type_=JSONB)


def _properties(entity: Entity, without: frozenset[str], *more: Property) -> tuple[Property, ...]:
    return (*(one for one in entity.properties if one.name not in without), *more)


def _links(entity: Entity, other: Link) -> tuple[Link, ...]:
    """Return the links of an entity, with another one in the place of that which goes along the same join."""
    return tuple(other if link.target in (other.target, "FeatureOfInterest") else link for link in entity.links)


_PROPERTY, _FEATURE = (
    model.DATASTREAM.require_link("ObservedProperty", ""),
    model.OBSERVATION.require_link("FeatureOfInterest", ""),
)
THING, LOCATION, HISTORICAL_LOCATION, SENSOR, OBSERVED_PROPERTY = (
    replace(one, kin={})
    for one in (model.THING, model.LOCATION, model.HISTORICAL_LOCATION, model.SENSOR, model.OBSERVED_PROPERTY)
)
DATASTREAM = replace(
    model.DATASTREAM,
    rows=_streams,
    properties=_properties(
        model.DATASTREAM,
        frozenset({"observationType", "unitOfMeasurement"}),
        Property("resultType", "json", "result_type"),
    ),
    links=_links(model.DATASTREAM, replace(_PROPERTY, name="ObservedProperties", many=True)),
    kin={},
)
OBSERVATION = replace(
    model.OBSERVATION,
    properties=_properties(model.OBSERVATION, frozenset({"parameters"}), Property("properties", "json", "parameters")),
    links=_links(model.OBSERVATION, replace(_FEATURE, name="ProximateFeatureOfInterest", target="Feature")),
    kin={},
)
FEATURE = replace(model.FEATURE, type="Feature", set="Features", kin={})
ENTITIES = (
    THING, LOCATION, HISTORICAL_LOCATION, DATASTREAM, SENSOR, OBSERVED_PROPERTY, OBSERVATION, FEATURE,
)  # fmt: skip
BY_SET = {entity.set: entity for entity in ENTITIES}
for _entity in ENTITIES:
    _entity.kin.update({entity.type: entity for entity in ENTITIES})
