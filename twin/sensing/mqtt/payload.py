"""What devices publish: an Observation as JSON, several in a list, or a bare value, which was observed now."""

from datetime import UTC, datetime

from layers.errors import InputError
from layers.json_document import parse_json
from twin.sensing.observation_document import Faulty, read
from twin.sensing.reading import Reading

MOST_IN_ONE = 1000


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
    return [read(datastream, one if isinstance(one, dict) else {"result": one}, now) for one in documents]
