"""Arrays of observations (``CreateObservations`` of SensorThings 1.1), read line by line, whoever sends them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from layers.errors import InputError
from twin.sensing.observation_document import COMPONENTS, Faulty, number_of, reading_of, values_of
from twin.sensing.plain_lines import plain_lines
from twin.sensing.reading import Reading

_FEATURES = ("FeatureOfInterest/id", "FeatureOfInterest/@iot.id")
_COMPONENTS = (*COMPONENTS, *_FEATURES)
# The number of a datastream, and what a line says of it or why that cannot be read.
Line = tuple[int, Reading | Faulty]


def lines_of(body: Any, now: datetime, most: int) -> Iterator[Line]:
    """Yield the lines of arrays in their order; what has no time was observed ``now``.

    Raises InputError for what is no array, and for more than ``most`` lines.
    """
    if not isinstance(body, list):
        raise InputError("CreateObservations takes a list of objects with Datastream, components and dataArray")
    count = 0
    for array in body:
        datastream, components, lines = _parts(array)
        count += len(lines)
        if count > most:
            raise InputError(f"these are more than {most} observations; send them in parts")
        plain = plain_lines(datastream, components)
        for line in lines:
            yield datastream, plain(line) or _read(datastream, components, line, now)


def _parts(array: Any) -> tuple[int, list[str], list[Any]]:
    if not isinstance(array, dict) or not isinstance(array.get("dataArray"), list):
        raise InputError("CreateObservations: each object has Datastream, components and dataArray")
    datastream, components = number_of(array.get("Datastream")), array.get("components")
    if datastream is None:
        raise InputError('CreateObservations: Datastream is {"@iot.id": 1}, with the number of one')
    if not isinstance(components, list) or not all(one in _COMPONENTS for one in components):
        raise InputError(f"CreateObservations: components are some of {', '.join(_COMPONENTS)}")
    return datastream, components, array["dataArray"]


def _read(datastream: int, components: Sequence[str], line: Any, now: datetime) -> Reading | Faulty:
    if not isinstance(line, list) or len(line) != len(components):
        return Faulty(f"{str(line)[:40]!r} does not have {len(components)} values")
    said = dict(zip(components, line, strict=True))
    named = [value for name in _FEATURES if (value := said.pop(name, None)) is not None]
    try:
        return reading_of(datastream, values_of(said), now, _feature(named[0]) if named else None)
    except InputError as error:
        return Faulty(str(error))


def _feature(named: Any) -> int:
    number = number_of({"@iot.id": named})
    if number is None:
        raise InputError(f"FeatureOfInterest/id: {str(named)[:40]!r} is no number")
    return number
