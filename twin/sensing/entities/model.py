"""The entities of SensorThings 1.1: their rows, properties and links."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, Text, and_, case, cast, func, literal_column, null, select
from sqlalchemy.dialects.postgresql import JSONB, array
from sqlalchemy.sql.elements import ColumnElement

from layers.errors import NotFound
from layers.grades import Grade
from twin.sensing.entities.description import Columns, Entity, Join, Link, Property
from twin.sensing.entities.view import View
from twin.store import sensing_models as tables

_NOTHING: Any = literal_column("'{}'::jsonb")
_NAME = Property("name", "text", "name", required=True)
_DESCRIPTION = Property("description", "text", "description", required=True)
_ENCODING = Property("encodingType", "text", "encoding_type", required=True)
_PROPERTIES = Property("properties", "json", "properties")


def _things(view: View) -> Select[Any]:
    rows = view.thing_rows()
    c = rows.selected_columns
    own = {"category": c.category, "owner": c.owner, "code": c.code, "grade": _grade_name(c.grade)}
    return rows.with_only_columns(
        c.fid.label("id"), c.name, func.coalesce(c.description, "").label("description"), _told(c.properties, own)
    )


def _streams(view: View) -> Select[Any]:
    rows = view.stream_rows()
    c, latest = rows.selected_columns, tables.latest.alias()
    unit = func.jsonb_build_object(
        *(part for name in ("name", "symbol", "definition") for part in (name, c[f"unit_{name}"]))
    )
    stored = rows.with_only_columns(
        c.fid.label("id"),
        c.name,
        func.coalesce(c.description, "").label("description"),
        unit.label("unit"),
        c.observation_type,
        _told(c.properties, {"code": c.code, "grade": _grade_name(c.grade), "stated_grade": _stated(c)}),
        c.thing,
        c.sensor,
        c.observed_property,
    ).subquery()
    times = (latest.c.first_time, func.nullif(latest.c.last_time, latest.c.first_time).label("last_time"))
    return select(*stored.c, *times, func.coalesce(latest.c.count, 0).label("count")).select_from(
        stored.outerjoin(latest, latest.c.datastream == stored.c.id)
    )


def _told(stored: ColumnElement[Any], own: dict[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    """Return properties as stored, with what is kept in columns of its own."""
    pairs = [part for name, column in own.items() for part in (name, column)]
    told = func.coalesce(cast(stored, JSONB), _NOTHING).op("||", return_type=JSONB())(
        func.jsonb_strip_nulls(func.jsonb_build_object(*pairs))
    )
    return func.nullif(told, _NOTHING).label("properties")


def _grade_name(grade: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the name of a grade above open, and null for what is open."""
    names = array([cast(one.name.lower(), Text) for one in Grade if one > Grade.OPEN])
    return cast(func.coalesce(names[grade], null()), Text)


def _stated(streams: Columns) -> ColumnElement[Any]:
    """Return the name of the grade that a datastream has of its own, beside one that it has above open."""
    names = array([cast(one.name.lower(), Text) for one in Grade])
    return cast(case((streams.grade > int(Grade.OPEN), names[streams.stated_grade + 1])), Text)


def _locations(view: View) -> Select[Any]:
    return select(tables.location).where(view.locations())


def _features(view: View) -> Select[Any]:
    return select(tables.feature_of_interest).where(view.features())


def _historical(view: View) -> Select[Any]:
    return select(tables.historical_location).where(tables.historical_location.c.thing.in_(view.thing_numbers()))


def _sensors(view: View) -> Select[Any]:
    return select(tables.sensor).where(view.described_by(tables.sensor, "sensor"))


def _observed(view: View) -> Select[Any]:
    table = tables.observed_property
    return select(table).where(view.described_by(table, "observed_property"))


def _observations(view: View) -> Select[Any]:
    table = tables.observation
    spans = (func.lower(table.c.valid_time).label("valid_from"), func.upper(table.c.valid_time).label("valid_to"))
    return select(*table.c, *spans).where(table.c.datastream.in_(view.stream_numbers()))


def _one(column: str) -> Join:
    """Return the join of a row that names another one."""
    return lambda own, other: other.id == getattr(own, column)


def _many(column: str) -> Join:
    """Return the join of a row that others name."""
    return lambda own, other: getattr(other, column) == own.id


def _through(name: str, target: str, join: Join, meet: Join) -> Link:
    return Link(name, target, many=True, join=join, through=tables.placement, meet=meet)


def _same_historical(past: Columns, there: Columns) -> ColumnElement[bool]:
    return and_(there.historical == past.id, there.thing == past.thing)


