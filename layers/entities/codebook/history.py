"""The history of one object: its beliefs, what changed with each, and the source of each value."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from sqlalchemy import Connection, func, select

from layers.access.decision import Decision, shown_columns
from layers.access.rows import in_sight
from layers.base import Layer
from layers.store.belief import known_from, known_to, was_seen
from layers.store.models import load
from layers.store.tables import feature_table, history_table
from layers.temporal import rfc3339

MOST_BELIEFS = 200
GEOMETRY = "geometry"
Belief = Mapping[str, Any]
_OWN = ("fid", "code", "dataset", "source_key", "source_crs", "load_id", "grade", "quality", "hidden_by", "hidden_from")


def beliefs_of(connection: Connection, layer: Layer, decision: Decision, fid: int) -> list[Belief]:
    """Return the newest readable beliefs of an object, the last one first; present ones before others.

    A reader who may not see the present belief gets no earlier ones either.
    """
    rows: list[Belief] = []
    for table, present in ((feature_table(layer), True), (history_table(layer), False)):
        statement = select(
            *(table.c[name] for name in _OWN),
            *(table.c[column.name] for column in shown_columns(layer, decision)),
            func.md5(func.ST_AsBinary(table.c.geom)).label(GEOMETRY),
            func.lower(table.c.valid).label("valid_from"),
            func.upper(table.c.valid).label("valid_to"),
            func.lower(table.c.recorded).label("stamp"),
            known_from(table.c).label("recorded_from"),
            known_to(table.c).label("recorded_to"),
        ).where(table.c.fid == fid, in_sight(layer, table.c, decision), was_seen(table.c))
        newest = statement.order_by(func.lower(table.c.recorded).desc()).limit(MOST_BELIEFS)
        results = connection.execute(newest).mappings().all()
        order = sorted(results, key=lambda row: row["valid_from"], reverse=True) if present else results
        rows += [dict(row) | {"present": present} for row in order]
    return rows[:MOST_BELIEFS]


def history_json(beliefs: Sequence[Belief], names: Sequence[str]) -> list[dict[str, Any]]:
    """Return each belief by its two times, with its changes against the belief recorded before it."""
    by_record = sorted(beliefs, key=lambda row: (row["recorded_from"], row["valid_from"]))
    entries = []
    for at, row in enumerate(by_record):
        before = by_record[at - 1] if at else None
        compared = (*names, GEOMETRY, "hidden_by", "hidden_from", "code")
        changed = (
            {} if before is None else {name: _step(before, row, name) for name in compared if before[name] != row[name]}
        )
        times = {name: _time(row[name]) for name in ("valid_from", "valid_to", "recorded_from", "recorded_to")}
        entries.append(times | {"load": row["load_id"], "believed": row["present"], "changed": changed})
    return entries[::-1]


def sources_of(connection: Connection, beliefs: Sequence[Belief], names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return where the present value of each column came from: dataset, load and file, and since when it is known.

    Of the path of a file only its name is returned.
    """
    newest = next((row for row in beliefs if row["present"]), beliefs[0])
    by_record = sorted(beliefs, key=lambda row: row["recorded_from"], reverse=True)
    first = {name: _first_with(by_record, newest, name) for name in names if newest[name] is not None}
    numbers = {row["load_id"] for row in first.values() if row["load_id"] is not None}
    loads = connection.execute(select(load).where(load.c.id.in_(numbers))).mappings()
    files = {row["id"]: {"file": PurePath(row["path"]).name, "sha256": row["sha256"]} for row in loads}
    return {
        name: {"dataset": row["dataset"], "load": row["load_id"], "since": rfc3339(row["recorded_from"])}
        | files.get(row["load_id"], {})
        for name, row in first.items()
    }


def _first_with(by_record: Sequence[Belief], newest: Belief, name: str) -> Belief:
    """Return the oldest belief since which the value is unchanged."""
    first = newest
    for row in by_record:
        if row["recorded_from"] > newest["recorded_from"]:
            continue
        if row[name] != newest[name]:
            break
        first = row
    return first


def _step(before: Belief, after: Belief, name: str) -> dict[str, Any]:
    if name == GEOMETRY:
        return {}
    return {"old": _time(before[name]), "new": _time(after[name])}


def _time(value: Any) -> Any:
    return rfc3339(value) if hasattr(value, "isoformat") else value
