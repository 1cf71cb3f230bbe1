"""The summary of a run for one reader: counts and the worst object are of what this reader may see."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, and_, func, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from layers.access import Decision
from layers.store import Database
from twin.hazard import Level
from twin.runs.record import Run
from twin.runs.visibility import is_visible
from twin.store.models import run_feature as table

Json = dict[str, Any]
GRADED = "graded"
"""In a step of a summary: values that differ for readers with a higher clearance, by the grade that it takes."""


def as_seen(database: Database, runs: Sequence[Run], decision: Decision) -> list[Run]:
    """Return runs with summaries for one reader; ``levels`` and ``worst`` are computed from the visible objects."""
    with database.reader.connect() as connection:
        counts = _level_counts(connection, runs, decision)
        worst = _worst(connection, runs, decision)
    return [replace(run, summary=_summary(run, counts, worst, decision)) for run in runs]


def _summary(run: Run, counts: Mapping[int, Json], worst: Mapping[int, Json], decision: Decision) -> Json:
    computed: Json = {"levels": counts.get(run.id, {}), "worst": worst.get(run.id)} if run.state == "done" else {}
    # A scenario may use these names for something else; older runs stored counts and the worst of all objects in them.
    own = {name: value for name, value in run.summary.items() if name not in computed or not _is_computed(value)}
    if isinstance(own.get("steps"), list):
        own["steps"] = [_step(step, decision) for step in own["steps"]]
    return computed | own


def _is_computed(value: object) -> bool:
    return value is None or isinstance(value, Mapping)


def _step(step: object, decision: Decision) -> object:
    if not isinstance(step, Mapping) or GRADED not in step:
        return step
    reached = [values for grade, values in sorted(step[GRADED].items()) if int(grade) <= decision.clearance]
    own = {name: value for name, value in step.items() if name != GRADED}
    return own | (reached[-1] if reached else {})


def _objects(runs: Sequence[Run], decision: Decision) -> ColumnElement[bool]:
    return and_(table.c.run.in_([run.id for run in runs]), table.c.kind == "objects", is_visible(table, decision))


def _level_counts(connection: Connection, runs: Sequence[Run], decision: Decision) -> dict[int, Json]:
    counted = select(table.c.run, table.c.level, func.count()).where(_objects(runs, decision))
    counts: dict[int, Json] = {}
    ordered = counted.group_by(table.c.run, table.c.level).order_by(table.c.run, table.c.level.desc())
    for run, level, number in connection.execute(ordered):
        counts.setdefault(run, {})[Level(level).name.lower()] = number
    return counts


def _worst(connection: Connection, runs: Sequence[Run], decision: Decision) -> dict[int, Json]:
    objects = _objects(runs, decision)
    worst_ranks = select(table.c.run, func.min(table.c.rank)).where(objects).group_by(table.c.run)
    columns = select(table.c.run, table.c.key, table.c.name, table.c.reason_zh, table.c.reason_en)
    rows = connection.execute(columns.where(objects, tuple_(table.c.run, table.c.rank).in_(worst_ranks)))
    return {row.run: {"name": row.name, "key": row.key, "zh": row.reason_zh, "en": row.reason_en} for row in rows}
