"""Late tasks: who has to hear of them is written down, again and again until something is done."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, exists, func, insert, or_, select, update

from layers.errors import NotFound
from layers.store.engine import Database
from twin.hazard import Level
from twin.preplans import plan_for
from twin.preplans.state import REPORTING, Escalation, FollowedTask, State, escalations
from twin.store.models import run, task, task_event, warning

WHO, WHAT = "system", "escalate"


def escalate(database: Database, now: datetime | None = None) -> int:
    """Write down which tasks somebody higher has to hear of at ``now``, and return how many."""
    instant = now or datetime.now(UTC)
    with database.writer.begin() as connection:
        followed = list(connection.execute(_followed_statement()).mappings())
        told = [each for each in _due(followed, instant) if _tell(connection, each, instant)]
    return len(told)


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
    """Return how often those who act report, as the scenario's pre-plan has it where there is one."""
    try:
        plan = plan_for(scenario)
    except NotFound:
        return REPORTING
    return dict(REPORTING) | {each.level: each.reporting for each in plan.responses}


def _followed_statement() -> Select[Any]:
    """Return the open tasks that are followed.

    Not those of replays, which were calculated when the storm was over; drafts only where the run is the one that is
    shown or that a warning started, since others are what-ifs.
    """
    ends = run.c.begins + func.make_interval(0, 0, 0, 0, 0, 0, run.c.step_s) * run.c.steps
    warned = exists().where(warning.c.run == run.c.id)
    meant = or_(task.c.state != State.DRAFT.value, run.c.shown, warned)
    still_open = task.c.state.in_([state.value for state in State if state.open])
    rows = select(task, run.c.scenario).join(run, task.c.run == run.c.id)
    return rows.where(and_(still_open, meant, run.c.created < ends)).order_by(task.c.id)


def _tell(connection: Connection, found: Escalation, now: datetime) -> bool:
    """Write one down, unless another worker did, or somebody acted meanwhile."""
    late = update(task).where(task.c.id == found.task, task.c.escalation < found.rung, task.c.changed <= now)
    told = connection.execute(late.values(escalation=found.rung).returning(task.c.state)).scalar()
    if told is None:
        return False
    note = f"{found.to.zh}：{found.reason.zh} · {found.to.en}: {found.reason.en}"
    detail = {"rung": found.rung, "to": found.to.json(), "reason": found.reason.json()}
    event = {"task": found.task, "who": WHO, "what": WHAT, "state": told, "note": note, "detail": detail}
    connection.execute(insert(task_event).values(event))
    return True
