"""Observations are made by the one way by which readings come in, one by one or as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from layers.errors import Conflict, InputError
from twin.sensing.editing.edit import Edit
from twin.sensing.entities.model import FEATURE
from twin.sensing.ingest import MOST_READINGS, Outcome, ingest
from twin.sensing.observation_arrays import lines_of
from twin.sensing.observation_document import Faulty, reading_of
from twin.sensing.reading import Reading
from twin.store.sensing_models import observation as table

_ATTEMPTS = 5


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
    told: list[int | str] = []
    readings: list[tuple[int, Reading]] = []
    hidden: dict[int, str] = {}
    for _, content in lines_of(body, edit.now, MOST_READINGS):
        reason = content.reason if isinstance(content, Faulty) else _objection_to_feature(edit, content.feature, hidden)
        if isinstance(content, Reading) and not reason:
            readings.append((len(told), content))
        told.append(reason)
    outcome = ingest(edit.connection, [reading for _, reading in readings], edit.view.streams)
    _tell(outcome, readings, told)
    return Lines(told, outcome.new)


def _tell(outcome: Outcome, readings: Sequence[tuple[int, Reading]], told: list[int | str]) -> None:
    for place, number in outcome.ids.items():
        told[readings[place][0]] = number
    for refusal in outcome.refused:
        told[readings[refusal.place][0]] = refusal.reason


def _objection_to_feature(edit: Edit, number: int | None, known: dict[int, str]) -> str:
    """Return why a feature cannot be named by who edits, or an empty text; each is looked up once."""
    if number is None:
        return ""
    if number not in known:
        try:
            edit.require(FEATURE, {"@iot.id": number})
            known[number] = ""
        except InputError as error:
            known[number] = str(error)
    return known[number]
