"""An Observation as a document of SensorThings, read to what a reading says: one way for HTTP, arrays and MQTT.

An observation stands at an instant or from one until another; one without a time was observed when it came in. A
``sequence`` tells apart what one datastream observed at one instant.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from layers.errors import InputError, ParameterError
from layers.temporal import parse_instant
from twin.sensing.reading import Reading

# By the names of the fields of ``Reading``.
Values = dict[str, Any]
_STREAM, _FEATURE = "Datastream", "FeatureOfInterest"
LINKS = (_STREAM, _FEATURE)


@dataclass(frozen=True)
class Faulty:
    """What cannot be read as an observation, and why."""

    reason: str


def read(datastream: int, document: Any, now: datetime) -> Reading | Faulty:
    """Return the reading of a document that makes nothing besides: it names a feature by its id, if at all."""
    try:
        values = values_of(document)
        require_same(_STREAM, document, datastream)
        return reading_of(datastream, values, now, _feature(document.get(_FEATURE)))
    except InputError as error:
        return Faulty(str(error))


def values_of(document: Any, *, partial: bool = False) -> Values:
    """Return what a document says, but for its links; one that is ``partial`` need not have a result.

    Null is said of what is not known, and makes an older value go where the document is ``partial``. Raises InputError.
    """
    if not isinstance(document, dict):
        raise InputError("Observation: it is written as a JSON object")
    _require_known(document)
    if document.get("result") is None and not (partial and "result" not in document):
        raise ParameterError("result", "an Observation has to have it")
    values: Values = {}
    for name, value in document.items():
        if name in _READERS and (value is not None or partial):
            values |= _NOTHING[name] if value is None else _READERS[name](value)
    return values


def reading_of(datastream: int, values: Mapping[str, Any], now: datetime, feature: int | None = None) -> Reading:
    """Return the reading of what a document says; what has no time was observed ``now``."""
    said = dict(values)
    time: datetime = said.pop("time", now)
    result = said.pop("result")
    return Reading(datastream, time, result, feature=feature, **said)


def number_of(reference: Any) -> int | None:
    """Return the number that a reference ``{"@iot.id": 1}`` names, or None where it is no such reference."""
    number = reference.get("@iot.id", reference.get("id")) if isinstance(reference, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) and abs(number) < 2**63 else None


def require_same(link: str, document: Mapping[str, Any], number: int) -> None:
    """Raise InputError when a document names another entity by a link than its address does."""
    named = number_of(document.get(link))
    if named is not None and named != number:
        raise InputError(f"{link}: the document says {named}, and its address {number}")


def _feature(reference: Any) -> int | None:
    """Return the feature that a document names; what is to be made is made by who may make it, in a deep insert."""
    if reference is None:
        return None
    number = number_of(reference)
    if number is None:
        raise InputError(f'{_FEATURE}: it is not named by its id: {{"@iot.id": 1}}')
    return number


def instant(name: str, value: Any) -> datetime:
    """Read an instant; raises InputError."""
    if not isinstance(value, str):
        raise ParameterError(name, f"{str(value)[:40]!r} is not a text such as 2026-08-15T08:00:00+08:00")
    return parse_instant(value, name)


def _interval(name: str, value: Any) -> tuple[datetime, datetime | None]:
    """Read an instant, or an interval ``a/b``."""
    first, separator, last = value.partition("/") if isinstance(value, str) else (value, "", "")
    return instant(name, first), instant(name, last) if separator else None


def _require_known(document: Mapping[str, Any]) -> None:
    for name in document:
        if name not in _READERS and name not in LINKS and name != "id" and "@" not in name:
            told = ", ".join((*_READERS, *LINKS))
            raise InputError(f"{name[:40]}: Observation has no such property; it has {told}")


def _phenomenon_time(value: Any) -> Values:
    begins, ends = _interval("phenomenonTime", value)
    return {"time": begins, "time_end": ends}


def _valid_time(value: Any) -> Values:
    begins, ends = _interval("validTime", value)
    if ends is None:
        raise ParameterError("validTime", f"{value[:60]!r} is not an interval a/b")
    return {"valid_time": (begins, ends)}


def _sequence(value: Any) -> Values:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ParameterError("sequence", f"{str(value)[:40]!r} is not a whole number")
    return {"sequence": value}


def _parameters(value: Any) -> Values:
    if not isinstance(value, dict):
        raise ParameterError("parameters", "this is not a JSON object")
    return {"parameters": value}


_READERS: dict[str, Callable[[Any], Values]] = {
    "phenomenonTime": _phenomenon_time,
    "result": lambda value: {"result": value},
    "resultTime": lambda value: {"result_time": instant("resultTime", value)},
    "resultQuality": lambda value: {"quality": value},
    "validTime": _valid_time,
    "parameters": _parameters,
    "sequence": _sequence,
}
# What null says in a change. An observation keeps its time, which is a part of which one it is.
_NOTHING: dict[str, Values] = {
    "phenomenonTime": {},
    "resultTime": {"result_time": None},
    "resultQuality": {"quality": None},
    "validTime": {"valid_time": None},
    "parameters": {"parameters": None},
    "sequence": {},
}
# What an observation has that is replaced by one of which nothing but the result is said.
NOTHING: Values = {name: value for said in _NOTHING.values() for name, value in said.items()} | {"time_end": None}
COMPONENTS = tuple(_READERS)
