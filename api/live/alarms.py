"""Alarms of what a listener watches, from the layer of that name where there is one."""

from typing import Any

import orjson
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from api.features import feature
from api.live.listener import Json, Listener
from layers import temporal
from layers.access import Decision
from layers.base import Layer
from layers.query import ItemsQuery, items_statement

ALARMS = "alarms"
# A page lists no more; those of the lowest numbers are told of.
MOST_ALARMS = 200


async def alarms_of(connection: AsyncConnection, layer: Layer, decision: Decision, listener: Listener) -> list[Json]:
    """Return the alarms of now of what is watched, each with its number and place."""
    watch = listener.watch
    among = {} if watch.category is None and watch.datastreams is None else {"datastream": listener.members}
    query = ItemsQuery(temporal.now(), MOST_ALARMS, watch.bbox, among=among)
    rows = (await connection.execute(items_statement(layer, decision, query))).all()
    return [alarm_json(row) for row in rows[:MOST_ALARMS]]


def alarm_json(row: Row[Any]) -> Json:
    """Return an item of the layer of alarms as it is sent."""
    place = None if row.geometry is None else orjson.loads(row.geometry)["coordinates"]
    lon, lat = place[:2] if place else (None, None)
    properties: Json = feature(row)["properties"]
    return {"id": row.fid, **properties, "lon": lon, "lat": lat}
