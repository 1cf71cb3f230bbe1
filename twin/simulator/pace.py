"""When sensors say something: at whole steps of time, so that a period made again has the same instants."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from layers.errors import ParameterError

_DURATION = re.compile(r"P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)S)?)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LEAST_STEP, MOST_STEP = timedelta(seconds=1), timedelta(days=1)


def parse_duration(text: str, parameter: str) -> timedelta:
    """Read a duration of ISO 8601 without years and months, such as PT5M, PT1H30M or P1D."""
    found = _DURATION.fullmatch(text)
    parts = [int(part or 0) for part in found.groups()] if found and len(text) <= 20 else []
    if not any(parts):
        raise ParameterError(parameter, f"{text[:40]!r} is not a duration such as PT5M, PT1H or P1D")
    days, hours, minutes, seconds = parts
    try:
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError as error:
        raise ParameterError(parameter, f"{text[:40]!r} is longer than anything that is simulated") from error


def check_step(every: timedelta) -> timedelta:
    """Return a step between a second and a day, or raise ParameterError."""
    if not LEAST_STEP <= every <= MOST_STEP:
        raise ParameterError("--every", f"{every} is not between one second and one day")
    return every


def next_instant(after: datetime, every: timedelta) -> datetime:
    """Return the first whole step after an instant."""
    return _EPOCH + ((after - _EPOCH) // every + 1) * every


def count_of(start: datetime, end: datetime, every: timedelta) -> int:
    """Return how many whole steps there are from ``start`` up to ``end``, both included."""
    first, last = -((_EPOCH - start) // every), (end - _EPOCH) // every
    return max(last - first + 1, 0)


def batches(start: datetime, end: datetime, every: timedelta, most: int) -> Iterator[list[datetime]]:
    """Yield the whole steps from ``start`` up to ``end``, both included, at most so many at a time."""
    first = -((_EPOCH - start) // every)
    instants = (_EPOCH + (first + step) * every for step in range(count_of(start, end, every)))
    while batch := list(islice(instants, most)):
        yield batch
