"""Entities are removed with what cannot be without them, as the standard says."""

from typing import Any

from sqlalchemy import delete, func, select

from twin.sensing.editing.edit import Edit, table_of
from twin.sensing.entities.description import Entity
from twin.sensing.entities.model import (
    DATASTREAM,
    FEATURE,
    HISTORICAL_LOCATION,
    LOCATION,
    OBSERVATION,
    OBSERVED_PROPERTY,
    SENSOR,
    THING,
)
from twin.sensing.entities.reading import Node, in_month, read_one
from twin.sensing.query import Options
from twin.store import sensing_models as tables

_DESCRIBES = {SENSOR.type: "sensor", OBSERVED_PROPERTY.type: "observed_property"}


def remove(edit: Edit, entity: Entity, number: Any) -> None:
    """Remove an entity; triggers remove the datastreams of things and the observations of datastreams."""
    node = read_one(edit.connection, edit.view, entity, number, Options())
    table, found = table_of(entity), node.row["_id"]
    if entity in (THING, DATASTREAM):
        edit.connection.execute(delete(table).where(table.c.fid == found))
    elif entity is OBSERVATION:
        edit.hold_latest([node.row["_datastream"]])
        meant = [table.c.id == found, table.c.datastream == node.row["_datastream"], *in_month(table.c, found)]
        edit.connection.execute(delete(table).where(*meant))
        edit.connection.execute(delete(tables.moved_observation).where(tables.moved_observation.c.id == found))
        _refresh(edit, [node.row["_datastream"]])
    else:
        _release(edit, entity, node)
        edit.connection.execute(delete(table).where(table.c.id == found))


def _release(edit: Edit, entity: Entity, node: Node) -> None:
    """Remove what names an entity."""
    number = node.row["_id"]
    if entity.type in _DESCRIBES:
        streams = table_of(DATASTREAM)
        edit.connection.execute(delete(streams).where(streams.c[_DESCRIBES[entity.type]] == number))
    if entity is FEATURE:
        _remove_observations(edit, number)
    past = tables.historical_location
    if entity is LOCATION:
        placed = tables.placement
        _unplace(edit, past.c.id.in_(select(placed.c.historical).where(placed.c.location == number)))
    if entity is HISTORICAL_LOCATION:
        _unplace(edit, past.c.id == number)


def _unplace(edit: Edit, meant: Any) -> None:
    """Remove rows of where things were; a thing is then where its newest row says, or nowhere."""
    past = tables.historical_location
    things = set(edit.connection.execute(delete(past).where(meant).returning(past.c.thing)).scalars())
    for thing in sorted(things):
        placed = tables.placement
        newest = select(past.c.locations).join(placed, placed.c.historical == past.c.id)
        locations = edit.connection.execute(newest.where(placed.c.thing == thing, placed.c.present).limit(1)).scalar()
        edit.move(thing, locations or [], edit.now)


def _remove_observations(edit: Edit, feature: int) -> None:
    known, table = tables.datastream_feature, tables.observation
    of_feature = select(known.c.datastream).where(known.c.feature == feature)
    streams = sorted(edit.connection.execute(of_feature).scalars())
    edit.hold_latest(streams)
    edit.connection.execute(delete(table).where(table.c.datastream.in_(streams), table.c.feature == feature))
    edit.connection.execute(delete(known).where(known.c.feature == feature))
    _refresh(edit, streams)


def _refresh(edit: Edit, streams: list[int]) -> None:
    edit.connection.execute(select(func.onemap.refresh_latest(streams)))
