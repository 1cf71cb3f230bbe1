"""Readings before they are kept, and what makes one unacceptable."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from layers.json_document import DEEPEST, is_deeper
from twin.sensing.observation_id import FIRST_YEAR, LAST_YEAR

Why = Literal["datastream", "time", "zone", "year", "future", "interval", "result", "type", "feature", "conflict"]
_OBSERVATION = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_"
MEASUREMENT, CATEGORY, COUNT, TRUTH, ANY = (
    _OBSERVATION + name
    for name in ("Measurement", "CategoryObservation", "CountObservation", "TruthObservation", "Observation")
)
MOST_SEQUENCE = 2**31 - 1
# Whole numbers up to here are doubles.
WHOLE = 2**53


# Not frozen: a frozen one takes four times as long to be made, and millions are.
@dataclass(slots=True)
class Reading:
    """One observation as it came in; ``time`` is the beginning of its phenomenon time.

    ``datastream``, ``time`` and ``sequence`` are its identity: what comes twice is kept once.
    """

    datastream: int
    time: datetime
    result: Any
    sequence: int = 0
    time_end: datetime | None = None
    result_time: datetime | None = None
    quality: Any = None
    feature: int | None = None
    valid_time: tuple[datetime, datetime] | None = None
    parameters: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reading that was not kept: its place in the batch, the kind of reason, and a sentence."""

    place: int
    why: Why
    reason: str


@dataclass(frozen=True, slots=True)
class Rules:
    """How far ahead of the clock a reading may be; forecasts have datastreams with other rules."""

    ahead: timedelta = timedelta(days=1)


def objection(reading: Reading, now: datetime, rules: Rules) -> tuple[Why, str] | None:
    """Return why a reading cannot be kept whatever its datastream is, or None."""
    instants = (reading.time, reading.time_end, reading.result_time, *(reading.valid_time or ()))
    wrong = next(filter(None, (_objection_to_time(instant) for instant in instants if instant is not None)), None)
    return wrong or _objection_to_order(reading, now, rules) or _objection_to_values(reading)


def _objection_to_order(reading: Reading, now: datetime, rules: Rules) -> tuple[Why, str] | None:
    if reading.time > now + rules.ahead:
        return "future", f"time: {reading.time.isoformat()} is more than {rules.ahead} ahead of the clock here"
    if reading.time_end is not None and reading.time_end < reading.time:
        return "interval", "time: the phenomenon time ends before it begins"
    if reading.valid_time is not None and reading.valid_time[1] < reading.valid_time[0]:
        return "interval", "validTime: it ends before it begins"
    return None


def _objection_to_values(reading: Reading) -> tuple[Why, str] | None:
    if not 0 <= reading.sequence <= MOST_SEQUENCE:
        return "type", f"sequence: {reading.sequence} is not between 0 and {MOST_SEQUENCE}"
    for name in ("result", "quality", "parameters"):
        if is_deeper(getattr(reading, name), DEEPEST):
            return "result", f"{name}: it has more than {DEEPEST} objects and lists within each other"
    if not is_finite(reading.result):
        return "result", "result: NaN and infinity are no numbers of JSON; leave out what was not observed"
    for name in ("result", "quality", "parameters"):
        if has_nul(getattr(reading, name)):
            return "result", f"{name}: it has the character NUL, which no text of ours can have"
    return None


def _objection_to_time(instant: datetime) -> tuple[Why, str] | None:
    if instant.tzinfo is None:
        return "zone", f"time: {instant.isoformat()} has no zone; write {instant.isoformat()}+08:00, or Z for UTC"
    # The first and the last year of the calendar may have no instant in UTC.
    if not 1 < instant.year < 9999 or not FIRST_YEAR <= instant.astimezone(UTC).year <= LAST_YEAR:
        return "year", f"time: the year {instant.year} is not between {FIRST_YEAR} and {LAST_YEAR}"
    return None


def as_double(result: Any) -> float | None:
    """Return a result as the double that it is kept as, or None for what is no number or would lose digits."""
    if isinstance(result, bool) or not isinstance(result, int | float):
        return None
    return None if isinstance(result, int) and abs(result) > WHOLE else float(result)


def from_double(number: float) -> float:
    """Return a number as JSON writes it, whole numbers without a point: of 7 and 7.0 the same double is kept."""
    return int(number) if number.is_integer() and abs(number) <= WHOLE else number


def is_finite(value: Any) -> bool:
    """Tell whether a value of JSON has neither NaN nor infinity in it, at any depth."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list | tuple):
        return all(map(is_finite, value))
    return all(map(is_finite, value.values())) if isinstance(value, dict) else True


def has_nul(value: Any) -> bool:
    """Tell whether a text of a value of JSON has the character NUL in it, at any depth, in names too."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, Mapping):
        return any(map(has_nul, value)) or any(map(has_nul, value.values()))
    return isinstance(value, list | tuple) and any(map(has_nul, value))


def objection_to_type(result: Any, observation_type: str) -> tuple[Why, str] | None:
    """Return why a result is none of its datastream's type, or None; an unknown type takes any result."""
    is_number = isinstance(result, int | float) and not isinstance(result, bool)
    fits = {
        MEASUREMENT: (is_number, "a number"),
        COUNT: (is_number and float(result).is_integer(), "a whole number"),
        TRUTH: (isinstance(result, bool), "true or false"),
        CATEGORY: (isinstance(result, str), "a text"),
    }.get(observation_type, (True, ""))
    return None if fits[0] else ("type", f"result: {str(result)[:40]!r} is not {fits[1]}, as its datastream says")
