"""The report of a run: its contents, gathered from the database for one reader."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Integer, Row, Select, case, cast, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from layers.access import Decision
from layers.store import Database
from layers.temporal import rfc3339
from layers.title import Title
from twin.hazard import SCREENING, Level
from twin.preplans.state import State
from twin.runs import tasks
from twin.runs.after_action import Judged, judged, owner_key, warnings_statement
from twin.runs.damages import Reported, damages_of, require_done
from twin.runs.impact_titles import kind_title
from twin.runs.objects import ObjectsQuery, object_json, objects_statement
from twin.runs.record import Run
from twin.runs.summary import as_seen
from twin.runs.visibility import is_visible
from twin.runs.warnings import warning_json
from twin.scenario import Scenario
from twin.store.models import run_feature as table
from twin.store.models import task as task_table
from twin.store.models import task_event

Json = dict[str, Any]
MOST_FACADES, MOST_TASKS = 20, 80
_LEVELS = tuple(level for level in Level if level is not Level.NONE)


@dataclass(frozen=True)
class Step:
    """The wind of one step, over open country at 10 m (m/s, degrees), with the gust in the streets and the level."""

    time: datetime
    speed_ms: float
    from_deg: float
    sigma_ms: float = 0.0
    gust_ms: float | None = None
    level: Level = Level.NONE


@dataclass(frozen=True)
class FacadeRow:
    """The façades of one building: its worst demand over design, between which heights, and its cells by level."""

    key: str
    name: str
    level: Level
    worst: float
    base_m: float | None
    height_m: float | None
    azimuth_deg: float | None
    cells: Mapping[Level, int]

    def json(self) -> Json:
        """Return it as JSON."""
        plain = {name: value for name, value in vars(self).items() if name not in ("level", "cells")}
        return plain | {"level": int(self.level), "cells": _by_name(self.cells)}


@dataclass(frozen=True)
class TaskCounts:
    """How many tasks there are, in each state, done by their deadline, and late now."""

    total: int
    states: Mapping[State, int]
    in_time: int
    overdue: int

    def json(self) -> Json:
        """Return it as JSON."""
        states = {state.value: number for state, number in self.states.items()}
        return {"total": self.total, "states": states, "in_time": self.in_time, "overdue": self.overdue}


@dataclass(frozen=True)
class Report:
    """The contents of a report, without what the reader may not see.

    ``objects``, ``tasks`` and ``warnings`` are the JSON documents of their own routes; each task has its ``events``.
    ``levels`` and ``keepout`` count objects and keep-out zones by level. ``after`` is None without reported damages.
    """

    scenario: Title
    method: tuple[Title, ...]
    run: Run
    made: datetime
    steps: tuple[Step, ...]
    levels: Mapping[Level, int]
    keepout: Mapping[Level, int]
    objects: tuple[Json, ...]
    facades: tuple[FacadeRow, ...]
    tasks: tuple[Json, ...]
    task_counts: TaskCounts
    warnings: tuple[Json, ...]
    damages: tuple[Reported, ...]
    after: Judged | None
    decision: Decision

    @property
    def title(self) -> Title:
        """Return the title: that of a run report, or of an after-action report once damages were reported."""
        zh, en = ("推演报告", "run report") if self.after is None else ("行动后报告", "after-action report")
        return Title(f"{self.scenario.zh}{zh}", f"{self.scenario.en}: {en}")

    @property
    def peak(self) -> Step | None:
        """Return the step of the strongest wind, where the summary has steps."""
        return max(self.steps, key=lambda step: step.speed_ms, default=None)

    @property
    def response(self) -> Level:
        """Return the response level that the summary states, or none."""
        document = self.run.summary.get("response")
        number = document.get("level") if isinstance(document, Mapping) else None
        return Level(number) if isinstance(number, int) and 0 <= number <= Level.RED else Level.NONE

    def json(self) -> Json:
        """Return the report as JSON."""
        return {
            "title": self.title.json(),
            "made": rfc3339(self.made),
            "run": {name: value for name, value in self.run.json().items() if name not in self.decision.masked},
            "levels": _by_name(self.levels),
            "keepout": _by_name(self.keepout),
            "objects": list(self.objects),
            "facades": [row.json() for row in self.facades],
            "tasks": {**self.task_counts.json(), "listed": list(self.tasks)},
            "warnings": list(self.warnings),
            "damages": [damage.json(self.decision) for damage in self.damages],
            "after_action": None if self.after is None else self.after.json(),
            "screening": SCREENING.json(),
            "method": [sentence.json() for sentence in self.method],
        }


def gather(database: Database, scenario: Scenario[Any], run: Run, decision: Decision, most: int = 20) -> Report:
    """Return the report of a run with its ``most`` worst objects; raises Conflict unless the run is done."""
    (run,) = as_seen(database, [require_done(run)], decision)
    with database.reader.connect() as connection:
        objects = connection.execute(objects_statement(run.id, decision, ObjectsQuery(most))).all()[:most]
        listed = connection.execute(_tasks_statement(run.id, decision)).all()
        return Report(
            scenario=scenario.title,
            method=tuple(scenario.method),
            run=run,
            made=datetime.now(UTC),
            steps=tuple(_steps(run.summary.get("steps"))),
            levels=_level_counts(connection, run.id, "objects", decision),
            keepout=_level_counts(connection, run.id, "keepout", decision),
            objects=tuple(_described(object_json(row)) for row in objects),
            facades=tuple(map(_facade_row, connection.execute(_facades_statement(run.id, decision)))),
            tasks=tuple(_with_events(connection, listed, decision)),
            task_counts=_task_counts(connection, run.id, decision),
            warnings=tuple(warning_json(row, decision) for row in connection.execute(warnings_statement(run))),
            damages=tuple(damages_of(connection, run.id, decision)),
            after=judged(connection, run, decision),
            decision=decision,
        )


def _by_name(counts: Mapping[Level, int]) -> dict[str, int]:
    return {level.title.en: number for level, number in counts.items()}


def _described(document: Json) -> Json:
    return document | {"kind_title": kind_title(document["kind"]).json()}


def _steps(steps: object) -> Iterable[Step]:
    """Yield the steps of a summary; scenarios without wind have none."""
    for step in steps if isinstance(steps, Sequence) else ():
        if isinstance(step, Mapping) and {"time", "speed_ms", "from_deg"} <= step.keys():
            gust = step.get("gust_p99_ms")
            yield Step(
                time=datetime.fromisoformat(str(step["time"])),
                speed_ms=float(step["speed_ms"]),
                from_deg=float(step["from_deg"]),
                sigma_ms=float(step.get("sigma_ms", 0.0)),
                gust_ms=None if gust is None else float(gust),
                level=Level(int(step.get("level", 0))),
            )


def _level_counts(connection: Connection, run: int, kind: str, decision: Decision) -> dict[Level, int]:
    """Return how many features of a kind this reader may see of each level, the worst first."""
    counted = (
        select(table.c.level, func.count())
        .where(table.c.run == run, table.c.kind == kind, is_visible(table, decision))
        .group_by(table.c.level)
    )
    counts = {int(level): int(number) for level, number in connection.execute(counted)}
    return {level: counts.get(int(level), 0) for level in reversed(_LEVELS)}


def _facades_statement(run: int, decision: Decision) -> Select[Any]:
    """Select the buildings with the worst façades, the worst cell of each, and their cells by level."""
    level = table.c.level

    def worst(column: Any) -> Any:
        return func.array_agg(aggregate_order_by(column, table.c.rank, table.c.fid))[1]

    counts = [cast(func.sum(case((level == int(each), 1), else_=0)), Integer).label(each.title.en) for each in _LEVELS]
    worst_cells = select(
        owner_key().label("key"),
        worst(table.c.name).label("name"),
        func.max(level).label("level"),
        func.max(table.c.value).label("worst"),
        worst(table.c.base_m).label("base_m"),
        worst(table.c.height_m).label("height_m"),
        worst(table.c.detail["azimuth_deg"].as_float()).label("azimuth_deg"),
        *counts,
    ).where(table.c.run == run, table.c.kind == "facades", is_visible(table, decision), level > 0)
    return worst_cells.group_by(owner_key()).order_by(func.min(table.c.rank)).limit(MOST_FACADES)


def _facade_row(row: Row[Any]) -> FacadeRow:
    cells: dict[Level, int] = {level: int(getattr(row, level.title.en)) for level in reversed(_LEVELS)}
    heights = (row.base_m, row.height_m, row.azimuth_deg)
    return FacadeRow(row.key, row.name, Level(row.level), float(row.worst), *heights, cells)


def _tasks_statement(run: int, decision: Decision) -> Select[Any]:
    """Select the tasks that a report lists, in their order: those that people acted on, then the worst drafts."""
    undecided = task_table.c.state == State.DRAFT.value
    task_ids = select(task_table.c.id).where(task_table.c.run == run, is_visible(task_table, decision))
    task_ids = task_ids.order_by(undecided, task_table.c.level.desc(), task_table.c.id).limit(MOST_TASKS)
    return select(task_table).where(task_table.c.id.in_(task_ids)).order_by(task_table.c.id)


def _with_events(connection: Connection, rows: Sequence[Row[Any]], decision: Decision) -> Iterable[Json]:
    """Yield tasks with their events."""
    numbers = [row.id for row in rows]
    events: dict[int, list[Json]] = {number: [] for number in numbers}
    statement = select(task_event).where(task_event.c.task.in_(numbers)).order_by(task_event.c.id)
    for event in connection.execute(statement) if numbers else ():
        events[event.task].append(tasks.event_json(event, decision))
    for row in rows:
        yield tasks.task_json(row, decision) | {"events": events[row.id]}


def _task_counts(connection: Connection, run: int, decision: Decision) -> TaskCounts:
    conditions = (task_table.c.run == run, is_visible(task_table, decision))
    states = select(task_table.c.state, func.count()).where(*conditions).group_by(task_table.c.state)
    state_counts = {str(state): int(number) for state, number in connection.execute(states)}
    acted = tasks.acted(connection, run, decision)
    late = sum(task.state.open and task.deadline <= datetime.now(UTC) for task in acted)
    counts = {state: state_counts.get(state.value, 0) for state in State}
    return TaskCounts(len(acted), counts, sum(task.in_time for task in acted), late)
