"""Tasks of runs: drafts are stored, people act on them, and every action is recorded as an event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ARRAY, Connection, Row, RowMapping, Select, Text, any_, func, insert, literal, select, update
from sqlalchemy.sql.elements import ColumnElement

from layers.access import ANONYMOUS, Decision, decide, require_inside, touches
from layers.errors import NotFound, ParameterError
from layers.store import Database, locks_of
from layers.temporal import rfc3339
from layers.title import Title
from twin.hazard import Level
from twin.preplans.after_action import TaskOutcome
from twin.preplans.draft import TaskDraft
from twin.preplans.state import Action, State, after, allowed
from twin.runs.visibility import is_visible
from twin.store.models import run_feature, task_event
from twin.store.models import task as table

_NOW = func.clock_timestamp()
REPORT = "report"
"""An action that adds a note without changing the state; it restarts the reporting interval."""
_LONGEST = {"note": 2000, "owner": 200, "phone": 60}


@dataclass(frozen=True)
class TaskDecision:
    """What somebody does to a task: an action or ``report``, and the fields to change with it."""

    what: str
    who: str
    note: str = ""
    owner: str | None = None
    phone: str | None = None
    deadline: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse an unknown action, and fields that do not go with it."""
        actions = [*(action.value for action in Action), REPORT]
        if self.what not in actions:
            raise ParameterError("action", f"{self.what!r} is none of {', '.join(actions)}")
        for name, limit in _LONGEST.items():
            text = getattr(self, name) or ""
            if len(text) > limit or "\0" in text:
                raise ParameterError(name, f"is longer than {limit} characters, or contains the character NUL")
        if self.what == Action.REASSIGN and not (self.owner or "").strip():
            raise ParameterError("owner", "is missing: name the owner that the task is reassigned to")
        if self.what == REPORT and not self.note.strip():
            raise ParameterError("note", "is empty: a report needs a note")
        self._check_changes()

    def _check_changes(self) -> None:
        changing = self.what in (Action.CONFIRM, Action.REASSIGN)
        for name in ("owner", "phone", "deadline"):
            if getattr(self, name) is not None and not changing:
                raise ParameterError(name, f"can be changed by confirm or reassign, not by {self.what}")
        if self.deadline is not None and (self.deadline.tzinfo is None or self.deadline <= datetime.now(UTC)):
            raise ParameterError("deadline", "must be an instant in the future, with its offset from UTC")

    @property
    def changes(self) -> dict[str, Any]:
        """Return the new values of the changed columns, by name."""
        fields = {name: getattr(self, name) for name in ("owner", "phone", "deadline")}
        return {name: value for name, value in fields.items() if value is not None}


def add(connection: Connection, run: int, drafts: Sequence[TaskDraft], response: Level) -> None:
    """Store the drafts of a run, in their order."""
    if not drafts:
        return
    rows = [_row(run, draft, response) for draft in drafts]
    numbers = connection.execute(insert(table).returning(table.c.id, sort_by_parameter_order=True), rows).scalars()
    events = [{"task": number, "who": "", "what": "drafted", "state": State.DRAFT.value} for number in numbers]
    connection.execute(insert(task_event), events)


def _row(run: int, draft: TaskDraft, response: Level) -> dict[str, Any]:
    return {
        "run": run,
        "measure": draft.measure,
        "title_zh": draft.title.zh,
        "title_en": draft.title.en,
        "objects": list(draft.objects),
        "level": int(draft.level),
        "response": int(response or draft.level),
        "ordinal": draft.order,
        "deadline": draft.deadline,
        "responsible": draft.responsible,
        "department_zh": draft.department.zh,
        "department_en": draft.department.en,
        "owner": draft.owner,
        "phone": draft.phone,
        "reason_zh": draft.reason.zh,
        "reason_en": draft.reason.en,
        "people": draft.people,
        "screening": draft.screening,
        "depends_on": list(draft.depends_on),
        "grade": int(draft.grade),
        "own_grade": int(draft.grade),
    }


def do(database: Database, number: int, act: TaskDecision, decision: Decision) -> None:
    """Act on a task that the actor may see, and record the event.

    Raises NotFound, Forbidden where none of its things touches the actor's area, or Conflict where the task's state
    does not allow the action; concurrent actions are serialised.
    """
    with database.writer.begin() as connection:
        statement = select(table).where(table.c.id == number, is_visible(table, decision))
        task = locks_of(connection).rows(statement).mappings().one_or_none()
        if task is None:
            raise _missing(number)
        require_inside(
            connection, decision.area, f"task {number}", _places(task["run"], literal(task["objects"], ARRAY(Text)))
        )
        state = State(task["state"])
        next_state = state if act.what == REPORT else after(state, Action(act.what))
        values = {"state": next_state.value, "changed": _NOW, **act.changes}
        if act.deadline is not None:
            # With a new deadline, escalation starts again.
            values["escalation"] = 0
        connection.execute(update(table).where(table.c.id == number).values(values))
        connection.execute(insert(task_event).values(_event(task, act, next_state)))