def _of_feature(own: Columns, other: Columns) -> ColumnElement[bool]:
    known = tables.datastream_feature.alias()
    streams = select(known.c.datastream).where(known.c.feature == own.id).correlate_except(known)
    return and_(other.feature == own.id, other.datastream.in_(streams))


THING = Entity(
    "Thing",
    "Things",
    _things,
    (_NAME, _DESCRIPTION, _PROPERTIES),
    (
        Link("Datastreams", "Datastream", many=True, join=_many("thing")),
        _through(
            "Locations",
            "Location",
            lambda thing, there: and_(there.thing == thing.id, there.present),
            lambda there, place: there.location == place.id,
        ),
        Link("HistoricalLocations", "HistoricalLocation", many=True, join=_many("thing")),
    ),
)
LOCATION = Entity(
    "Location",
    "Locations",
    _locations,
    (_NAME, _DESCRIPTION, _ENCODING, Property("location", "document", "document", "geom", required=True), _PROPERTIES),
    (
        _through(
            "Things",
            "Thing",
            lambda place, there: and_(there.location == place.id, there.present),
            lambda there, thing: there.thing == thing.id,
        ),
        _through(
            "HistoricalLocations",
            "HistoricalLocation",
            lambda place, there: there.location == place.id,
            lambda there, past: _same_historical(past, there),
        ),
    ),
)
HISTORICAL_LOCATION = Entity(
    "HistoricalLocation",
    "HistoricalLocations",
    _historical,
    (Property("time", "time", "time", required=True),),
    (
        Link("Thing", "Thing", many=False, join=_one("thing")),
        _through("Locations", "Location", _same_historical, lambda there, place: there.location == place.id),
    ),
    keys=("thing",),
)
DATASTREAM = Entity(
    "Datastream",
    "Datastreams",
    _streams,
    (
        _NAME,
        _DESCRIPTION,
        Property("observationType", "text", "observation_type", required=True),
        Property("unitOfMeasurement", "json", "unit", required=True),
        Property("phenomenonTime", "interval", "first_time", "last_time", written=False),
        _PROPERTIES,
    ),
    (
        Link("Thing", "Thing", many=False, join=_one("thing")),
        Link("Sensor", "Sensor", many=False, join=_one("sensor")),
        Link("ObservedProperty", "ObservedProperty", many=False, join=_one("observed_property")),
        Link("Observations", "Observation", many=True, join=_many("datastream")),
    ),
    keys=("thing", "sensor", "observed_property"),
)
SENSOR = Entity(
    "Sensor",
    "Sensors",
    _sensors,
    (_NAME, _DESCRIPTION, _ENCODING, Property("metadata", "json", "document", required=True), _PROPERTIES),
    (Link("Datastreams", "Datastream", many=True, join=_many("sensor")),),
)
OBSERVED_PROPERTY = Entity(
    "ObservedProperty",
    "ObservedProperties",
    _observed,
    (_NAME, Property("definition", "text", "definition", required=True), _DESCRIPTION, _PROPERTIES),
    (Link("Datastreams", "Datastream", many=True, join=_many("observed_property")),),
)
OBSERVATION = Entity(
    "Observation",
    "Observations",
    _observations,
    (
        Property("phenomenonTime", "interval", "time", "time_end"),
        Property("resultTime", "time", "result_time"),
        Property("result", "result", "result", "result_json", required=True),
        Property("resultQuality", "json", "quality"),
        Property("validTime", "interval", "valid_from", "valid_to"),
        Property("parameters", "json", "parameters"),
    ),
    (
        Link("Datastream", "Datastream", many=False, join=_one("datastream")),
        Link("FeatureOfInterest", "FeatureOfInterest", many=False, join=_one("feature")),
    ),
    keys=("datastream", "feature"),
    order=("datastream", "time", "sequence"),
)
FEATURE = Entity(
    "FeatureOfInterest",
    "FeaturesOfInterest",
    _features,
    (_NAME, _DESCRIPTION, _ENCODING, Property("feature", "document", "document", "geom", required=True), _PROPERTIES),
    (Link("Observations", "Observation", many=True, join=_of_feature),),
)
ENTITIES = (
    THING, LOCATION, HISTORICAL_LOCATION, DATASTREAM, SENSOR, OBSERVED_PROPERTY, OBSERVATION, FEATURE,
)  # fmt: skip
BY_TYPE = {entity.type: entity for entity in ENTITIES}
BY_SET = {entity.set: entity for entity in ENTITIES}
for _entity in ENTITIES:
    _entity.kin.update(BY_TYPE)


def entity_of_set(name: str, sets: Mapping[str, Entity] = BY_SET) -> Entity:
    """Return the entity of a set; raises NotFound."""
    if name not in sets:
        raise NotFound(f"there is no set {name[:40]!r}; there are {', '.join(sets)}")
    return sets[name]
