"""What devices publish: an Observation as JSON, several in a list, or a bare value, which was observed now."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from layers.errors import InputError
from layers.json_document import parse_json
from twin.sensing.observation_document import number_of, reading_of, require_same, values_of
from twin.sensing.reading import Reading

MOST_IN_ONE = 1000
_FEATURE = "FeatureOfInterest"


@dataclass(frozen=True)
class Faulty:
    """What cannot be read of a message, and why."""

    reason: str


def readings_of(datastream: int, payload: bytes, now: datetime | None = None) -> list[Reading | Faulty]:
    """Return what a message says, one by one; what has no time was observed ``now``."""
    now = now or datetime.now(UTC)
    try:
        document = parse_json(payload)
    except InputError as error:
        return [Faulty(str(error))]
    documents = document if isinstance(document, list) else [document]
    if len(documents) > MOST_IN_ONE:
        return [Faulty(f"a message of {len(documents)} observations is longer than {MOST_IN_ONE}; send them in parts")]
    return [_reading(datastream, one, now) for one in documents]


def _reading(datastream: int, document: Any, now: datetime) -> Reading | Faulty:
    said = document if isinstance(document, dict) else {"result": document}
    try:
        require_same("Datastream", said, datastream)
        return reading_of(datastream, values_of(said), now, _feature(said.get(_FEATURE)))
    except InputError as error:
        return Faulty(str(error))


def _feature(reference: Any) -> int | None:
    """Return the feature that a document names; what is to be made is made over HTTP."""
    if reference is None:
        return None
    number = number_of(reference)
    if number is None:
        raise InputError(f'{_FEATURE}: it is not named by its id: {{"@iot.id": 1}}')
    return number
