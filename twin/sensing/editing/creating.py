"""Entities are made with all that their document has within it (deep insert)."""

from collections.abc import Callable, Mapping
from typing import Any

from layers.errors import InputError
from twin.sensing.editing.body import Values, values_of
from twin.sensing.editing.edit import Edit, is_reference
from twin.sensing.editing.observing import observe
from twin.sensing.entities.description import Entity
from twin.sensing.entities.model import (
    BY_TYPE,
    DATASTREAM,
    FEATURE,
    HISTORICAL_LOCATION,
    LOCATION,
    OBSERVATION,
    OBSERVED_PROPERTY,
    SENSOR,
    THING,
)
from twin.sensing.observation_document import require_same

Json = dict[str, Any]
# Entities that come with an entity, by the link to them.
Given = Mapping[str, int]
_DEEPEST, _MOST = 6, 10_000


def create(edit: Edit, entity: Entity, body: Any, given: Given | None = None, depth: int = 0) -> int:
    """Make an entity, and return its number; ``given`` are those that the address of the request stands for."""
    if depth > _DEEPEST:
        raise InputError(f"entities stand within each other at most {_DEEPEST} deep")
    values = values_of(entity, body, partial=False)
    return _MAKERS[entity.type](_Making(edit, entity, body, dict(given or {}), depth), values)


class _Making:
    """One entity that is being made: the document, and how what it has within it is found or made."""

    def __init__(self, edit: Edit, entity: Entity, body: Json, given: dict[str, int], depth: int) -> None:
        self.edit, self.entity, self.body, self.given, self.depth = edit, entity, body, given, depth

    def one(self, link: str, *, needed: bool = True) -> int | None:
        """Return the entity that a link to one leads to, made from the document where it is written there."""
        if link in self.given:
            require_same(link, self.body, self.given[link])
            return self.given[link]
        document = self.body.get(link)
        if document is None:
            if needed:
                raise InputError(f'{link}: {self.entity.type} has to have one, such as {{"@iot.id": 1}}')
            return None
        return self._found(BY_TYPE[link], document, {})

    def many(self, link: str) -> list[int]:
        """Return the entities that a link to many leads to."""
        target = BY_TYPE[self.entity.require_link(link, link).target]
        found = [self._found(target, document, {}) for document in self.documents(link)]
        return [*([self.given[link]] if link in self.given else []), *found]

    def children(self, link: str, back: str, number: int) -> None:
        """Make the entities that name this one by ``back``."""
        target = BY_TYPE[self.entity.require_link(link, link).target]
        for document in self.documents(link):
            create(self.edit, target, document, {back: number}, self.depth + 1)

    def documents(self, link: str) -> list[Any]:
        """Return what the document has under a link to many."""
        documents = self.body.get(link, [])
        if not isinstance(documents, list) or len(documents) > _MOST:
            raise InputError(f"{link}: this is a list of at most {_MOST} entities")
        return documents

    def _found(self, target: Entity, document: Any, given: Given) -> int:
        if is_reference(document):
            return self.edit.require(target, document)
        return create(self.edit, target, document, given, self.depth + 1)


def _thing(making: _Making, values: Values) -> int:
    locations = making.many("Locations")
    number = making.edit.insert(THING, values | {"geom": "SRID=4490;POINT EMPTY"})
    if locations:
        making.edit.place(number, locations, making.edit.now)
    making.children("HistoricalLocations", "Thing", number)
    making.children("Datastreams", "Thing", number)
    return number


def _location(making: _Making, values: Values) -> int:
    number = making.edit.insert(LOCATION, values)
    for thing in making.many("Things"):
        making.edit.place(thing, [number], making.edit.now)
    return number


def _historical(making: _Making, values: Values) -> int:
    thing, locations = making.one("Thing"), making.many("Locations")
    if thing is None or not locations:
        raise InputError("Locations: a HistoricalLocation has one at least")
    return making.edit.place(thing, locations, values["time"])


def _datastream(making: _Making, values: Values) -> int:
    values |= {
        "thing": making.one("Thing"),
        "sensor": making.one("Sensor"),
        "observed_property": making.one("ObservedProperty"),
        "geom": "SRID=4490;POINT EMPTY",
    }
    # What it had elsewhere is not what it is to have here.
    values["stated_grade"] = values.get("grade")
    values["property_name"] = making.edit.property_name(values["observed_property"])
    number = making.edit.insert(DATASTREAM, values)
    making.children("Observations", "Datastream", number)
    return number


def _described(making: _Making, values: Values) -> int:
    number = making.edit.insert(making.entity, values)
    making.children("Datastreams", making.entity.type, number)
    return number


def _feature(making: _Making, values: Values) -> int:
    number = making.edit.insert(FEATURE, values)
    making.children("Observations", "FeatureOfInterest", number)
    return number


def _observation(making: _Making, values: Values) -> int:
    stream = making.one("Datastream")
    if stream is None:
        raise InputError("Datastream: an Observation has to have one")
    feature = making.one("FeatureOfInterest", needed=False)
    return observe(making.edit, stream, feature, values)


_MAKERS: dict[str, Callable[[_Making, Values], int]] = {
    THING.type: _thing,
    LOCATION.type: _location,
    HISTORICAL_LOCATION.type: _historical,
    DATASTREAM.type: _datastream,
    SENSOR.type: _described,
    OBSERVED_PROPERTY.type: _described,
    FEATURE.type: _feature,
    OBSERVATION.type: _observation,
}
