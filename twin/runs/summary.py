"""What a run says in short, to one reader: counts and the worst thing are of what this reader may see."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, and_, func, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from layers.access.decide import Decision
from layers.store.engine import Database
from twin.hazard import Level
from twin.runs.record import Run
from twin.runs.seen import seen
from twin.store.models import run_feature as table

Json = dict[str, Any]
GRADED = "graded"
"""In a step of a summary: the values that are other ones for who may see more, by the least grade that it takes."""


def as_seen(database: Database, runs: Sequence[Run], decision: Decision) -> list[Run]:
    """Return runs with summaries for one reader; ``levels`` and ``worst`` are told of the objects that they found."""
    with database.reader.connect() as connection:
        counts = _level_counts(connection, runs, decision)
        worst = _worst(connection, runs, decision)
    return [replace(run, summary=_summary(run, counts, worst, decision)) for run in runs]


def _summary(run: Run, counts: Mapping[int, Json], worst: Mapping[int, Json], decision: Decision) -> Json:
    told: Json = {"levels": counts.get(run.id, {}), "worst": worst.get(run.id)} if run.state == "done" else {}
    # A scenario may mean something else by these words; only runs of before kept counts and the worst of everything.
    own = {name: value for name, value in run.summary.items() if name not in told or not _told(value)}
    if isinstance(own.get("steps"), list):
        own["steps"] = [_step(step, decision) for step in own["steps"]]
    return told | own


def _told(value: object) -> bool:
    return value is None or isinstance(value, Mapping)


def _step(step: object, decision: Decision) -> object:
    if not isinstance(step, Mapping) or GRADED not in step:
        return step
    reached = [values for grade, values in sorted(step[GRADED].items()) if int(grade) <= decision.clearance]
    own = {name: value for name, value in step.items() if name != GRADED}
    return own | (reached[-1] if reached else {})


def _objects(runs: Sequence[Run], decision: Decision) -> ColumnElement[bool]:
    return and_(table.c.run.in_([run.id for run in runs]), table.c.kind == "objects", seen(table, decision))


def _level_counts(connection: Connection, runs: Sequence[Run], decision: Decision) -> dict[int, Json]:
    counted = select(table.c.run, table.c.level, func.count()).where(_objects(runs, decision))
    found: dict[int, Json] = {}
    ordered = counted.group_by(table.c.run, table.c.level).order_by(table.c.run, table.c.level.desc())
    for run, level, number in connection.execute(ordered):
        found.setdefault(run, {})[Level(level).name.lower()] = number
    return found


def _worst(connection: Connection, runs: Sequence[Run], decision: Decision) -> dict[int, Json]:
    objects = _objects(runs, decision)
    first = select(table.c.run, func.min(table.c.rank)).where(objects).group_by(table.c.run)
    shown = select(table.c.run, table.c.key, table.c.name, table.c.reason_zh, table.c.reason_en)
    rows = connection.execute(shown.where(objects, tuple_(table.c.run, table.c.rank).in_(first)))
    return {row.run: {"name": row.name, "key": row.key, "zh": row.reason_zh, "en": row.reason_en} for row in rows}