def _event(task: RowMapping, act: TaskDecision, next_state: State) -> dict[str, Any]:
    detail = {name: {"from": _plain(task[name]), "to": _plain(value)} for name, value in act.changes.items()}
    entry = {"who": act.who, "what": act.what, "note": act.note, "state": next_state.value}
    return entry | {"task": task["id"], "detail": detail}


def _places(run: int, objects: ColumnElement[Any]) -> Select[Any]:
    """Select the geometries of the things that tasks of a run are about, as the run stored them."""
    return select(run_feature.c.geom).where(run_feature.c.run == run, run_feature.c.key == any_(objects))


def _tasks(run: int, decision: Decision) -> Select[Any]:
    """Select a run's tasks that the reader may see, in order; for a reader bound to an area, those touching it."""
    tasks = select(table).where(table.c.run == run, is_visible(table, decision)).order_by(table.c.id)
    if decision.area is None:
        return tasks
    return tasks.where(_places(run, table.c.objects).where(touches(decision.area, run_feature.c.geom)).exists())


def tasks_statement(run: int, decision: Decision, limit: int, after_id: int | None = None) -> Select[Any]:
    """Select one page of a run's tasks in their order, and the first one of the next page."""
    tasks = _tasks(run, decision).limit(limit + 1)
    return tasks if after_id is None else tasks.where(table.c.id > after_id)


def of_run(database: Database, run: int, decision: Decision) -> list[dict[str, Any]]:
    """Return all tasks of a run as JSON, in their order."""
    rows = _tasks(run, decision)
    with database.reader.connect() as connection:
        return [task_json(row, decision) for row in connection.execute(rows)]


def events_statement(number: int) -> Select[Any]:
    """Select the events of a task, the earliest first."""
    return select(task_event).where(task_event.c.task == number).order_by(task_event.c.id)


def show(database: Database, number: int, decision: Decision) -> dict[str, Any]:
    """Return a task with its events as JSON, or raise NotFound.

    A reader who is bound to an area sees a task outside it as the public does, without personal data.
    """
    with database.reader.connect() as connection:
        row = connection.execute(select(table).where(table.c.id == number, is_visible(table, decision))).one_or_none()
        if row is None:
            raise _missing(number)
        if connection.execute(_tasks(row.run, decision).where(table.c.id == number)).first() is None:
            decision = decide(ANONYMOUS, "read", "tasks")
        events = [event_json(event, decision) for event in connection.execute(events_statement(number))]
    return task_json(row, decision) | {"events": events}


def acted(connection: Connection, run: int, decision: Decision) -> list[TaskOutcome]:
    """Return the outcomes of a run's tasks that the reader may see, for the after-action report."""
    ended = select(func.max(task_event.c.at)).where(task_event.c.task == table.c.id, task_event.c.what == Action.DONE)
    rows = select(table, ended.scalar_subquery().label("ended")).where(table.c.run == run, is_visible(table, decision))
    return [_outcome(row) for row in connection.execute(rows.order_by(table.c.id)).mappings()]


def _outcome(row: RowMapping) -> TaskOutcome:
    title, state = Title(row["title_zh"], row["title_en"]), State(row["state"])
    finished = row["ended"] if state is State.DONE else None
    return TaskOutcome(row["measure"], title, tuple(row["objects"]), state, row["deadline"], finished)


def task_json(row: Row[Any], decision: Decision) -> dict[str, Any]:
    """Return a task as JSON, without what the decision masks."""
    hidden = {*decision.masked, "own_grade"}
    fields = {str(name): _plain(value) for name, value in row._mapping.items() if name not in hidden}
    for name in ("title", "reason", "department"):
        fields[name] = {language: fields.pop(f"{name}_{language}") for language in ("zh", "en")}
    level, state = Level(fields["level"]), State(fields["state"])
    return fields | {
        "level_title": level.title.json(),
        "color": level.color,
        "state_title": state.label.json(),
        "actions": [action.value for action in allowed(state)],
        "overdue": state.open and row.deadline <= datetime.now(UTC),
    }


def event_json(row: Row[Any], decision: Decision) -> dict[str, Any]:
    """Return an event as JSON, without persons where the decision masks them."""
    fields = {str(name): _plain(value) for name, value in row._mapping.items() if name not in ("id", "task")}
    if decision.masked:
        fields["detail"] = _unmasked(fields["detail"], decision)
    return {name: value for name, value in fields.items() if name not in decision.masked}


def _unmasked(detail: Mapping[str, Any], decision: Decision) -> dict[str, Any]:
    return {name: value for name, value in detail.items() if name not in decision.masked}


def _plain(value: Any) -> Any:
    return rfc3339(value) if isinstance(value, datetime) else value


def _missing(number: int) -> NotFound:
    return NotFound(f"there is no task {number}; GET /scenarios/…/runs/…/tasks lists those of a run")
