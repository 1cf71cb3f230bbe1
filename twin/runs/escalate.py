"""Escalates overdue tasks: records whom to inform, repeatedly until somebody acts."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, exists, func, insert, or_, select, update

from layers.errors import NotFound
from layers.store import Database
from twin.hazard import Level
from twin.preplans import plan_for
from twin.preplans.state import REPORTING, Escalation, FollowedTask, State, escalations
from twin.store.models import run, task, task_event, warning

WHO, WHAT = "system", "escalate"


def escalate(database: Database, now: datetime | None = None) -> int:
    """Record the escalations that are due at ``now``, and return how many."""
    instant = now or datetime.now(UTC)
    with database.writer.begin() as connection:
        followed = list(connection.execute(_followed_statement()).mappings())
        recorded = [each for each in _due(followed, instant) if _record(connection, each, instant)]
    return len(recorded)


def _due(followed: Iterable[RowMapping], now: datetime) -> list[Escalation]:
    by_scenario: dict[str, list[FollowedTask]] = {}
    for row in followed:
        by_scenario.setdefault(row["scenario"], []).append(_followed(row))
    return [each for name, tasks in by_scenario.items() for each in escalations(tasks, now, _reporting(name))]


def _followed(row: RowMapping) -> FollowedTask:
    return FollowedTask(
        id=row["id"],
        state=State(row["state"]),
        response=Level(row["response"]),
        deadline=row["deadline"],
        heard=row["changed"],
        rung=row["escalation"],
    )


def _reporting(scenario: str) -> Mapping[Level, timedelta]:
    """Return the reporting intervals by response level, from the scenario's pre-plan where there is one."""
    try:
        plan = plan_for(scenario)
    except NotFound:
        return REPORTING
    return dict(REPORTING) | {each.level: each.reporting for each in plan.responses}


def _followed_statement() -> Select[Any]:
    """Select the open tasks that are followed up.

    Tasks of replays, calculated after the storm was over, are left out; drafts count only where the run is shown or
    was started by a warning, since other runs are what-ifs.
    """
    ends = run.c.begins + func.make_interval(0, 0, 0, 0, 0, 0, run.c.step_s) * run.c.steps
    warned = exists().where(warning.c.run == run.c.id)
    relevant = or_(task.c.state != State.DRAFT.value, run.c.shown, warned)
    still_open = task.c.state.in_([state.value for state in State if state.open])
    rows = select(task, run.c.scenario).join(run, task.c.run == run.c.id)
    return rows.where(and_(still_open, relevant, run.c.created < ends)).order_by(task.c.id)


def _record(connection: Connection, escalation: Escalation, now: datetime) -> bool:
    """Record one escalation, unless another worker did, or somebody acted in the meantime."""
    late = update(task).where(task.c.id == escalation.task, task.c.escalation < escalation.rung, task.c.changed <= now)
    state = connection.execute(late.values(escalation=escalation.rung).returning(task.c.state)).scalar()
    if state is None:
        return False
    note = f"{escalation.to.zh}：{escalation.reason.zh} · {escalation.to.en}: {escalation.reason.en}"
    detail = {"rung": escalation.rung, "to": escalation.to.json(), "reason": escalation.reason.json()}
    event = {"task": escalation.task, "who": WHO, "what": WHAT, "state": state, "note": note, "detail": detail}
    connection.execute(insert(task_event).values(event))
    return True
