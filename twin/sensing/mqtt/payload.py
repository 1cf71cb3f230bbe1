"""What devices publish: an Observation as JSON, several in a list, or a bare value, which was observed now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from layers.errors import InputError, ParameterError
from layers.temporal import parse_instant
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
        document = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        return [Faulty(f"this is not JSON: {error}")]
    documents = document if isinstance(document, list) else [document]
    if len(documents) > MOST_IN_ONE:
        return [Faulty(f"a message of {len(documents)} observations is longer than {MOST_IN_ONE}; send them in parts")]
    return [_reading(datastream, one, now) for one in documents]


def _reading(datastream: int, document: Any, now: datetime) -> Reading | Faulty:
    if not isinstance(document, dict):
        return Reading(datastream, now, document)
    unknown = document.keys() - _READERS.keys()
    if unknown:
        return Faulty(f"{min(unknown)[:40]!r} is no property of an Observation; there are {', '.join(_READERS)}")
    if "result" not in document:
        return Faulty("result: it is missing")
    values: dict[str, Any] = {"time": now}
    try:
        for name, value in document.items():
            if value is not None or name == "result":
                values |= _READERS[name](value)
    except InputError as error:
        return Faulty(str(error))
    return Reading(datastream, **values)


def _phenomenon_time(value: Any) -> Mapping[str, Any]:
    start, end = _times("phenomenonTime", value)
    return {"time": start, "time_end": end}


def _valid_time(value: Any) -> Mapping[str, Any]:
    start, end = _times("validTime", value)
    if end is None:
        raise ParameterError("validTime", f"{str(value)[:60]!r} is not an interval a/b")
    return {"valid_time": (start, end)}


def _times(name: str, value: Any) -> tuple[datetime, datetime | None]:
    """Read an instant, or an interval ``a/b``."""
    if not isinstance(value, str):
        raise ParameterError(name, f"{str(value)[:60]!r} is not a time such as 2026-08-15T08:00:00+08:00")
    start, _, end = value.partition("/")
    return parse_instant(start, name), parse_instant(end, name) if end else None


def _result_time(value: Any) -> Mapping[str, Any]:
    return {"result_time": _times("resultTime", value)[0]}


def _sequence(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ParameterError("sequence", f"{str(value)[:40]!r} is not a whole number")
    return {"sequence": value}


def _parameters(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ParameterError("parameters", "this is not an object")
    return {"parameters": value}


def _feature(value: Any) -> Mapping[str, Any]:
    number = value.get("@iot.id") if isinstance(value, dict) else None
    if not isinstance(number, int):
        raise ParameterError(_FEATURE, 'it is not named by its id: {"@iot.id": 1}')
    return {"feature": number}


_READERS: dict[str, Callable[[Any], Mapping[str, Any]]] = {
    "phenomenonTime": _phenomenon_time,
    "result": lambda value: {"result": value},
    "resultTime": _result_time,
    "resultQuality": lambda value: {"quality": value},
    "validTime": _valid_time,
    "parameters": _parameters,
    "sequence": _sequence,
    _FEATURE: _feature,
}
