"""The life of a task: its states, what may follow what, and when it is escalated.

Pure functions of time: whoever keeps tasks calls them with now.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from layers.errors import Conflict, ParameterError
from layers.title import Title
from twin.hazard import Level


class State(StrEnum):
    """How far a task is; done and dropped are final."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    REASSIGNED = "reassigned"
    STARTED = "started"
    DONE = "done"
    DROPPED = "dropped"

    @property
    def label(self) -> Title:
        """Return what people call it."""
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
        """Tell whether something is still to be done."""
        return self not in (State.DONE, State.DROPPED)


class Action(StrEnum):
    """What a person does to a task."""

    CONFIRM = "confirm"
    REASSIGN = "reassign"
    START = "start"
    DONE = "done"
    DROP = "drop"


_OPEN = frozenset(state for state in State if state.open)
_ASSIGNED = frozenset({State.CONFIRMED, State.REASSIGNED})
# To reassign a task is to confirm it for somebody else; a task that was begun goes back to the new one.
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
"""How often those who act report, by response level IV to I; a plan may say otherwise."""

RUNGS = (
    Title("责任单位", "those responsible"),
    Title("责任部门值班领导", "the department's officer on duty"),
    Title("区应急指挥部", "the district's command"),
)
"""To whom a task is escalated, rung by rung: a reminder first."""


def allowed(state: State) -> tuple[Action, ...]:
    """Return what may be done to a task in a state."""
    return tuple(action for action, (before, _) in _RULES.items() if state in before)


def after(state: State, action: Action) -> State:
    """Return the state after an action; raises ``Conflict`` where it is not allowed."""
    before, then = _RULES[action]
    if state not in before:
        ways = "、".join(allowed(state)) or "nothing"
        raise Conflict(f"a task that is {state.value} cannot be changed by {action.value!r}; allowed are {ways}")
    return then


@dataclass(frozen=True)
class FollowedTask:
    """What is needed of a task to follow it; times are aware.

    ``heard`` is when anybody last did something to it or reported, ``rung`` how far it was escalated (0: not yet, else
    the number of rungs told). ``response`` is the response level in force.
    """

    id: int
    state: State
    response: Level
    deadline: datetime
    heard: datetime
    rung: int = 0


@dataclass(frozen=True)
class Escalation:
    """A task that somebody higher has to hear of: the rung (from 1), to whom, since when it is due, and why."""

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
    """Return what has to be told now and was not told before, the longest due first.

    An open task past its deadline climbs a rung at once and another after each reporting interval of the response
    level. A confirmed or started one of which nothing was heard for an interval brings a reminder to the first rung.
    """
    found = [each for task in tasks if (each := _escalation(task, _aware(now), reporting)) is not None]
    return tuple(sorted(found, key=lambda each: (each.since, each.task)))


def _escalation(task: FollowedTask, now: datetime, reporting: Mapping[Level, timedelta]) -> Escalation | None:
    if not task.state.open or task.response is Level.NONE:
        return None
    interval = reporting[task.response]
    if now >= task.deadline:
        rung = min(1 + int((now - task.deadline) / interval), len(RUNGS))
        late = _minutes(now - task.deadline)
        reason = Title(f"超过时限 {late} 分钟，仍为“{task.state.label.zh}”", f"{late} min overdue, still {task.state}")
        return _told(task, rung, task.deadline, reason)
    if task.state is not State.DRAFT and now - task.heard >= interval:
        silent = _minutes(now - task.heard)
        reason = Title(f"{silent} 分钟未报告", f"nothing heard for {silent} min")
        return _told(task, 1, task.heard + interval, reason)
    return None


def _told(task: FollowedTask, rung: int, since: datetime, reason: Title) -> Escalation | None:
    return Escalation(task.id, rung, RUNGS[rung - 1], since, reason) if rung > task.rung else None


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


def _aware(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ParameterError("now", f"{now.isoformat()} has no offset from UTC")
    return now
