"""The life cycle of a task: its states, the transitions between them, and escalation.

Pure functions of time: the caller passes the current time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from layers.errors import Conflict, ParameterError
from layers.title import Title
from twin.hazard import Level


class State(StrEnum):
    """The state of a task; done and dropped are final."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    REASSIGNED = "reassigned"
    STARTED = "started"
    DONE = "done"
    DROPPED = "dropped"

    @property
    def label(self) -> Title:
        """Return the display name."""
        zh = {
            "draft": "待确认",
            "confirmed": "已确认",
            "reassigned": "已转派",
            "started": "处置中",
            "done": "已完成",
            "dropped": "已取消",
        }
        return Title(zh[self.value], self.value)

    @property
    def open(self) -> bool:
        """Tell whether the task is not final yet."""
        return self not in (State.DONE, State.DROPPED)


class Action(StrEnum):
    """What a person can do to a task."""

    CONFIRM = "confirm"
    REASSIGN = "reassign"
    START = "start"
    DONE = "done"
    DROP = "drop"


_OPEN = frozenset(state for state in State if state.open)
_ASSIGNED = frozenset({State.CONFIRMED, State.REASSIGNED})
# Reassigning a task confirms it for another owner; a started task starts again with the new one.
_RULES: dict[Action, tuple[frozenset[State], State]] = {
    Action.CONFIRM: (frozenset({State.DRAFT}), State.CONFIRMED),
    Action.REASSIGN: (_OPEN, State.REASSIGNED),
    Action.START: (_ASSIGNED, State.STARTED),
    Action.DONE: (frozenset({State.STARTED}), State.DONE),
    Action.DROP: (_OPEN, State.DROPPED),
}

REPORTING: Mapping[Level, timedelta] = {
    Level.BLUE: timedelta(hours=2),
    Level.YELLOW: timedelta(hours=1),
    Level.ORANGE: timedelta(minutes=30),
    Level.RED: timedelta(minutes=10),
}
"""The reporting interval of the units in charge, by response level IV to I; a plan may override it."""

RUNGS = (
    Title("责任单位", "those responsible"),
    Title("责任部门值班领导", "the department's officer on duty"),
    Title("区应急指挥部", "the district's command"),
)
"""The rungs of escalation; the first is a reminder to the unit in charge."""


def allowed(state: State) -> tuple[Action, ...]:
    """Return the actions that are allowed in a state."""
    return tuple(action for action, (before, _) in _RULES.items() if state in before)


def after(state: State, action: Action) -> State:
    """Return the state after an action; raises ``Conflict`` where it is not allowed."""
    before, then = _RULES[action]
    if state not in before:
        ways = ", ".join(allowed(state)) or "none"
        raise Conflict(f"a task that is {state.value} cannot be changed by {action.value!r}; allowed actions: {ways}")
    return then


@dataclass(frozen=True)
class FollowedTask:
    """What escalation needs of a task; times are aware.

    ``heard`` is the time of the last action or report, ``rung`` how far it was escalated (0: not yet, else the number
    of rungs informed). ``response`` is the response level in force.
    """

    id: int
    state: State
    response: Level
    deadline: datetime
    heard: datetime
    rung: int = 0


@dataclass(frozen=True)
class Escalation:
    """The escalation of a task: the rung (from 1), the recipient, since when it is due, and the reason."""

    task: int
    rung: int
    to: Title
    since: datetime
    reason: Title


def overdue(task: FollowedTask, now: datetime) -> bool:
    """Tell whether a task is still open at its deadline."""
    return task.state.open and _aware(now) >= task.deadline


def escalations(
    tasks: Iterable[FollowedTask], now: datetime, reporting: Mapping[Level, timedelta] = REPORTING
) -> tuple[Escalation, ...]:
    """Return the escalations that are due now and were not made before, the longest due first.

    An open task past its deadline climbs a rung at once and another after each reporting interval of the response
    level. A confirmed or started task without a report for an interval causes a reminder to the first rung.
    """
    due = [each for task in tasks if (each := _escalation(task, _aware(now), reporting)) is not None]
    return tuple(sorted(due, key=lambda each: (each.since, each.task)))


def _escalation(task: FollowedTask, now: datetime, reporting: Mapping[Level, timedelta]) -> Escalation | None:
    if not task.state.open or task.response is Level.NONE:
        return None
    interval = reporting[task.response]
    if now >= task.deadline:
        rung = min(1 + int((now - task.deadline) / interval), len(RUNGS))
        late = _minutes(now - task.deadline)
        reason = Title(f"超过时限 {late} 分钟，仍为“{task.state.label.zh}”", f"{late} min overdue, still {task.state}")
        return _escalate_to(task, rung, task.deadline, reason)
    if task.state is not State.DRAFT and now - task.heard >= interval:
        silent = _minutes(now - task.heard)
        reason = Title(f"{silent} 分钟未报告", f"no report for {silent} min")
        return _escalate_to(task, 1, task.heard + interval, reason)
    return None


def _escalate_to(task: FollowedTask, rung: int, since: datetime, reason: Title) -> Escalation | None:
    return Escalation(task.id, rung, RUNGS[rung - 1], since, reason) if rung > task.rung else None


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


def _aware(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ParameterError("now", f"{now.isoformat()} has no offset from UTC")
    return now
