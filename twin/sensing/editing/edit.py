"""One edit: a writer's transaction, what the writer sees, and the statements that all edits share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Table, bindparam, func, insert, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from layers.errors import InputError, NotFound
from layers.store import feature_table
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.catalog.things import LAYER as THINGS
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
from twin.sensing.entities.reading import read_one
from twin.sensing.entities.view import View
from twin.sensing.query import Options
from twin.store import sensing_models as tables

# Where rows that come through this interface are from.
DATASET = "sensorthings"
_TABLES: dict[str, Table] = {
    LOCATION.type: tables.location,
    HISTORICAL_LOCATION.type: tables.historical_location,
    SENSOR.type: tables.sensor,
    OBSERVED_PROPERTY.type: tables.observed_property,
    FEATURE.type: tables.feature_of_interest,
    OBSERVATION.type: tables.observation,
    THING.type: feature_table(THINGS),
    DATASTREAM.type: feature_table(DATASTREAMS),
}
_MOVE = text("""
SELECT onemap.move_thing(:thing, coalesce((
    SELECT l.geom FROM onemap.location AS l WHERE l.id = ANY (:locations) AND l.geom IS NOT NULL
    ORDER BY array_position(:locations, l.id) LIMIT 1
), 'SRID=4490;POINT EMPTY'), :at)
""").bindparams(bindparam("locations", type_=ARRAY(BigInteger)))


@dataclass(frozen=True)
class Edit:
    """A transaction of a writer, and what it sees."""

    connection: Connection
    view: View

    @property
    def now(self) -> datetime:
        """Return the instant of this edit."""
        return self.view.at

    def insert(self, entity: Entity, values: Mapping[str, Any]) -> int:
        """Insert a row and return its number; one of a layer is of this dataset and of now, unless values say else."""
        table = table_of(entity)
        own = {"dataset": DATASET, "valid": func.tstzrange(self.now, None)} if is_layer(entity) else {}
        number = table.c.fid if is_layer(entity) else table.c.id
        return int(self.connection.execute(insert(table).values({**own, **values}).returning(number)).scalar_one())

    def require(self, entity: Entity, reference: Any) -> int:
        """Return the number that a reference ``{"@iot.id": 1}`` names; raises InputError where there is none."""
        number = reference_of(reference)
        if number is None:
            raise InputError(f'{entity.type}: this is not one that is there, such as {{"@iot.id": 1}}')
        try:
            return int(read_one(self.connection, self.view, entity, number, Options()).row["_id"])
        except NotFound as error:
            raise InputError(str(error)) from None

    def property_name(self, observed_property: int) -> str:
        """Return the name of an observed property, by which datastreams are styled on maps."""
        table = tables.observed_property
        return str(self.connection.execute(select(table.c.name).where(table.c.id == observed_property)).scalar_one())

    def place(self, thing: int, locations: Sequence[int], at: datetime) -> int:
        """Record that a thing is at locations from an instant on, and put it there."""
        values = {"thing": thing, "time": at, "locations": list(locations)}
        number = self.insert(HISTORICAL_LOCATION, values)
        self.move(thing, locations, at)
        return number

    def move(self, thing: int, locations: Sequence[int], at: datetime) -> None:
        """Put a thing at the shape of its locations, or nowhere."""
        self.connection.execute(_MOVE, {"thing": thing, "locations": list(locations), "at": at})

    def hold_latest(self, streams: Sequence[int]) -> None:
        """Let nobody else change observations of datastreams; it is taken before their rows, as removals do."""
        latest = tables.latest.c.datastream
        rows = select(latest).where(latest == func.any(bindparam("streams", list(streams), type_=ARRAY(BigInteger))))
        self.connection.execute(rows.order_by(latest).with_for_update())


def table_of(entity: Entity) -> Table:
    """Return the table that an entity is kept in."""
    return _TABLES[entity.type]


def is_layer(entity: Entity) -> bool:
    """Tell whether an entity is a row of a layer, with slices of valid time."""
    return entity in (THING, DATASTREAM)


def reference_of(reference: Any) -> Any:
    """Return the number of a reference."""
    return reference.get("@iot.id", reference.get("id")) if isinstance(reference, dict) else None


def is_reference(document: Any) -> bool:
    """Tell whether a document names an entity that is there; clients send all that they know of it besides."""
    if not isinstance(document, dict) or not document:
        return False
    return document.get("@iot.id") is not None or document.keys() <= {"id", "@iot.selfLink"}
