"""Tasks of runs: drafts are kept, people decide on them, and everything that becomes of one is remembered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ARRAY, Connection, Row, RowMapping, Select, Text, any_, func, insert, literal, select, update
from sqlalchemy.sql.elements import ColumnElement

from layers.access.areas import require_inside, touches
from layers.access.decide import Decision, decide
from layers.access.principals import ANONYMOUS
from layers.errors import NotFound, ParameterError
from layers.store.engine import Database
from layers.temporal import rfc3339
from layers.title import Title
from twin.hazard import Level
from twin.preplans.after_action import Acted
from twin.preplans.draft import TaskDraft
from twin.preplans.state import Action, State, after, allowed
from twin.runs.seen import seen
from twin.store.models import run_feature, task_event
from twin.store.models import task as table

_NOW = func.clock_timestamp()
REPORT = "report"
"""What somebody says of a task without changing its state; it counts as being heard of."""
_LONGEST = {"note": 2000, "owner": 200, "phone": 60}


@dataclass(frozen=True)
class Deed:
    """What somebody does to a task: an action or ``report``, and what is to be changed with it."""

    what: str
    who: str
    note: str = ""
    owner: str | None = None
    phone: str | None = None
    deadline: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse an action that is none, and what does not go with it."""
        known = [*(action.value for action in Action), REPORT]
        if self.what not in known:
            raise ParameterError("action", f"{self.what!r} is none of {', '.join(known)}")
        for name, most in _LONGEST.items():
            stated = getattr(self, name) or ""
            if len(stated) > most or "\0" in stated:
                raise ParameterError(name, f"the text is longer than {most} characters, or holds the character NUL")
        if self.what == Action.REASSIGN and not (self.owner or "").strip():
            raise ParameterError("owner", "a task is reassigned to somebody; name the owner")
        if self.what == REPORT and not self.note.strip():
            raise ParameterError("note", "a report says something")
        self._check_changes()

    def _check_changes(self) -> None:
        changing = self.what in (Action.CONFIRM, Action.REASSIGN)
        for name in ("owner", "phone", "deadline"):
            if getattr(self, name) is not None and not changing:
                raise ParameterError(name, f"it is changed by confirm or reassign, not by {self.what}")
        if self.deadline is not None and (self.deadline.tzinfo is None or self.deadline <= datetime.now(UTC)):
            raise ParameterError("deadline", "it has to be an instant to come, with its offset from UTC")

    @property
    def changes(self) -> dict[str, Any]:
        """Return the columns that are changed, by their names."""
        stated = {name: getattr(self, name) for name in ("owner", "phone", "deadline")}
        return {name: value for name, value in stated.items() if value is not None}


def add(connection: Connection, run: int, drafts: Sequence[TaskDraft], response: Level) -> None:
    """Keep the drafts of a run, in their order."""
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


def do(database: Database, number: int, deed: Deed, decision: Decision) -> None:
    """Do something to a task that somebody may see, and remember it.

    Raises NotFound, Forbidden where none of its things touches the area of whoever acts, or Conflict where the task's
    state does not allow it; of two who act at once, one comes second.
    """
    with database.writer.begin() as connection:
        held = select(table).where(table.c.id == number, seen(table, decision)).with_for_update()
        task = connection.execute(held).mappings().one_or_none()
        if task is None:
            raise _missing(number)
        require_inside(
            connection, decision.area, f"task {number}", _places(task["run"], literal(task["objects"], ARRAY(Text)))
        )
        state = State(task["state"])
        then = state if deed.what == REPORT else after(state, Action(deed.what))
        values = {"state": then.value, "changed": _NOW, **deed.changes}
        if deed.deadline is not None:
            # It is late anew, if it is.
            values["escalation"] = 0
        connection.execute(update(table).where(table.c.id == number).values(values))
        connection.execute(insert(task_event).values(_event(task, deed, then)))


def _event(task: RowMapping, deed: Deed, then: State) -> dict[str, Any]:
    detail = {name: {"from": _plain(task[name]), "to": _plain(value)} for name, value in deed.changes.items()}
    said = {"who": deed.who, "what": deed.what, "note": deed.note, "state": then.value}
    return said | {"task": task["id"], "detail": detail}


