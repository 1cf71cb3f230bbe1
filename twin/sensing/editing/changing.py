"""Entities are changed in part (PATCH, JSON Patch) or as a whole (PUT)."""

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update

from layers.errors import InputError, NotFound
from twin.sensing.editing.body import Values, values_of
from twin.sensing.editing.edit import Edit, is_layer, is_reference, table_of
from twin.sensing.editing.observing import next_sequence
from twin.sensing.entities.description import Entity
from twin.sensing.entities.model import BY_TYPE, DATASTREAM, HISTORICAL_LOCATION, LOCATION, OBSERVATION, THING
from twin.sensing.entities.reading import Node, in_month, read_one
from twin.sensing.ingest import reason_against
from twin.sensing.observation_document import NOTHING, reading_of
from twin.sensing.observation_id import beginning_of, month_of, month_of_id
from twin.sensing.query import Options
from twin.sensing.reading import as_double
from twin.store import sensing_models as tables

_COLUMNS = {
    "Thing": "thing",
    "Sensor": "sensor",
    "ObservedProperty": "observed_property",
    "FeatureOfInterest": "feature",
}


def change(edit: Edit, entity: Entity, number: Any, body: Any, *, whole: bool = False) -> None:
    """Change an entity by a document; one that is ``whole`` says all of it. Raises NotFound and InputError."""
    node = read_one(edit.connection, edit.view, entity, number, Options())
    values = values_of(entity, body, partial=not whole) | _links(edit, entity, body)
    if entity is OBSERVATION:
        _change_observation(edit, node, (NOTHING if whole else {}) | values)
        return
    if values:
        _update(edit, entity, node, values)
    _settle(edit, entity, node, body, values)


def _links(edit: Edit, entity: Entity, body: Any) -> Values:
    """Return the columns of links to one; to many, only the locations of a thing can be stated."""
    values: Values = {}
    for link in entity.links:
        if link.name not in body:
            continue
        if link.many:
            if (entity, link.name) == (THING, "Locations"):
                continue
            raise InputError(f"{link.name}: what is many is changed one by one, at its own address")
        if link.name not in _COLUMNS:
            raise InputError(f"{link.name}: an {entity.type} stays with the one that it was made of")
        values[_COLUMNS[link.name]] = edit.require(BY_TYPE[link.target], body[link.name])
    if "observed_property" in values:
        values["property_name"] = edit.property_name(values["observed_property"])
    return values


def _update(edit: Edit, entity: Entity, node: Node, values: Values) -> None:
    table = table_of(entity)
    if is_layer(entity):
        meant = [table.c.fid == node.row["_id"], table.c.valid.op("@>", is_comparison=True)(edit.now)]
    else:
        meant = [table.c.id == node.row["_id"]]
    edit.connection.execute(update(table).where(*meant).values(**values))


def _settle(edit: Edit, entity: Entity, node: Node, body: Any, values: Values) -> None:
    """Do what follows from a change for the places of things, and for names that are kept twice."""
    number = node.row["_id"]
    if entity is THING and "Locations" in body:
        edit.place(number, _locations(edit, body["Locations"]), edit.now)
    if entity is LOCATION and "geom" in values:
        _location_moved(edit, number)
    if entity is HISTORICAL_LOCATION and "time" in values:
        past = tables.historical_location
        locations = edit.connection.execute(select(past.c.locations).where(past.c.id == number)).scalar_one()
        edit.move(node.row["_thing"], locations, values["time"])
    if entity.type == "ObservedProperty" and "name" in values:
        streams = table_of(DATASTREAM)
        renamed = update(streams).where(streams.c.observed_property == number, streams.c.valid.op("@>")(edit.now))
        edit.connection.execute(renamed.values(property_name=values["name"]))


def _locations(edit: Edit, documents: Any) -> list[int]:
    if not isinstance(documents, list) or not documents:
        raise InputError("Locations: this is a list of one or more")
    if not all(map(is_reference, documents)):
        raise InputError('Locations: a change names those that are there, such as {"@iot.id": 1}; make others by POST')
    return [edit.require(LOCATION, document) for document in documents]


def _location_moved(edit: Edit, number: int) -> None:
    """Put the things at a location where it is now; what is observed from now on is of that place."""
    edit.connection.execute(update(tables.location).where(tables.location.c.id == number).values(feature=None))
    past, placed = tables.historical_location, tables.placement
    there = select(past.c.thing, past.c.locations).join(placed, placed.c.historical == past.c.id)
    there = there.where(placed.c.location == number, placed.c.present)
    for thing, locations in edit.connection.execute(there).all():
        edit.move(thing, locations, edit.now)


def _change_observation(edit: Edit, node: Node, values: Values) -> None:
    number, table = node.row["_id"], tables.observation
    if not values:
        return
    edit.hold_latest([node.row["_datastream"]])
    meant = [table.c.id == number, table.c.datastream == node.row["_datastream"], *in_month(table.c, number)]
    row = edit.connection.execute(select(table).where(*meant)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no Observation({number})")
    _require_acceptable(edit, row, values)
    if values.get("time", row["time"]) != row["time"]:
        values |= {"sequence": next_sequence(edit, row["datastream"], values["time"])}
        _note_month(edit, number, values["time"])
    if "valid_time" in values:
        values["valid_time"] = _range(values["valid_time"])
    if "result" in values:
        values |= _result(values["result"])
    edit.connection.execute(update(table).where(table.c.time == row["time"], *meant[:2]).values(**values))
    edit.connection.execute(select(func.onemap.refresh_latest([node.row["_datastream"]])))


def _note_month(edit: Edit, number: int, time: datetime) -> None:
    """Note where an observation is kept whose number tells another month, and see that there is such a place."""
    moved = tables.moved_observation
    edit.connection.execute(delete(moved).where(moved.c.id == number))
    if month_of(time) != month_of_id(number):
        edit.connection.execute(select(func.onemap.prepare_observations([beginning_of(month_of(time))])))
        edit.connection.execute(insert(moved).values(id=number, time=time))


def _require_acceptable(edit: Edit, row: RowMapping, values: Values) -> None:
    """Raise InputError where an observation would become what could not have come in."""
    if values.get("sequence", row["sequence"]) != row["sequence"]:
        raise InputError("sequence: it is a part of which observation this is, and stays")
    result = row["result_json"] if row["result"] is None else row["result"]
    kept = {"time": row["time"], "time_end": row["time_end"], "result": result, "sequence": row["sequence"]}
    reading = reading_of(row["datastream"], kept | {k: v for k, v in values.items() if k != "feature"}, edit.now)
    reason = reason_against(edit.connection, reading, edit.view.streams)
    if reason is not None:
        raise InputError(reason)


def _range(ends: tuple[datetime, datetime] | None) -> Any:
    return None if ends is None else func.tstzrange(*ends, "[]")


def _result(result: Any) -> Values:
    number = as_double(result)
    return {"result": number, "result_json": None if number is not None else result}
