"""The course of a value against a limit, with hysteresis: what is raised, once, and when it is over.

Pure: readings in order of their phenomenon times go in, a state and episodes come out. However readings are cut into
parts, the episodes are the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

Phase = Literal["normal", "pending", "raised"]
Side = Literal["above", "below", "either"]


@dataclass(frozen=True, slots=True)
class Point:
    """A value at an instant; ``sequence`` tells apart what has the same time."""

    time: datetime
    value: float
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """A value that reaches ``limit`` for ``duration`` is an alarm, which is over at ``clear``.

    ``clear`` lies on the calm side of ``limit``; without one an alarm is over as soon as the limit is not reached. Of
    ``either`` side the distance from zero counts.
    """

    limit: float
    side: Side = "above"
    clear: float | None = None
    duration: timedelta = timedelta(0)

    def is_reached(self, value: float) -> bool:
        """Tell whether a value is beyond the limit, or at it."""
        return self._height(value) >= self._height(self.limit)

    def is_calm(self, value: float) -> bool:
        """Tell whether a value ends an alarm."""
        if self.clear is None:
            return not self.is_reached(value)
        return self._height(value) <= self._height(self.clear)

    def _height(self, value: float) -> float:
        return {"above": value, "below": -value, "either": abs(value)}[self.side]


@dataclass(frozen=True, slots=True)
class Course:
    """Where a datastream is against a limit, and ``since`` when it has not been normal."""

    phase: Phase = "normal"
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """An alarm that was raised (``value``: by what), went on, or both, and is over where ``until`` is there.

    ``raised`` is false of one that was raised before these readings.
    """

    since: datetime
    value: float
    until: datetime | None = None
    raised: bool = True


def follow(limit: Limit, course: Course, points: Iterable[Point]) -> tuple[Course, list[Episode]]:
    """Return where the course is after these points, and the episodes that began or ended with them."""
    episodes: list[Episode] = []
    for point in points:
        before, course = course, _next(limit, course, point)
        if course.phase == "raised" and before.phase != "raised":
            episodes.append(Episode(course.since or point.time, point.value))
        elif before.phase == "raised" and course.phase == "normal":
            is_new = bool(episodes) and episodes[-1].until is None
            begun = episodes.pop() if is_new else Episode(before.since or point.time, point.value, raised=False)
            episodes.append(replace(begun, until=point.time))
    return course, episodes


def _next(limit: Limit, course: Course, point: Point) -> Course:
    if course.phase == "raised":
        return Course() if limit.is_calm(point.value) else course
    if not limit.is_reached(point.value):
        return Course()
    since = point.time if course.since is None else course.since
    return Course("raised" if point.time - since >= limit.duration else "pending", since)


def changes(points: Sequence[Point], window: timedelta) -> Iterator[Point]:
    """Yield by how much the value changed within ``window`` until each point: against the earliest point in it."""
    first = 0
    for point in points:
        while points[first].time < point.time - window:
            first += 1
        yield Point(point.time, point.value - points[first].value, point.sequence)
