"""A pre-plan 应急预案 as data: response levels with triggers, and measures with their department and deadline."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from layers.title import Title
from twin.hazard import Impact, Level

Group = Literal["object", "street", "owner", "district"]
GROUPS: tuple[Group, ...] = ("object", "street", "owner", "district")

SHORTEST = timedelta(minutes=10)
"""The shortest deadline, however near the storm is: judgement."""


@dataclass(frozen=True)
class Trigger:
    """What starts a response: a warning of a kind at a level or above, or a number of impacts of a kind."""

    level: Level
    warning: str | None = None
    impacts: str | None = None  # a kind, or "*" for any
    count: int = 1

    def fires(self, warnings: Iterable[tuple[str, Level]], impacts: Iterable[Impact]) -> bool:
        """Tell whether these warnings (kind and level) or these impacts fire it."""
        if self.warning is not None:
            return any(kind == self.warning and level >= self.level for kind, level in warnings)
        reached = sum(each.level >= self.level and self.impacts in ("*", each.kind) for each in impacts)
        return reached >= self.count


@dataclass(frozen=True)
class Response:
    """One response level: IV (blue) to I (red), its triggers, and the reporting interval of the units in charge."""

    level: Level
    title: Title
    reporting: timedelta
    triggers: tuple[Trigger, ...]


@dataclass(frozen=True)
class Deadline:
    """The deadline of a measure: after the issue, before the onset, or the earlier of both."""

    after_issue: timedelta | None = None
    before_onset: timedelta | None = None

    def at(self, issued: datetime, onset: datetime | None) -> datetime:
        """Return the instant; an unknown onset counts as the time of issue, and at least ten minutes are left."""
        ends = []
        if self.after_issue is not None:
            ends.append(issued + self.after_issue)
        if self.before_onset is not None and (onset is not None or not ends):
            ends.append((onset or issued) - self.before_onset)
        return max(min(ends), issued + SHORTEST)


@dataclass(frozen=True)
class Measure:
    """One measure: what it applies to, from which level, who is responsible, and the deadline.

    ``kinds`` are kinds of impacts; without any it is done once for the district. ``impact_level`` is the lowest level
    of an impact, ``response`` the lowest response level at which it is drafted. ``depends_on`` names measures that
    come first.
    """

    id: str
    title: Title
    kinds: tuple[str, ...]
    impact_level: Level
    response: Level
    responsible: str  # id of a role
    deadline: Deadline
    order: int
    group: Group = "object"
    depends_on: tuple[str, ...] = ()

    def applies(self, impact: Impact) -> bool:
        """Tell whether an impact calls for it."""
        return impact.kind in self.kinds and impact.level >= self.impact_level


@dataclass(frozen=True)
class Plan:
    """A pre-plan: read by ``twin.preplans.reading``, which refuses an inconsistent one."""

    id: str
    title: Title
    version: str
    kinds: tuple[str, ...]
    roles: Mapping[str, Title]
    responses: Sequence[Response]  # from IV to I
    measures: Sequence[Measure]  # in their order

    def response_level(self, warnings: Iterable[tuple[str, Level]], impacts: Iterable[Impact]) -> Level:
        """Return the highest level that is triggered, or none."""
        warned, reached = list(warnings), list(impacts)
        fired = (each.level for each in self.responses if any(t.fires(warned, reached) for t in each.triggers))
        return max(fired, default=Level.NONE)

    def response(self, level: Level) -> Response | None:
        """Return the response of a level, None where the plan has none."""
        return next((each for each in self.responses if each.level is level), None)
