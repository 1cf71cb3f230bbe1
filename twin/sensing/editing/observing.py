"""Observations are made by the one way by which readings come in, one by one or as arrays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from layers.errors import Conflict, InputError
from twin.sensing.editing.edit import Edit
from twin.sensing.editing.plain_lines import plain_lines
from twin.sensing.entities.model import FEATURE
from twin.sensing.ingest import MOST_READINGS, Outcome, ingest
from twin.sensing.observation_document import COMPONENTS, number_of, reading_of, values_of
from twin.sensing.reading import Reading
from twin.store.sensing_models import observation as table

_ATTEMPTS = 5
_FEATURES = ("FeatureOfInterest/id", "FeatureOfInterest/@iot.id")
_COMPONENTS = (*COMPONENTS, *_FEATURES)


def observe(edit: Edit, datastream: int, feature: int | None, values: Mapping[str, Any]) -> int:
    """Keep one observation and return its number; the same one again has the number that it has.

    Another result of the same instant is another observation, and has the next number in the sequence, unless the
    document states one.
    """
    reading = reading_of(datastream, values, edit.now, feature)
    if feature is None:
        _require_place(edit, datastream)
    for _ in range(_ATTEMPTS):
        outcome = ingest(edit.connection, [reading], edit.view.streams)
        if not outcome.refused:
            return outcome.ids[0]
        if outcome.refused[0].why != "conflict":
            raise InputError(outcome.refused[0].reason)
        if "sequence" in values:
            raise Conflict(outcome.refused[0].reason)
        reading = replace(reading, sequence=next_sequence(edit, datastream, reading.time))
    raise Conflict("time: others observe the same datastream at the same instant; try again in a moment")


def _require_place(edit: Edit, datastream: int) -> None:
    """Raise InputError where there is nothing that an observation could be of: its thing is nowhere."""
    place = select(func.onemap.present_locations([datastream]).table_valued("datastream", "location").c.location)
    if edit.connection.execute(place).scalar() is None:
        raise InputError("FeatureOfInterest: an Observation has to have one, and its Thing has no Location to be it")


def next_sequence(edit: Edit, datastream: int, time: datetime) -> int:
    """Return the first sequence that no observation of a datastream at an instant has, nor any after it."""
    newest = select(func.max(table.c.sequence)).where(table.c.datastream == datastream, table.c.time == time)
    found = edit.connection.execute(newest).scalar_one()
    return 0 if found is None else int(found) + 1


@dataclass(frozen=True)
class Lines:
    """What became of each observation of arrays, in their order: its number, or why there is none."""

    told: list[int | str]
    new: int


def create_observations(edit: Edit, body: Any) -> Lines:
    """Keep the observations of arrays; one that cannot be kept stops none of the others."""
    if not isinstance(body, list):
        raise InputError("CreateObservations takes a list of objects with Datastream, components and dataArray")
    told: list[int | str] = []
    readings: list[tuple[int, Reading]] = []
    features: dict[Any, int] = {}
    for array in body:
        for one in _of_array(edit, array, features):
            if isinstance(one, Reading):
                readings.append((len(told), one))
            told.append(one if isinstance(one, str) else "")
            if len(told) > MOST_READINGS:
                raise InputError(f"these are more than {MOST_READINGS} observations; send them in parts")
    outcome = ingest(edit.connection, [reading for _, reading in readings], edit.view.streams)
    _tell(outcome, readings, told)
    return Lines(told, outcome.new)


def _tell(outcome: Outcome, readings: Sequence[tuple[int, Reading]], told: list[int | str]) -> None:
    for place, number in outcome.ids.items():
        told[readings[place][0]] = number
    for refusal in outcome.refused:
        told[readings[refusal.place][0]] = refusal.reason


def _of_array(edit: Edit, array: Any, features: dict[Any, int]) -> Iterator[Reading | str]:
    if not isinstance(array, dict) or not isinstance(array.get("dataArray"), list):
        raise InputError("CreateObservations: each object has Datastream, components and dataArray")
    stream, components = number_of(array.get("Datastream")), array.get("components")
    if stream is None:
        raise InputError('CreateObservations: Datastream is {"@iot.id": 1}, with the number of one')
    if not isinstance(components, list) or not all(one in _COMPONENTS for one in components):
        raise InputError(f"CreateObservations: components are some of {', '.join(_COMPONENTS)}")
    plain = plain_lines(stream, components)
    for line in array["dataArray"]:
        yield plain(line) or _of_line(edit, stream, components, line, features)


def _of_line(edit: Edit, stream: int, components: list[str], line: Any, features: dict[Any, int]) -> Reading | str:
    if not isinstance(line, list) or len(line) != len(components):
        return f"{str(line)[:40]!r} does not have {len(components)} values"
    said = dict(zip(components, line, strict=True))
    named = [said.pop(name) for name in _FEATURES if said.get(name) is not None]
    try:
        feature = _feature(edit, named[0], features) if named else None
        return reading_of(stream, values_of(said), edit.now, feature)
    except InputError as error:
        return str(error)


def _feature(edit: Edit, number: Any, known: dict[Any, int]) -> int:
    if not isinstance(number, int):
        raise InputError(f"FeatureOfInterest/id: {str(number)[:40]!r} is no number")
    if number not in known:
        known[number] = edit.require(FEATURE, {"@iot.id": number})
    return known[number]