def _places(run: int, objects: ColumnElement[Any]) -> Select[Any]:
    """Return the shapes of things that tasks of a run are about, as the run keeps them."""
    return select(run_feature.c.geom).where(run_feature.c.run == run, run_feature.c.key == any_(objects))


def _tasks(run: int, decision: Decision) -> Select[Any]:
    """Return a run's tasks that somebody may see, in their order; of one bound to an area, those about it."""
    wanted = select(table).where(table.c.run == run, seen(table, decision)).order_by(table.c.id)
    if decision.area is None:
        return wanted
    return wanted.where(_places(run, table.c.objects).where(touches(decision.area, run_feature.c.geom)).exists())


def tasks_statement(run: int, decision: Decision, limit: int, beyond: int | None = None) -> Select[Any]:
    """Return one page of a run's tasks in their order, and the first one of the next page."""
    wanted = _tasks(run, decision).limit(limit + 1)
    return wanted if beyond is None else wanted.where(table.c.id > beyond)


def of_run(database: Database, run: int, decision: Decision) -> list[dict[str, Any]]:
    """Return all tasks of a run as JSON, in their order."""
    rows = _tasks(run, decision)
    with database.reader.connect() as connection:
        return [task_json(row, decision) for row in connection.execute(rows)]


def events_statement(number: int) -> Select[Any]:
    """Return what became of a task, the first thing first."""
    return select(task_event).where(task_event.c.task == number).order_by(task_event.c.id)


def show(database: Database, number: int, decision: Decision) -> dict[str, Any]:
    """Return a task with its events as JSON, or raise NotFound.

    Whoever is bound to an area sees a task outside it as anybody does, without persons.
    """
    with database.reader.connect() as connection:
        row = connection.execute(select(table).where(table.c.id == number, seen(table, decision))).one_or_none()
        if row is None:
            raise _missing(number)
        if connection.execute(_tasks(row.run, decision).where(table.c.id == number)).first() is None:
            decision = decide(ANONYMOUS, "read", "tasks")
        events = [event_json(event, decision) for event in connection.execute(events_statement(number))]
    return task_json(row, decision) | {"events": events}


def acted(connection: Connection, run: int, decision: Decision) -> list[Acted]:
    """Return the tasks of a run that somebody may see and what became of them, for the after-action report."""
    ended = select(func.max(task_event.c.at)).where(task_event.c.task == table.c.id, task_event.c.what == Action.DONE)
    rows = select(table, ended.scalar_subquery().label("ended")).where(table.c.run == run, seen(table, decision))
    return [_acted(row) for row in connection.execute(rows.order_by(table.c.id)).mappings()]


def _acted(row: RowMapping) -> Acted:
    title, state = Title(row["title_zh"], row["title_en"]), State(row["state"])
    finished = row["ended"] if state is State.DONE else None
    return Acted(row["measure"], title, tuple(row["objects"]), state, row["deadline"], finished)


def task_json(row: Row[Any], decision: Decision) -> dict[str, Any]:
    """Return a task as JSON, without what the decision masks."""
    apart = {*decision.masked, "own_grade"}
    stated = {str(name): _plain(value) for name, value in row._mapping.items() if name not in apart}
    for name in ("title", "reason", "department"):
        stated[name] = {language: stated.pop(f"{name}_{language}") for language in ("zh", "en")}
    level, state = Level(stated["level"]), State(stated["state"])
    return stated | {
        "level_title": level.title.json(),
        "color": level.color,
        "state_title": state.label.json(),
        "actions": [action.value for action in allowed(state)],
        "overdue": state.open and row.deadline <= datetime.now(UTC),
    }


def event_json(row: Row[Any], decision: Decision) -> dict[str, Any]:
    """Return an event as JSON, without persons where the decision masks them."""
    stated = {str(name): _plain(value) for name, value in row._mapping.items() if name not in ("id", "task")}
    if decision.masked:
        stated["detail"] = _unmasked(stated["detail"], decision)
    return {name: value for name, value in stated.items() if name not in decision.masked}


def _unmasked(detail: Mapping[str, Any], decision: Decision) -> dict[str, Any]:
    return {name: value for name, value in detail.items() if name not in decision.masked}


def _plain(value: Any) -> Any:
    return rfc3339(value) if isinstance(value, datetime) else value


def _missing(number: int) -> NotFound:
    return NotFound(f"there is no task {number}; GET /scenarios/…/runs/…/tasks lists those of a run")
